import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtinCatalog } from '../../../src/cli/catalog.ts';
import { encodeColumnBatch } from '../../../src/connectors/kafka/column-batch.ts';
import { readRecordBatches } from '../../../src/connectors/kafka/record-chunks.ts';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import { decodeRecordFrame, NULL_PART, RecordFrames } from '../../../src/engine/columnar/record-frame.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { InputPosition } from '../../../src/engine/contract/log.ts';
import type { RecordTopics } from '../../../src/engine/contract/record-topics.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import type { SourceNode } from '../../../src/engine/plan/plan.ts';
import { recordTopicsOf } from '../../../src/engine/runtime/record-topics-over.ts';
import { RecordsReader } from '../../../src/engine/runtime/stream/records-reader.ts';
import type { TaskHost } from '../../../src/engine/runtime/task-host.ts';
import { recordWorld } from '../../support/record-world.ts';

const host = { catalog: builtinCatalog() } as unknown as TaskHost;
const TOPIC = 't';

function source(tombstones: 'bad' | 'skip'): SourceNode {
  return {
    format: { name: 'json', options: { max_record: 1024 } },
    schema: { fields: [{ name: 'n', type: { kind: 'int' }, nullable: false }] },
    names: {},
    nulls: [],
    onRange: 'bad',
    zone: null,
    connector: { connector: 'topic', options: { tombstones } },
  } as unknown as SourceNode;
}

/** A number, a record that is not JSON, or a tombstone. */
type Value = number | 'bad' | null;
function frameOf(values: readonly Value[]): Uint8Array {
  const frames = new RecordFrames();
  for (const value of values) {
    const bytes = Buffer.from(value === 'bad' ? '{' : `{"n":${value}}`);
    frames.add(0, NULL_PART, value === null ? NULL_PART : { bytes, from: 0, to: bytes.length }, NULL_PART);
  }
  const [frame] = frames.take();
  return frame;
}

interface Piece {
  readonly values: readonly Value[];
  /** Offsets before it that hold nothing a reader sees. */
  readonly gap: number;
}
interface Topic {
  readonly topics: RecordTopics;
  /** `split record` of each value, by its place in the list of all. */
  readonly names: readonly string[];
}

/** A partition as Kafka has it, read up to `most` batches at a time. */
function kafkaLike(pieces: readonly Piece[], most: number): Topic {
  const names: string[] = [];
  const batches: { readonly bytes: Uint8Array; readonly last: bigint }[] = [];
  let end = 0n;
  for (const { values, gap } of pieces) {
    const base = end + BigInt(gap);
    const bytes = encodeColumnBatch(decodeRecordFrame(frameOf(values)), null, 'none');
    new DataView(bytes.buffer).setBigInt64(0, base);
    end = base + BigInt(values.length);
    batches.push({ bytes, last: end - 1n });
    names.push(...values.map((_, i) => `${TOPIC}/0 ${base + BigInt(i)}`));
  }
  const read: RecordTopics['read'] = async ({ offset }) => {
    const sent = batches.filter(({ last }) => last >= offset).slice(0, most);
    const { chunks, next } = readRecordBatches(Buffer.concat(sent.map(({ bytes }) => bytes)), offset, null);
    return { chunks, next, stableEnd: end, end };
  };
  return { topics: { read } as unknown as RecordTopics, names };
}

/** The same kept in frames of a log. */
async function framed(pieces: readonly Piece[]): Promise<Topic> {
  const log = createMemoryLog({ clock: systemClock });
  const topics = recordTopicsOf(log);
  await topics.create(TOPIC, 1);
  const names: string[] = [];
  for (const { values } of pieces) {
    const before = (await log.describe(TOPIC)).ends[0].end;
    await log.append({ topic: TOPIC, partition: 0 }, [frameOf(values)]);
    names.push(...values.map((_, i) => `${TOPIC}/0/${before} ${i + 1}`));
  }
  return { topics, names };
}

interface Seen {
  /** What is told of each record, in order: its number, or why it is bad; skipped ones are left out. */
  readonly rows: number[];
  readonly places: string[];
  readonly bad: string[];
  skipped: number;
}

/** Reads all of it in lives of some batches each, every one from the position the one before left. */
async function readIn(
  { topics }: Topic,
  tombstones: 'bad' | 'skip',
  batchRows: number,
  lives: readonly number[],
  until: bigint,
): Promise<Seen> {
  const seen: Seen = { rows: [], places: [], bad: [], skipped: 0 };
  let from: InputPosition = { input: TOPIC, partition: 0, offset: 0n, row: 0 };
  for (let life = 0; life < 500; life++) {
    const read = { source: source(tombstones), topic: TOPIC, partition: 0, from, until, batchRows };
    const reader = new RecordsReader(host, topics, read, recordWorld());
    for (let batches = lives[life % lives.length]; batches > 0; batches--) {
      const fetched = await reader.next(batchRows, 0);
      if (fetched.kind === 'until') return seen;
      if (fetched.kind !== 'rows') continue;
      const { batch, bad, skipped = 0 } = fetched;
      expect((batch?.rows ?? 0) + bad.length + skipped).toBeLessThanOrEqual(batchRows);
      if (batch !== null) {
        seen.rows.push(...rowsOfBatch(batch).map(row => row['n'] as number));
        for (let row = 0; row < batch.rows; row++) {
          seen.places.push(`${batch.origin?.split} ${batch.origin?.recordOf(row)}`);
        }
      }
      seen.bad.push(...bad.map(({ split, record, raw }) => `${split} ${record} ${Buffer.from(raw).toString()}`));
      seen.skipped += skipped;
    }
    [from] = reader.positions();
    await reader.close();
  }
  return expect.unreachable('a topic that is read to its end');
}

const value = fc.oneof(
  { weight: 8, arbitrary: fc.nat(1000) as fc.Arbitrary<Value> },
  { weight: 1, arbitrary: fc.constantFrom<Value>('bad', null) },
);
const pieces = fc.array(fc.record({ values: fc.array(value, { minLength: 1, maxLength: 12 }), gap: fc.nat(3) }), {
  minLength: 1,
  maxLength: 8,
});
const lives = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

describe('a reader of records', () => {
  test('hands out each once and tells where it lies, from whatever position it goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        pieces,
        lives,
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('bad', 'skip'),
        async (list, cut, batchRows, most, tombstones) => {
          const values = list.flatMap(piece => piece.values);
          for (const topic of [kafkaLike(list, most), await framed(list)]) {
            const { stableEnd } = await topic.topics.read(
              { topic: TOPIC, partition: 0, offset: 0n },
              { bytes: 1, waitMs: 0 },
            );
            const seen = await readIn(topic, tombstones, batchRows, cut, stableEnd);
            const isRow = (one: Value): one is number => typeof one === 'number';
            const isBad = (one: Value) => one === 'bad' || (one === null && tombstones === 'bad');
            expect(seen.rows).toEqual(values.filter(isRow));
            expect(seen.places).toEqual(topic.names.filter((_, i) => isRow(values[i])));
            expect(seen.bad).toEqual(
              topic.names.flatMap((name, i) => (isBad(values[i]) ? [`${name} ${values[i] === null ? '' : '{'}`] : [])),
            );
            expect(seen.skipped).toBe(tombstones === 'skip' ? values.filter(one => one === null).length : 0);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('stops at the end it is given, in mid-batch too', async () => {
    const list = [{ values: [0, 1, 2, 3, 4, 5], gap: 2 }];
    const seen = await readIn(kafkaLike(list, 1), 'bad', 4, [1], 6n);
    expect(seen.rows).toEqual([0, 1, 2, 3]);
  });
});
