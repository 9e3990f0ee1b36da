import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DateMillisecond,
  Decimal,
  Dictionary,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  makeVector,
  Null,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromArrowIpc } from '../../../src/engine/columnar/arrow-read.ts';
import { toArrowIpc } from '../../../src/engine/columnar/arrow-write.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import { sliceRows } from '../../../src/engine/columnar/take.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Schema, Type } from '../../../src/engine/contract/types.ts';
import { anyRows } from './arbitraries.ts';

const all = { wanted: null, zone: null, bad: (): never => expect.unreachable() };

/** Dates are 32 bits of days in Arrow; the test's farthest is within. Features come back as a record. */
test('rows come back from Arrow bytes as they went in, from one batch or several', () => {
  fc.assert(
    fc.property(anyRows, fc.constantFrom('stream', 'file'), fc.nat(24), ({ schema, rows }, format, at) => {
      const batch = batchFromRows(schema, rows);
      const cut = Math.min(at, rows.length);
      const parts = [sliceRows(batch, 0, cut), batchFromRows(schema, rows.slice(cut))];
      const read = fromArrowIpc(toArrowIpc(schema, parts, format), all);
      expect(read.batches.flatMap(rowsOfBatch)).toEqual(rows);
      for (const [i, { name, type, nullable }] of schema.fields.entries()) {
        if (!/features|list|record/.test(type.kind)) expect(read.schema.fields[i]).toEqual({ name, type, nullable });
      }
    }),
  );
});

test('apache-arrow reads what we write', () => {
  const schema: Schema = {
    fields: [
      { name: 'id', type: { kind: 'int' }, nullable: false },
      { name: 'at', type: { kind: 'timestamp' }, nullable: false },
      { name: 'day', type: { kind: 'date' }, nullable: true },
      { name: 'sick', type: { kind: 'bool' }, nullable: true },
      { name: 'ward', type: { kind: 'string' }, nullable: true },
      { name: 'codes', type: { kind: 'list', item: { kind: 'string' } }, nullable: true },
    ],
  };
  const rows = [
    { id: 2 ** 53 - 1, at: 1_700_000_000_123, day: 20_000, sick: true, ward: 'Süd', codes: ['a', 'b'] },
    { id: -5, at: -1, day: null, sick: null, ward: null, codes: null },
    { id: 0, at: 0, day: -1, sick: false, ward: '', codes: [] },
  ];
  for (const format of ['stream', 'file'] as const) {
    const table = tableFromIPC(toArrowIpc(schema, [batchFromRows(schema, rows)], format));
    expect(table.schema.fields.map(field => `${field.name}: ${field.type}`)).toEqual([
      'id: Int64',
      'at: Timestamp<MILLISECOND, UTC>',
      'day: Date32<DAY>',
      'sick: Bool',
      'ward: Dictionary<Int32, Utf8>',
      'codes: List<Dictionary<Int32, Utf8>>',
    ]);
    const [first, second, third] = table.toArray().map(row => row.toJSON());
    expect(first).toMatchObject({ id: BigInt(2 ** 53 - 1), sick: true, ward: 'Süd' });
    expect(Number(first.at)).toBe(1_700_000_000_123);
    expect(Number(first.day)).toBe(20_000 * 86_400_000);
    expect([...first.codes]).toEqual(['a', 'b']);
    expect(second).toMatchObject({ id: -5n, day: null, sick: null, ward: null, codes: null });
    expect([...third.codes]).toEqual([]);
  }
});

test('bytes are read whole or refused: streams one after another, cuts, and what stands behind', () => {
  const schemaOf = (name: string): Schema => ({ fields: [{ name, type: { kind: 'int' }, nullable: false }] });
  const stream = (name: string, value: number): Uint8Array =>
    toArrowIpc(schemaOf(name), [batchFromRows(schemaOf(name), [{ [name]: value }])], 'stream');
  const read = (...parts: readonly Uint8Array[]): unknown => {
    try {
      return fromArrowIpc(Buffer.concat(parts), all).batches.flatMap(rowsOfBatch);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const [one, two] = [stream('n', 1), stream('n', 2)];
  expect(read(one, two)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(read(one, stream('m', 2))).toBe('R407');
  expect(read(one, Buffer.from('something else'))).toBe('R407');
  expect(read()).toBe('R407');
  const file = toArrowIpc(schemaOf('n'), [batchFromRows(schemaOf('n'), [{ n: 1 }])], 'file');
  expect(read(file)).toEqual([{ n: 1 }]);
  for (let cut = 0; cut < file.length; cut++) expect(read(file.subarray(0, cut)), `file cut at ${cut}`).toBe('R407');
  for (let cut = 0; cut < one.length; cut++) expect(read(one.subarray(0, cut)), `stream cut at ${cut}`).toBe('R407');
});

test('foreign columns are read by the rules of our types', () => {
  const table = new Table({
    small: vectorFromArray([1, null, -3], new Int32()),
    half: vectorFromArray([0.5, Number.NaN, null], new Float32()),
    plain: vectorFromArray(['a', null, 'ü'], new Utf8()),
    micros: vectorFromArray([1_500_000, -1, null], new TimestampMicrosecond('UTC')),
    date: vectorFromArray([new Date(86_400_000), null, new Date(-1)], new DateMillisecond()),
  });
  for (const format of ['stream', 'file'] as const) {
    const read = fromArrowIpc(tableToIPC(table, format), all);
    const kinds = read.schema.fields.map(field => field.type.kind);
    expect(kinds).toEqual(['int', 'float', 'string', 'timestamp', 'date']);
    const rows = read.batches.flatMap(rowsOfBatch);
    expect(rows.map(({ small, half, plain, date }): RowValue[] => [small, half, plain, date])).toEqual([
      [1, 0.5, 'a', 1],
      [null, null, null, null],
      [-3, null, 'ü', -1],
    ]);
    expect(rows[2].micros).toBeNull();
  }
});

/** `pyarrow.ipc.new_file(…, compression='lz4')`: n = i² mod 1000 or null, s = `ward {i mod 50} ` times i mod 4, of 600 rows. */
test.each(['lz4', 'zstd'])('bodies that pyarrow compressed by %s are read', codec => {
  const bytes = readFileSync(join(import.meta.dirname, 'pyarrow', `${codec}.arrow`));
  const rows = fromArrowIpc(bytes, all).batches.flatMap(rowsOfBatch);
  expect(rows).toEqual(
    Array.from({ length: 600 }, (_, i) => ({
      n: i % 7 === 0 ? null : (i * i) % 1000,
      s: `ward ${i % 50} `.repeat(i % 4),
    })),
  );
  for (const cut of [100, 1000, bytes.length - 1]) {
    expect(() => fromArrowIpc(new Uint8Array(bytes.subarray(0, cut)), all)).toThrow(
      expect.objectContaining({ code: 'R407' }),
    );
  }
});

test('string views, columns of nothing but null, and dictionaries with a null among their entries', () => {
  const texts = ['short', null, 'longer than the twelve bytes in a view', ''];
  const entries = vectorFromArray(['x', null, 'y'], new Utf8());
  const type = new Dictionary(new Utf8(), new Int32());
  const table = new Table({
    view: vectorFromArray(texts, new Utf8View()),
    none: makeVector(makeData({ type: new Null(), length: 4 })),
    entry: makeVector(makeData({ type, length: 4, data: Int32Array.of(0, 1, 2, 0), dictionary: entries })),
  });
  const wanted = new Map<string, Type>([
    ['view', { kind: 'string' }],
    ['none', { kind: 'list', item: { kind: 'int' } }],
    ['entry', { kind: 'string' }],
  ]);
  const read = fromArrowIpc(tableToIPC(table), { ...all, wanted });
  expect(read.schema.fields.map(field => field.type)).toEqual([...wanted.values()]);
  expect(read.batches.flatMap(rowsOfBatch)).toEqual(
    ['x', null, 'y', 'x'].map((entry, i) => ({ view: texts[i], none: null, entry })),
  );
});

test('a wall clock time is read in the zone of the source, and is a bad value without one', () => {
  const wall = [Date.UTC(2026, 0, 1), null, Date.UTC(2026, 6, 1)];
  const bytes = tableToIPC(
    new Table({ at: vectorFromArray(wall, new TimestampMillisecond()), other: vectorFromArray(wall, new Float64()) }),
  );
  const berlin = fromArrowIpc(bytes, { ...all, zone: 'Europe/Berlin' }).batches.flatMap(rowsOfBatch);
  expect(berlin.map(({ at }) => at)).toEqual([Date.UTC(2025, 11, 31, 23), null, Date.UTC(2026, 5, 30, 22)]);
  const told: unknown[] = [];
  const none = fromArrowIpc(bytes, { ...all, bad: (row, { name }, why) => told.push([row, name, why]) });
  expect(none.batches.flatMap(rowsOfBatch)).toEqual([{ at: null, other: null }]);
  expect(told).toEqual([
    [0, 'at', 'zone'],
    [2, 'at', 'zone'],
  ]);
  // A column that is not wanted is not looked at.
  expect(fromArrowIpc(bytes, { ...all, wanted: new Map([['other', { kind: 'float' }]]) }).batches[0].rows).toBe(3);
});

test('an Int64 past 2^53−1 is a bad row, told by its place and field', () => {
  const big = makeVector({ type: new Int64(), data: BigInt64Array.of(1n, 2n ** 53n, -(2n ** 60n), 4n) } as never);
  const told: [number, string][] = [];
  const read = fromArrowIpc(tableToIPC(new Table({ id: big })), {
    ...all,
    bad: (row, { name }) => told.push([row, name]),
  });
  expect(read.batches.flatMap(rowsOfBatch)).toEqual([{ id: 1 }, { id: 4 }]);
  expect(told).toEqual([
    [1, 'id'],
    [2, 'id'],
  ]);
});

test('bytes that are no Arrow, and types without a counterpart, are coded errors', () => {
  expect(() => fromArrowIpc(new TextEncoder().encode('id,name\n1,x\n'), all)).toThrow(
    expect.objectContaining({ code: 'R407' }),
  );
  const table = tableFromArrays({ id: [1] }).assign(
    new Table({ money: vectorFromArray([new Uint32Array([1, 0, 0, 0])], new Decimal(2, 10, 128)) }),
  );
  expect(() => fromArrowIpc(tableToIPC(table), all)).toThrow(expect.objectContaining({ code: 'R408' }));
});
