import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SpanRecordDecoder } from '../../../src/connectors/formats/records/span-record-decoder.ts';
import { Staging, stagedColumn } from '../../../src/connectors/formats/records/staged-columns.ts';
import { AvroEncoder, avroSchemaOf } from '../../../src/connectors/schema-registry/avro/avro-encoder.ts';
import { AvroParser } from '../../../src/connectors/schema-registry/avro/avro-schema.ts';
import { AvroTokenizer } from '../../../src/connectors/schema-registry/avro/avro-tokenizer.ts';
import { HEADER_BYTES, putHeader } from '../../../src/connectors/schema-registry/wire-format.ts';
import { decodeRecordFrame, NULL_PART, RecordFrames } from '../../../src/engine/columnar/record-frame.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { BadRow, RecordDecodeContext } from '../../../src/engine/contract/connector.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { recordWorld } from '../../support/record-world.ts';
import { schemaOf } from '../support/decode.ts';

const ID = 300;

interface Got {
  readonly rows: readonly Readonly<Record<string, RowValue>>[];
  readonly bad: readonly Pick<BadRow, 'code' | 'reason' | 'record'>[];
}
function decoded(
  writer: unknown,
  values: readonly Uint8Array[],
  schema: Schema,
  settings: Partial<RecordDecodeContext<unknown>> = {},
): Got {
  const bad: BadRow[] = [];
  const context: RecordDecodeContext<unknown> = {
    ...{ options: {}, names: {}, nulls: [], onRange: 'bad', zone: null, parts: {}, tombstones: 'bad' },
    ...{ batchRows: 8_192, topic: 't', world: recordWorld(), ...settings },
    schema,
    bad: row => bad.push(row),
  };
  const staging = new Staging(schema.fields);
  const tokenizer = new AvroTokenizer(context, staging);
  const decoder = new SpanRecordDecoder(context, tokenizer, (rules, slot) => stagedColumn(rules, slot, staging));
  const text = JSON.stringify(writer);
  tokenizer.learn(ID, { type: new AvroParser().parse(text), text });
  const frames = new RecordFrames();
  for (const bytes of values) frames.add(0, NULL_PART, { bytes, from: 0, to: bytes.length }, NULL_PART);
  const rows: Record<string, RowValue>[] = [];
  for (const frame of frames.take()) {
    const records = decodeRecordFrame(frame);
    decoder.add(records, 0, records.count);
  }
  const { batch } = decoder.take();
  if (batch !== null) rows.push(...rowsOfBatch(batch));
  return { rows, bad: bad.map(({ code, reason, record }) => ({ code, reason, record })) };
}
function framed(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + body.length);
  out.set(body, putHeader(out, 0, ID));
  return out;
}
const written = (writer: unknown, value: unknown): Uint8Array =>
  framed(avsc.Type.forSchema(writer as avsc.Schema, { wrapUnions: true }).toBuffer(value));

const RECORD = {
  type: 'record',
  name: 'ehr.Vital',
  fields: [
    { name: 'skipped', type: { type: 'map', values: ['null', 'double', { type: 'array', items: 'string' }] } },
    { name: 'id', type: 'string' },
    { name: 'n', type: ['null', 'long'] },
    { name: 'hr', type: ['null', 'int', 'float', 'double'] },
    { name: 'ok', type: 'boolean' },
    { name: 'sex', type: { type: 'enum', name: 'Sex', symbols: ['F', 'M', 'X'] } },
    { name: 'other', type: ['Sex', 'null', 'string'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'notes', type: { type: 'array', items: 'string' } },
    {
      name: 'lab',
      type: [
        'null',
        {
          type: 'record',
          name: 'Lab',
          fields: [
            { name: 'x', type: 'bytes' },
            { name: 'code', type: 'string' },
            { name: 'values', type: { type: 'array', items: 'float' } },
          ],
        },
      ],
    },
    { name: 'fix', type: { type: 'fixed', name: 'Four', size: 4 } },
  ],
};
const FLOW: Schema = {
  fields: [
    ...schemaOf({ id: 'string', 'n?': 'int', 'hr?': 'float', ok: 'bool', sex: 'string', 'other?': 'string' }).fields,
    ...schemaOf({ at: 'timestamp', day: 'date', notes: { kind: 'list', item: { kind: 'string' } } }).fields,
    {
      name: 'lab',
      type: {
        kind: 'record',
        fields: schemaOf({ code: 'string', values: { kind: 'list', item: { kind: 'float' } }, 'absent?': 'int' })
          .fields,
      },
      nullable: true,
    },
    ...schemaOf({ 'missing?': 'string' }).fields,
  ],
};
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
/** avsc writes and reads whole numbers up to 2^52 alone. */
const whole = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger().filter(n => Math.abs(n) <= 2 ** 52),
);
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const value = fc.record({
  skipped: fc.dictionary(text, fc.constantFrom(null, { double: 1.5 }, { array: ['a', ''] }), { maxKeys: 3 }),
  id: text,
  n: orNull(whole.map(long => ({ long }))),
  hr: fc.oneof(
    fc.constant(null),
    fc.integer().map(int => ({ int })),
    double.map(one => ({ double: one })),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(float => ({ float })),
  ),
  ok: fc.boolean(),
  sex: fc.constantFrom('F', 'M', 'X'),
  other: fc.oneof(
    fc.constant(null),
    fc.constantFrom('F', 'M').map(sex => ({ 'ehr.Sex': sex })),
    text.map(string => ({ string })),
  ),
  at: fc.integer({ min: -1e12, max: 4e12 }),
  day: fc.integer({ min: -1000, max: 100_000 }),
  notes: fc.array(text, { maxLength: 4 }),
  lab: orNull(
    fc
      .record({
        x: fc.uint8Array({ maxLength: 4 }).map(bytes => Buffer.from(bytes)),
        code: text,
        values: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 3 }),
      })
      .map(lab => ({ 'ehr.Lab': lab })),
  ),
  fix: fc.constant(Buffer.from('four')),
});
const inner = (branch: unknown): unknown => (branch === null ? null : Object.values(branch as object)[0]);

describe('records of Avro', () => {
  test('are read as avsc reads them', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), values => {
        const got = decoded(
          RECORD,
          values.map(one => written(RECORD, one)),
          FLOW,
        );
        expect(got.bad).toEqual([]);
        expect(got.rows).toEqual(
          values.map(one => {
            const lab = inner(one.lab) as { code: string; values: number[] } | null;
            return {
              ...{ id: one.id, n: inner(one.n), hr: inner(one.hr), ok: one.ok, sex: one.sex, other: inner(one.other) },
              ...{ at: one.at, day: one.day, notes: one.notes, missing: null },
              lab: lab === null ? null : { code: lab.code, values: lab.values, absent: null },
            };
          }),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('that are damaged, cut or go on are bad, and shift no other', () => {
    fc.assert(
      fc.property(value, fc.nat(1_000), fc.nat(255), (one, at, byte) => {
        const good = written(RECORD, one);
        const flipped = good.slice();
        const place = HEADER_BYTES + (at % (good.length - HEADER_BYTES));
        flipped[place] = byte;
        const longer = Buffer.concat([good, Buffer.from([1])]);
        const got = decoded(RECORD, [good, good.slice(0, place), flipped, longer, good], FLOW);
        const codes = new Map(got.bad.map(({ record, code }) => [record, code]));
        expect(codes.get(2)).toBe('R427');
        expect(codes.get(4)).toBe('R427');
        expect(codes.get(1) ?? codes.get(5)).toBeUndefined();
        expect(got.rows.length + got.bad.length).toBe(5);
      }),
      { numRuns: 300 },
    );
  });

  test('that lie in one another without end are bad, and those that stop are passed over', () => {
    const holding = (type: unknown) => ({
      ...{ type: 'record', name: 'R' },
      fields: [
        { name: 'id', type: 'string' },
        { name: 'more', type },
      ],
    });
    const schema = schemaOf({ id: 'string' });
    const id = [2, 0x61];
    const node = (fields: readonly unknown[]) => ({ type: 'record', name: 'Node', fields });
    const next = holding(node([{ name: 'next', type: ['null', 'Node'] }]));
    const list = holding(node([{ name: 'all', type: { type: 'array', items: 'Node' } }]));
    const map = holding(node([{ name: 'all', type: { type: 'map', values: 'Node' } }]));
    const deep = (level: readonly number[], levels: number, last: readonly number[]) =>
      framed(Uint8Array.from([...id, ...Array.from({ length: levels }, () => level).flat(), ...last]));
    for (const [writer, level, back] of [
      [next, [2], 0],
      [list, [2], 1],
      [map, [2, 0], 1],
    ] as const) {
      const ends = (levels: number) => [0, ...Array.from({ length: levels * back }, () => 0)];
      const values = [deep(level, 100_000, ends(100_000)), deep(level, 400, ends(400))];
      const got = decoded(writer, values, schema);
      expect(got.rows).toEqual([{ id: 'a' }]);
      expect(got.bad).toMatchObject([{ code: 'R427', record: 1 }]);
    }
    // One that holds itself always, in no byte at all.
    const itself = holding(node([{ name: 'own', type: 'Node' }]));
    expect(decoded(itself, [framed(Uint8Array.from(id))], schema).bad).toMatchObject([{ code: 'R427' }]);
  });

  test('whole numbers that cannot be held are bad; logical types and decimals are what they say', () => {
    const writer = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'n', type: 'long' },
        { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
      ],
    };
    const schema = schemaOf({ n: 'int', micros: 'timestamp', price: 'float' });
    // avsc writes no long that it cannot hold either: −2^63, by hand.
    const tail = Buffer.from([0xa0, 0x8d, 0x06, 4, 0xff, 0x85]);
    const least = framed(Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), tail]));
    const edge = framed(Buffer.concat([Buffer.from([254, 255, 255, 255, 255, 255, 255, 31]), tail]));
    const got = decoded(writer, [least, edge], schema);
    expect(got.rows).toEqual([{ n: 2 ** 53 - 1, micros: 50, price: -1.23 }]);
    expect(got.bad).toMatchObject([{ code: 'R415', record: 1 }]);
  });

  test('of a schema the flow cannot read are bad, and tell both schemas', () => {
    const cases: readonly (readonly [schema: Schema, why: string])[] = [
      [schemaOf({ gone: 'string' }), 'it has no field `gone`'],
      [schemaOf({ id: 'float' }), '`id` is string there and float in the flow'],
      [schemaOf({ at: 'int' }), ''],
      [schemaOf({ n: 'timestamp' }), '`n` is long there and timestamp in the flow'],
      [schemaOf({ other: 'bool' }), '`other` is enum there and bool in the flow'],
      [schemaOf({ notes: { kind: 'list', item: { kind: 'int' } } }), '`notes[]` is string there and int in the flow'],
    ];
    const one = written(RECORD, { ...fc.sample(value, 1)[0], n: { long: 1 } });
    for (const [schema, why] of cases) {
      const { bad } = decoded(RECORD, [one], schema);
      expect(bad.map(({ code }) => code)).toEqual(why === '' ? [] : ['R426']);
      for (const { reason } of bad) {
        expect(reason).toContain(why);
        expect(reason).toContain('"ehr.Vital"');
        expect(reason).toContain(`${schema.fields[0].name}: `);
      }
    }
  });

  test('names, aliases and enums of the flow hold', () => {
    const writer = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'heart_rate', aliases: ['pulse'], type: 'int' },
        { name: 's', type: 'string' },
      ],
    };
    const enumOf = { kind: 'enum', values: ['a', 'b'] } as const;
    const schema = schemaOf({ hr: 'float', pulse: 'int', s: enumOf, copy: 'string' });
    const values = [written(writer, { heart_rate: 70, s: 'b' }), written(writer, { heart_rate: 71, s: 'c' })];
    const got = decoded(writer, values, schema, { names: { hr: 'heart_rate', copy: 's' } });
    expect(got.rows).toEqual([{ hr: 70, pulse: 70, s: 'b', copy: 'b' }]);
    expect(got.bad).toMatchObject([{ code: 'R417', record: 2 }]);
  });

  test('that Weir writes are read by avsc and by Weir', () => {
    const schema: Schema = {
      fields: [
        ...FLOW.fields,
        ...schemaOf({
          mood: { kind: 'enum', values: ['good', 'bad'] },
          odd: { kind: 'enum', values: ['a b'] },
          'wait?': 'duration',
        }).fields,
      ],
    };
    const row = fc.record({
      ...{ id: text, n: orNull(whole), hr: orNull(double), ok: fc.boolean(), sex: text, other: orNull(text) },
      ...{ at: fc.integer({ min: -1e12, max: 4e12 }), day: fc.integer({ min: -1000, max: 100_000 }) },
      ...{ notes: fc.array(text, { maxLength: 4 }), missing: orNull(text), wait: orNull(fc.nat()) },
      lab: orNull(fc.record({ code: text, values: fc.array(double, { maxLength: 3 }), absent: orNull(whole) })),
      ...{ mood: fc.constantFrom('good', 'bad'), odd: fc.constant('a b') },
    });
    const writer = avroSchemaOf(schema, 'ehr.Row');
    const type = avsc.Type.forSchema(JSON.parse(writer), { wrapUnions: true });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), rows => {
        const { bytes, starts, ends } = new AvroEncoder(ID).encode(batchFromRows(schema, rows));
        const values = rows.map((_, i) => bytes.slice(starts[i], ends[i]));
        const seen = values.map(one => type.fromBuffer(Buffer.from(one.subarray(HEADER_BYTES)))) as {
          id: string;
          mood: string;
          n: unknown;
        }[];
        expect(seen.map(({ id, mood, n }) => [id, mood, inner(n)])).toEqual(
          rows.map(({ id, mood, n }) => [id, mood, n]),
        );
        const got = decoded(JSON.parse(writer), values, schema);
        expect(got.bad).toEqual([]);
        expect(got.rows).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });

  test('whole numbers come back up to the last that is held', () => {
    const schema = schemaOf({ n: 'int' });
    const edges = [0, 1, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, 2 ** 52 + 1, -(2 ** 52) - 1];
    const any = fc.oneof(fc.constantFrom(...edges), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 30 }), numbers => {
        const rows = numbers.map(n => ({ n }));
        const { bytes, starts, ends } = new AvroEncoder(ID).encode(batchFromRows(schema, rows));
        const values = rows.map((_, i) => bytes.slice(starts[i], ends[i]));
        expect(decoded(JSON.parse(avroSchemaOf(schema, 'R')), values, schema)).toEqual({ rows, bad: [] });
      }),
    );
  });
});
