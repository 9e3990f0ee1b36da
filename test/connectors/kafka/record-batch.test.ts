import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeColumnBatch } from '../../../src/connectors/kafka/column-batch.ts';
import {
  type BatchProducer,
  encodeRecordBatch,
  type RecordsToWrite,
} from '../../../src/connectors/kafka/record-batch.ts';
import { readRecordBatches } from '../../../src/connectors/kafka/record-chunks.ts';
import { CODECS } from '../../../src/connectors/kafka/record-format.ts';
import { recordColumns } from '../../support/record-columns.ts';
import { JAVA_RECORDS } from './support/java-batches.ts';
import {
  bytesOf,
  hexOf,
  type PlainRecord,
  plainBatch,
  plainRecord,
  plainRecords,
  text,
  walkBatch,
} from './support/plain-batch.ts';

interface Written {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array | null])[];
  readonly time: number;
}
const bytes = fc.option(
  fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    { weight: 2, arbitrary: fc.constant(new Uint8Array(4)) },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 9000 }).map(length => new Uint8Array(length).fill(length)) },
  ),
);
const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constant('\ufeffmark'));
/** Within 24 days: of times further apart the other client's writer makes others. */
const near = fc.integer({ min: -(2 ** 30), max: 2 ** 30 - 1 }).map(ms => 1_700_000_000_000 + ms);
const time = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map(ms => 1_700_000_000_000 + ms),
  near,
  fc.integer().map(ms => 1_700_000_000_000 + 300 * ms),
  fc.maxSafeInteger(),
);
const recordAt = (at: fc.Arbitrary<number>): fc.Arbitrary<Written> =>
  fc.record({
    key: bytes,
    value: bytes,
    headers: fc.oneof(fc.constant([]), fc.array(fc.tuple(name, bytes), { maxLength: 4 })),
    time: at,
  });
const recordsAt = (at: fc.Arbitrary<number>): fc.Arbitrary<Written[]> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.array(recordAt(at), { minLength: 1, maxLength: 12 }) },
    // As many as their numbers take two bytes.
    {
      weight: 1,
      arbitrary: fc
        .tuple(at, fc.integer({ min: 64, max: 200 }))
        .map(([time, count]) => Array.from({ length: count }, () => ({ key: null, value: null, headers: [], time }))),
    },
  );
const records = recordsAt(time);
const producer: fc.Arbitrary<BatchProducer | null> = fc.option(
  fc.record({
    id: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    epoch: fc.integer({ min: 0, max: 32_767 }),
    baseSequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    transactional: fc.boolean(),
  }),
);
const codec = fc.constantFrom(...CODECS);

function toWrite(all: readonly Written[]): RecordsToWrite {
  return {
    keys: all.map(one => one.key),
    values: all.map(one => one.value),
    timestamps: Float64Array.from(all, one => one.time),
  };
}
function plain(all: readonly Written[]): PlainRecord[] {
  const hex = (part: Uint8Array | null) => (part === null ? null : hexOf(part));
  return all.map((one, i) => ({
    offset: BigInt(i),
    // A double's −0 is written as 0.
    time: one.time + 0,
    key: hex(one.key),
    value: hex(one.value),
    headers: one.headers.map(([label, value]) => [label, hex(value)] as const),
  }));
}

describe('any records, by any codec and producer', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(records, producer, codec, (all, by, way) => {
        const read = readRecordBatches(encodeColumnBatch(recordColumns(all), by, way), 0n, []);
        expect(plainRecords(read)).toEqual(plain(all));
        expect(read.next).toBe(BigInt(all.length));
      }),
      { numRuns: 300 },
    );
  });

  test('without headers are the same from lists as from columns', () => {
    fc.assert(
      fc.property(records, producer, codec, (all, by, way) => {
        const bare = all.map(one => ({ ...one, headers: [] }));
        expect(encodeRecordBatch(toWrite(bare), by, way)).toEqual(encodeColumnBatch(recordColumns(bare), by, way));
      }),
    );
  });

  test('are what the documentation says', () => {
    fc.assert(
      fc.property(records, producer, codec, (all, by, way) => {
        const batch = encodeColumnBatch(recordColumns(all), by, way);
        expect(walkBatch(batch)).toEqual(plain(all));
        if (way !== 'none') return;
        const times = all.map(one => BigInt(one.time));
        const wanted = plainBatch({
          attributes: by?.transactional === true ? 16 : 0,
          baseTime: times[0],
          maxTime: times.reduce((max, one) => (one > max ? one : max)),
          ...(by === null ? {} : { producer: by.id, epoch: by.epoch, sequence: by.baseSequence }),
          records: all.map((one, i) => plainRecord({ ...one, delta: i, timeDelta: times[i] - times[0] })),
        });
        expect(hexOf(batch)).toBe(hexOf(wanted));
      }),
    );
  });

  test("are read by another client's reader", () => {
    fc.assert(
      fc.property(records, producer, codec, (all, by, way) => {
        const batch = encodeColumnBatch(recordColumns(all), by, way);
        const [read, ...more] = readRecordsBatches(Reader.from(Buffer.from(batch)));
        expect(more).toEqual([]);
        const hex = (part: Buffer | null) => (part === null ? null : hexOf(part));
        expect({ id: read.producerId, epoch: read.producerEpoch, sequence: read.firstSequence }).toEqual({
          id: by?.id ?? -1n,
          epoch: by?.epoch ?? -1,
          sequence: by?.baseSequence ?? -1,
        });
        expect(read.attributes).toBe(CODECS.indexOf(way) + (by?.transactional === true ? 16 : 0));
        expect(
          read.records.map(one => ({
            offset: read.firstOffset + BigInt(one.offsetDelta),
            time: Number(read.firstTimestamp + one.timestampDelta),
            key: hex(one.key),
            value: hex(one.value),
            headers: one.headers.map(([label, value]: [Buffer | null, Buffer | null]) => [
              label!.toString(),
              hex(value),
            ]),
          })),
        ).toEqual(plain(all));
      }),
    );
  });

  test("and those of another client's writer are read", () => {
    fc.assert(
      fc.property(recordsAt(near), codec, (all, way) => {
        const buffer = (part: Uint8Array | null) => (part === null ? null : Buffer.from(part));
        const written = createRecordsBatch(
          all.map(one => ({
            topic: 't',
            key: buffer(one.key) as Buffer,
            value: buffer(one.value) as Buffer,
            headers: new Map(one.headers.map(([label, value]) => [Buffer.from(label), buffer(value) as Buffer])),
            timestamp: BigInt(one.time),
          })),
          { compression: way },
        );
        expect(plainRecords(readRecordBatches(written.buffer, 0n, []))).toEqual(plain(all));
      }),
    );
  });
});

const JAVA: readonly Written[] = [
  {
    key: text('key'),
    value: text('a value, a value, a value, a value'),
    headers: [
      ['trace', text('é')],
      ['none', null],
    ],
    time: 1_700_000_000_000,
  },
  { key: null, value: text(''), headers: [], time: 1_700_000_000_000 - 5000 },
  { key: new Uint8Array(4), value: null, headers: [], time: 1_700_000_000_000 + 8_640_000_000 },
];

test('bytes are those of Java', () => {
  const by = { id: 4000n, epoch: 7, baseSequence: 11, transactional: false };
  expect(hexOf(encodeColumnBatch(recordColumns(JAVA), by, 'none'))).toBe(JAVA_RECORDS.none);
});

test.each(CODECS)('what Java wrote by %s is read', way => {
  expect(plainRecords(readRecordBatches(bytesOf(JAVA_RECORDS[way]), 0n, []))).toEqual(plain(JAVA));
});

test('one time for all records, and nothing but values', () => {
  const batch = encodeRecordBatch({ values: [text('a'), null], timestamps: 7 }, null);
  expect(plainRecords(readRecordBatches(batch, 0n, []))).toEqual([
    { offset: 0n, time: 7, key: null, value: '61', headers: [] },
    { offset: 1n, time: 7, key: null, value: null, headers: [] },
  ]);
});

test('times are exact as far as a double is', () => {
  const most = Number.MAX_SAFE_INTEGER;
  for (const times of [
    [-most, most, most - 1],
    [most, -most, 1 - most],
    [-1, 2 ** 31, 2 ** 48 - 2, 2 ** 48 - 1, 2 ** 48, -(2 ** 48), 2 ** 52 + 1],
  ]) {
    const batch = encodeRecordBatch({ values: times.map(() => null), timestamps: Float64Array.from(times) }, null);
    expect([...readRecordBatches(batch, 0n, []).chunks[0].timestamp]).toEqual(times);
    expect(walkBatch(batch).map(one => one.time)).toEqual(times);
  }
});

test.each([
  ['no records', { values: [], timestamps: 0 }],
  ['fewer keys', { values: [null, null], keys: [null], timestamps: 0 }],
  ['fewer times', { values: [null, null], timestamps: Float64Array.of(1) }],
  ['half a millisecond', { values: [null], timestamps: 0.5 }],
  ['no time', { values: [null], timestamps: Number.NaN }],
] satisfies [string, RecordsToWrite][])('%s are a mistake of the caller', (_what, wrong) => {
  expect(() => encodeRecordBatch(wrong, null)).toThrowError(expect.objectContaining({ name: 'AssertionError' }));
});
