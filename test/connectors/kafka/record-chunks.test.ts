import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../src/connectors/kafka/codecs.ts';
import { encodeColumnBatch } from '../../../src/connectors/kafka/column-batch.ts';
import {
  type AbortedTransaction,
  type Fetched,
  readRecordBatches,
} from '../../../src/connectors/kafka/record-chunks.ts';
import { LogError } from '../../../src/engine/contract/log.ts';
import { headersOf, recordColumns } from '../../support/record-columns.ts';
import { JAVA_APPEND_TIME, JAVA_COMPACTED, JAVA_MAGIC_1, JAVA_MARKERS, JAVA_RECORDS } from './support/java-batches.ts';
import { bytesOf, hexOf, type PlainParts, plainBatch, plainRecord, plainRecords, text } from './support/plain-batch.ts';

const TRANSACTIONAL = 16;
const CONTROL = 32;
const ABORT = [0, 0, 0, 0];

/** Data of a transaction: records with the values that are given, from an offset on. */
function data(base: bigint, producer: bigint, ...values: string[]): Uint8Array {
  const records = values.map((value, delta) => plainRecord({ delta, key: Uint8Array.from(ABORT), value: text(value) }));
  return plainBatch({ base, producer, epoch: 0, attributes: TRANSACTIONAL, records });
}
function marker(base: bigint, producer: bigint, kind: 'abort' | 'commit'): Uint8Array {
  const key = Uint8Array.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  const records = [plainRecord({ key, value: new Uint8Array(6) })];
  return plainBatch({ base, producer, epoch: 0, attributes: TRANSACTIONAL | CONTROL, records });
}
function read(batches: readonly Uint8Array[], from: bigint, aborted: readonly AbortedTransaction[] | null): Fetched {
  return readRecordBatches(Buffer.concat(batches), from, aborted);
}
const values = (fetched: Fetched) => plainRecords(fetched).map(one => Buffer.from(one.value ?? '', 'hex').toString());
const failureOf = (bytes: Uint8Array, from = 0n): unknown => {
  try {
    return readRecordBatches(bytes, from, []);
  } catch (error) {
    return error;
  }
};
const corrupt = expect.objectContaining({ name: 'LogError', code: 'corrupt' });

describe('transactions', () => {
  test('a key of four zero bytes is data: the batch says what a marker is', () => {
    expect(values(read([data(0n, 1n, 'a', 'b'), marker(2n, 1n, 'commit')], 0n, []))).toEqual(['a', 'b']);
    const java = plainRecords(readRecordBatches(bytesOf(JAVA_RECORDS.none), 0n, []));
    expect(java.map(one => one.key)).toContain('00000000');
    // And it closes no transaction either.
    const aborted = [{ producerId: 1n, firstOffset: 0n }];
    expect(values(read([data(0n, 1n, 'a'), data(1n, 1n, 'b'), marker(2n, 1n, 'abort')], 0n, aborted))).toEqual([]);
  });

  test('aborted ones of several producers interleave, each open until its own marker', () => {
    const batches = [
      data(0n, 1n, 'a1'),
      data(1n, 2n, 'a2'),
      data(2n, 3n, 'kept'),
      marker(3n, 2n, 'abort'),
      data(4n, 1n, 'a1 again'),
      data(5n, 2n, 'kept too'),
      marker(6n, 3n, 'commit'),
      data(7n, 1n, 'a1 still'),
      marker(8n, 1n, 'abort'),
      marker(9n, 2n, 'commit'),
    ];
    const aborted = [
      { producerId: 2n, firstOffset: 1n },
      { producerId: 1n, firstOffset: 0n },
    ];
    const fetched = read(batches, 0n, aborted);
    expect(values(fetched)).toEqual(['kept', 'kept too']);
    expect(fetched.next).toBe(10n);
    // Asked for in the middle, of a transaction that began before.
    expect(values(read(batches.slice(4), 4n, aborted.slice(1)))).toEqual(['kept too']);
    expect(values(read(batches, 0n, null))).toEqual(['a1', 'a2', 'kept', 'a1 again', 'kept too', 'a1 still']);
  });

  test('a producer commits, aborts and commits in one answer', () => {
    const batches = [
      data(0n, 1n, 'kept'),
      marker(1n, 1n, 'commit'),
      data(2n, 1n, 'gone'),
      marker(3n, 1n, 'abort'),
      data(4n, 1n, 'kept too'),
      marker(5n, 1n, 'commit'),
      data(6n, 1n, 'gone too'),
      marker(7n, 1n, 'abort'),
    ];
    const aborted = [
      { producerId: 1n, firstOffset: 6n },
      { producerId: 1n, firstOffset: 2n },
    ];
    expect(values(read(batches, 0n, aborted))).toEqual(['kept', 'kept too']);
  });

  test('rows outside of transactions are nobody’s to abort', () => {
    const plain = plainBatch({ base: 1n, producer: 1n, records: [plainRecord({ value: text('kept') })] });
    const aborted = [{ producerId: 1n, firstOffset: 0n }];
    expect(values(read([data(0n, 1n, 'gone'), plain, marker(2n, 1n, 'abort')], 0n, aborted))).toEqual(['kept']);
  });

  test('markers are passed and never shown', () => {
    for (const kind of ['abort', 'commit'] as const) {
      for (const aborted of [[], null]) {
        expect(readRecordBatches(bytesOf(JAVA_MARKERS[kind]), 42n, aborted)).toEqual({ chunks: [], next: 43n });
      }
    }
  });

  test('any interleaving shows what was committed', () => {
    const step = fc.record({
      producer: fc.integer({ min: 1, max: 4 }),
      what: fc.constantFrom('data', 'data', 'abort', 'commit'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const batches: Uint8Array[] = [];
        const open = new Map<number, { first: bigint; values: string[] }>();
        const aborted: (AbortedTransaction & { markerOffset: number })[] = [];
        const committed: [bigint, string][] = [];
        const end = (producer: number, how: 'abort' | 'commit') => {
          const transaction = open.get(producer);
          if (transaction === undefined) return;
          open.delete(producer);
          if (how === 'abort') {
            aborted.push({
              producerId: BigInt(producer),
              firstOffset: transaction.first,
              markerOffset: batches.length,
            });
          } else committed.push(...transaction.values.map(value => [BigInt(value), value] as [bigint, string]));
          batches.push(marker(BigInt(batches.length), BigInt(producer), how));
        };
        for (const { producer, what } of steps) {
          if (what !== 'data') end(producer, what as 'abort');
          else {
            const at = BigInt(batches.length);
            const transaction = open.get(producer) ?? { first: at, values: [] };
            open.set(producer, transaction);
            transaction.values.push(String(at));
            batches.push(data(at, BigInt(producer), String(at)));
          }
        }
        for (const producer of [...open.keys()]) end(producer, seed % 2 === 0 ? 'abort' : 'commit');
        const wanted = committed.sort(([a], [b]) => Number(a - b)).map(([, value]) => value);
        expect(values(read(batches, 0n, aborted))).toEqual(wanted);
        // From anywhere on, with the list the broker has for it: of those that were not over by then.
        const from = batches.length === 0 ? 0 : seed % batches.length;
        const rest = read(
          batches.slice(from),
          BigInt(from),
          aborted.filter(one => one.markerOffset >= from),
        );
        expect(values(rest)).toEqual(wanted.filter(value => Number(value) >= from));
      }),
    );
  });
});

describe('places', () => {
  const gapped = (base: bigint, deltas: readonly number[], lastOffsetDelta: number) =>
    plainBatch({
      base,
      lastOffsetDelta,
      records: deltas.map(delta => plainRecord({ delta, value: text(`${base}+${delta}`) })),
    });

  test('of a batch that compaction left gaps in, and records before the place that was asked from', () => {
    const batches = [gapped(10n, [0, 3, 4], 7), gapped(20n, [2], 4)];
    for (const [from, wanted] of [
      [0n, ['10+0', '10+3', '10+4', '20+2']],
      [10n, ['10+0', '10+3', '10+4', '20+2']],
      [11n, ['10+3', '10+4', '20+2']],
      [14n, ['10+4', '20+2']],
      [15n, ['20+2']],
      [22n, ['20+2']],
      [23n, []],
      [24n, []],
    ] as const) {
      const fetched = read(batches, from, []);
      expect(values(fetched), `${from}`).toEqual(wanted);
      expect(fetched.next).toBe(25n);
      expect(fetched.chunks.every(chunk => chunk.count > 0 && chunk.valueStart.length === chunk.count)).toBe(true);
    }
    expect(plainRecords(read(batches, 11n, [])).map(one => one.offset)).toEqual([13n, 14n, 22n]);
  });

  test('an answer that ends before the place that was asked from takes nobody back', () => {
    expect(read([gapped(10n, [0], 0)], 30n, [])).toEqual({ chunks: [], next: 30n });
    expect(read([], 30n, [])).toEqual({ chunks: [], next: 30n });
  });

  test('an empty batch moves on, compressed or not', () => {
    expect(readRecordBatches(bytesOf(JAVA_COMPACTED), 100n, [])).toEqual({ chunks: [], next: 110n });
    for (let codec = 0; codec < 5; codec++) {
      const empty = plainBatch({ base: 7n, attributes: codec, lastOffsetDelta: 4, records: [] });
      expect(read([empty, gapped(12n, [0], 0)], 7n, []).next).toBe(13n);
    }
  });

  test('a broker that stamps batches gives one time to all records', () => {
    const fetched = readRecordBatches(bytesOf(JAVA_APPEND_TIME), 5n, []);
    expect(plainRecords(fetched)).toEqual([
      { offset: 5n, time: 1_700_000_000_000, key: '6b', value: '76', headers: [] },
      { offset: 6n, time: 1_700_000_000_000, key: '6b', value: '77', headers: [] },
    ]);
    const [chunk] = fetched.chunks;
    expect([...chunk.timestamp]).toEqual([1_700_000_000_000, 1_700_000_000_000]);
  });

  test('times of a batch whose base is the moment its tombstones may go', () => {
    const records = [plainRecord({ timeDelta: -86_400_000n * 400n }), plainRecord({ delta: 1, timeDelta: 5n })];
    const batch = plainBatch({ attributes: 64, baseTime: 1_700_000_000_000n, records });
    expect(plainRecords(read([batch], 0n, [])).map(one => one.time)).toEqual([1_665_440_000_000, 1_700_000_000_005]);
  });

  test('a batch is read where it lies, at any place of a larger buffer', () => {
    const batch = encodeColumnBatch(
      recordColumns([{ value: text('v'), headers: [['h', text('x')]], time: 1 }]),
      null,
      'none',
    );
    const buffer = new Uint8Array(batch.length + 10).fill(255);
    buffer.set(batch, 3);
    const [chunk] = readRecordBatches(buffer.subarray(3, 3 + batch.length), 0n, []).chunks;
    expect(chunk.bytes.buffer).toBe(buffer.buffer);
    expect(headersOf(chunk, 0).map(([name, value]) => [name, hexOf(value!)])).toEqual([['h', '78']]);
  });
});

describe('damage', () => {
  const one = encodeColumnBatch(
    recordColumns([
      { value: text('value'), headers: [['h', text('x')]], time: 5 },
      { key: text('k'), value: null, time: 5 },
    ]),
    { id: 9n, epoch: 0, baseSequence: 0, transactional: false },
    'none',
  );
  const two = plainBatch({ base: 2n, records: [plainRecord({ value: text('second') })] });

  test('cut at every byte, a batch is left for the next time', () => {
    const both = Buffer.concat([one, two]);
    for (let cut = 0; cut <= both.length; cut++) {
      const whole = cut < one.length ? 0 : cut < both.length ? 1 : 2;
      const fetched = readRecordBatches(both.subarray(0, cut), 0n, []);
      expect([fetched.chunks.length, fetched.next], `cut at ${cut}`).toEqual([whole, [0n, 2n, 3n][whole]]);
    }
  });

  test('any bit of any byte that is flipped: refused, or outside of the checksum', () => {
    for (let place = 0; place < one.length; place++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = one.slice();
        flipped[place] ^= 1 << bit;
        const failure = failureOf(flipped);
        if (place >= 16) expect(failure, `byte ${place}, bit ${bit}`).toEqual(corrupt);
        // A higher base offset shows the rows elsewhere, a longer batch is a cut one; the epoch says nothing here.
        else if (failure instanceof Error) expect(failure, `byte ${place}, bit ${bit}`).toEqual(corrupt);
        else
          expect((failure as Fetched).chunks.length, `byte ${place}, bit ${bit}`).toBe(
            place >= 8 && place < 12 ? 0 : 1,
          );
      }
    }
  });

  test('offsets that are negative, or step back, are refused', () => {
    expect(failureOf(plainBatch({ base: -1n, records: [plainRecord({})] }))).toEqual(corrupt);
    expect(failureOf(Buffer.concat([two, one]))).toEqual(corrupt);
    expect(failureOf(Buffer.concat([two, two]))).toEqual(corrupt);
    expect(failureOf(plainBatch({ lastOffsetDelta: -1, records: [] }))).toEqual(corrupt);
  });

  test('a length too short for a head is refused, even where the checksum of nothing is right', () => {
    for (const length of [-(2 ** 31), -12, -1, 0, 8, 9, 48]) {
      for (const bytes of [17, 30, 100]) {
        const head = Buffer.alloc(bytes);
        head.writeInt32BE(length, 8);
        head[16] = 2;
        expect(failureOf(head), `${length} of ${bytes}`).toEqual(corrupt);
      }
    }
  });

  test('the old formats are told apart', () => {
    expect(failureOf(bytesOf(JAVA_MAGIC_1), 5n)).toEqual(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining('old message format 1') }),
    );
  });

  const record = (parts: PlainParts = {}) => plainRecord(parts);
  const MOST = [0xfe, 0xff, 0xff, 0xff, 0x0f];
  test.each<[string, Parameters<typeof plainBatch>[0]]>([
    ['a count above what is there', { count: 2, lastOffsetDelta: 1, records: [record()] }],
    ['a count of billions', { count: 2 ** 31 - 1, records: [record()] }],
    ['a negative count', { count: -1, lastOffsetDelta: 0, records: [record()] }],
    ['a count below what is there', { count: 1, records: [record(), record({ delta: 1 })] }],
    ['a count of none', { count: 0, lastOffsetDelta: 0, records: [record()] }],
    ['a record longer than the batch', { records: [[16, 0, 0, 0, 1, 1, 0, 0]] }],
    ['a record shorter than its parts', { records: [[10, 0, 0, 0, 1, 1, 0]] }],
    ['a record of negative length', { records: [[1, 0, 0, 0, 1, 1, 0]] }],
    ['a key behind the record', { records: [[12, 0, 0, 0, 100, 1, 0]] }],
    ['a value behind the record', { records: [[12, 0, 0, 0, 1, 100, 0]] }],
    ['a key of length −2', { records: [[12, 0, 0, 0, 3, 1, 0]] }],
    ['a value of length −2', { records: [[12, 0, 0, 0, 1, 3, 0]] }],
    ['a negative count of headers', { records: [[12, 0, 0, 0, 1, 1, 1]] }],
    ['more headers than there are', { records: [[16, 0, 0, 0, 1, 1, 4, 0, 1]] }],
    ['billions of headers', { records: [[20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f]] }],
    ['a header without a name', { records: [[16, 0, 0, 0, 1, 1, 2, 1, 1]] }],
    ['a header with a value of length −2', { records: [[16, 0, 0, 0, 1, 1, 2, 0, 3]] }],
    ['a header whose missing name would be its value too', { records: [[14, 0, 0, 0, 1, 1, 2, 1]] }],
    ['a record and headers of billions', { records: [[...MOST, 0, 0, 0, 1, 1, ...MOST]] }],
    ['a length of more than 32 bits', { records: [[20, 0, 0, 0, 0x81, 0x80, 0x80, 0x80, 0x10, 1, 0]] }],
    ['a length without an end', { records: [[30, 0, 0, 0, ...Array(10).fill(0xff), 1, 0]] }],
    ['a time of more than 64 bits', { records: [[30, 0, ...Array(9).fill(0x80), 2, 0, 1, 1, 0]] }],
    ['a time without an end', { records: [[32, 0, ...Array(11).fill(0x80), 0, 1, 1, 0]] }],
    ['a record that ends where the answer does', { records: [[12, 0, 0xff]], count: 1 }],
    ['offsets that do not go up', { records: [record({ delta: 1 }), record({ delta: 1 })], lastOffsetDelta: 5 }],
    ['an offset behind the last', { records: [record({ delta: 3 })], lastOffsetDelta: 2 }],
    ['a negative offset', { records: [record({ delta: -1 })], lastOffsetDelta: 2 }],
    ['a codec without a name', { records: [record()], attributes: 7 }],
    ['records that are not compressed as it says', { records: [record()], attributes: 1 }],
    ['a compressed batch of nothing', { records: [], count: 1, attributes: 4 }],
    [
      'more behind the compressed records',
      { records: compress('zstd', Uint8Array.from([...record(), 0])), count: 1, attributes: 4 },
    ],
  ])('%s is refused, its checksum right as it may be', (_what, batch) => {
    expect(failureOf(plainBatch({ base: 3n, ...batch }))).toEqual(corrupt);
  });

  test('any records under a right checksum: read, or refused', () => {
    const near = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(near, { maxLength: 40 }),
        fc.integer({ min: -1, max: 6 }),
        fc.integer({ min: 0, max: 4 }),
        (bytes, count, codec) => {
          const records = codec === 0 ? Uint8Array.from(bytes) : compress(NAMES[codec - 1], Uint8Array.from(bytes));
          const failure = failureOf(plainBatch({ records, count, lastOffsetDelta: 9, attributes: codec }));
          if (!(failure instanceof Error)) return void plainRecords(failure as Fetched);
          expect(failure).toBeInstanceOf(LogError);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('no message holds a byte of a record', () => {
    const secret = plainBatch({
      base: 12n,
      records: [plainRecord({ key: text('secret'), value: text('secret') }).slice(0, -1)],
      attributes: 2,
    });
    const failure = failureOf(secret) as Error;
    expect(failure).toEqual(corrupt);
    expect(failure.message).toBe('The record batch at offset 12 is damaged: its snappy cannot be unpacked.');
    for (let error = failure; error !== undefined; error = error.cause as Error)
      expect(error.message).not.toContain('secret');
  });
});
const NAMES = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
