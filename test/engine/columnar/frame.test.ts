import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import { decodeFrame, encodeFrame, encodeFrames, frameDictionaries } from '../../../src/engine/columnar/frame.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import { concatBatches, sliceRows, takeRows } from '../../../src/engine/columnar/take.ts';
import type { Field, Schema } from '../../../src/engine/contract/types.ts';
import { anyRows } from './arbitraries.ts';

const schemaOf = (...fields: Field[]): Schema => ({ fields });

test('a batch comes back from its frame, aligned in memory or not', () => {
  fc.assert(
    fc.property(anyRows, fc.nat(9), ({ schema, rows }, shift) => {
      const frame = encodeFrame(batchFromRows(schema, rows));
      const moved = new Uint8Array(frame.length + shift);
      moved.set(frame, shift);
      const read = decodeFrame(moved.subarray(shift), schema);
      expect(rowsOfBatch(read)).toEqual(rows);
    }),
  );
});

test('equal content gives equal bytes, however the batch came about', () => {
  fc.assert(
    fc.property(anyRows, fc.nat(24), ({ schema, rows }, at) => {
      const batch = batchFromRows(schema, rows);
      const reversed = batchFromRows(schema, rows.toReversed());
      const back = takeRows(reversed, Int32Array.from(rows.keys()).reverse(), rows.length);
      expect(encodeFrame(back)).toEqual(encodeFrame(batch));
      const cut = Math.min(at, rows.length);
      const glued = concatBatches(schema, [sliceRows(reversed, 0, cut), sliceRows(reversed, cut, rows.length)]);
      expect(encodeFrame(glued)).toEqual(encodeFrame(reversed));
      const shared = frameDictionaries();
      decodeFrame(encodeFrame(reversed), schema, shared);
      expect(encodeFrame(decodeFrame(encodeFrame(batch), schema, shared))).toEqual(encodeFrame(batch));
    }),
  );
});

test('frames of many rows, of the narrow and the wide forms of numbers and ids', () => {
  const schema = schemaOf(
    ...['a', 'b', 'c', 'd'].map((name): Field => ({ name, type: { kind: 'int' }, nullable: true })),
    ...['few', 'some', 'many', 'most'].map((name): Field => ({ name, type: { kind: 'string' }, nullable: true })),
    { name: 'list', type: { kind: 'list', item: { kind: 'int' } }, nullable: true },
  );
  const rows = Array.from({ length: 40_000 }, (_, i) => ({
    a: i % 100,
    b: i % 7 === 0 ? null : i % 30_000,
    c: i * 50_000,
    d: i * 500_000_000,
    few: `f${i % 128}`,
    some: `s${i % 200}`,
    many: i % 5 === 0 ? null : `m${i % 1000}`,
    most: `all ${i}`,
    list: i % 3 === 0 ? null : [i, -i],
  }));
  const batch = batchFromRows(schema, rows);
  const read = decodeFrame(encodeFrame(batch), schema);
  expect(rowsOfBatch(read)).toEqual(rows);
  // The same bytes for a few rows of a large dictionary as for those rows alone.
  const few = sliceRows(batch, 39_000, 39_010);
  expect(encodeFrame(few)).toEqual(encodeFrame(batchFromRows(schema, rows.slice(39_000, 39_010))));
});

test('what lies under a null does not reach the bytes', () => {
  const schema = schemaOf({ name: 'n', type: { kind: 'float' }, nullable: true });
  const frame = (under: number) =>
    encodeFrame({
      schema,
      rows: 2,
      columns: [{ kind: 'number', values: Float64Array.of(1, under), validity: Uint8Array.of(0b01) }],
    });
  expect(frame(7)).toEqual(frame(0));
  const inner: Field = { name: 'n', type: { kind: 'float' }, nullable: true };
  const records = schemaOf({ name: 'r', type: { kind: 'record', fields: [inner] }, nullable: true });
  const record = (under: number, validity: Uint8Array | null) => {
    const child = { kind: 'number' as const, values: Float64Array.of(1, under), validity };
    return encodeFrame({
      schema: records,
      rows: 2,
      columns: [{ kind: 'record', children: [child], validity: Uint8Array.of(1) }],
    });
  };
  expect(record(7, null)).toEqual(record(0, Uint8Array.of(1)));
  const full = { kind: 'number' as const, values: Float64Array.of(1, 2), validity: Uint8Array.of(0xff) };
  const plain = { ...full, validity: null };
  expect(encodeFrame({ schema, rows: 2, columns: [full] })).toEqual(encodeFrame({ schema, rows: 2, columns: [plain] }));
});

test('a batch above the limit is cut into frames that keep it, in order', () => {
  fc.assert(
    fc.property(anyRows, fc.integer({ min: 2, max: 6 }), ({ schema, rows }, share) => {
      const batch = batchFromRows(schema, rows);
      const largest = Math.max(0, ...rows.map(row => encodeFrame(batchFromRows(schema, [row])).length));
      const limit = Math.max(largest, Math.floor(encodeFrame(batch).length / share));
      const frames = encodeFrames(batch, limit);
      for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(limit);
      const dictionaries = frameDictionaries();
      expect(frames.flatMap(frame => rowsOfBatch(decodeFrame(frame, schema, dictionaries)))).toEqual(rows);
    }),
  );
});

test('a row larger than a frame is a coded error without the value', () => {
  const schema = schemaOf({ name: 's', type: { kind: 'string' }, nullable: false });
  const batch = batchFromRows(schema, [{ s: 'a' }, { s: 'secret'.repeat(100) }]);
  expect(() => encodeFrames(batch, 200)).toThrow(
    expect.objectContaining({ code: 'R404', message: expect.not.stringContaining('secret') }),
  );
});

test('bytes that are no frame of the schema are a coded error, never another', () => {
  fc.assert(
    fc.property(anyRows, fc.nat(), fc.nat(255), fc.nat(), ({ schema, rows }, at, value, cut) => {
      const frame = encodeFrame(batchFromRows(schema, rows));
      const broken = frame.slice(0, frame.length - (cut % 3 === 0 ? cut % frame.length : 0));
      if (broken.length > 0) broken[at % broken.length] = value;
      try {
        decodeFrame(broken, schema);
      } catch (error) {
        expect(error).toBeInstanceOf(OperationalError);
      }
    }),
  );
  const schema = schemaOf({ name: 's', type: { kind: 'string' }, nullable: false });
  const other = schemaOf({ name: 's', type: { kind: 'int' }, nullable: false });
  expect(() => decodeFrame(encodeFrame(batchFromRows(schema, [{ s: 'a' }])), other)).toThrow(/another schema/);
});
