import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { decodeRecordFrame } from '../../engine/columnar/record-frame.ts';
import { LogError, type Position, type ReadLimit, type TopicInfo } from '../../engine/contract/log.ts';
import {
  type RecordCodec,
  type RecordRead,
  type RecordTopics,
  rowsNotRecords,
} from '../../engine/contract/record-topics.ts';
import type { Brokers } from './brokers.ts';
import { encodeColumnBatch } from './column-batch.ts';
import { fetchAt, offsetsAtTime, offsetsOf } from './partition-reads.ts';
import { readRecordBatches } from './record-chunks.ts';
import type { TopicSpecs } from './topic-specs.ts';
import type { BatchToWrite } from './transaction.ts';

/** A whole record at least comes, however small the limit: Kafka sends the first batch in any case. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Topics of plain records on the cluster of the log, by the names they have there. */
export class KafkaRecordTopics implements RecordTopics {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #specs: TopicSpecs;

  constructor(brokers: Brokers, clock: Clock, specs: TopicSpecs) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#specs = specs;
  }

  async describe(topic: string): Promise<TopicInfo | null> {
    const leaders = await this.#brokers.persist(`Looking for ${topic}`, () => this.#brokers.partitionsOf(topic));
    if (leaders === null) return null;
    if (await this.#specs.holdsFrames(topic)) throw rowsNotRecords(topic);
    const [first, stable, end] = await Promise.all([
      offsetsOf(this.#brokers, topic, 'first'),
      offsetsOf(this.#brokers, topic, 'stable'),
      offsetsOf(this.#brokers, topic, 'end'),
    ]);
    const ends = first.map((one, i) => ({ first: one, stableEnd: stable[i], end: end[i] }));
    return { name: topic, partitions: ends.length, ends };
  }

  /** How long it keeps records is the cluster's to say. */
  async create(topic: string, partitions: number): Promise<void> {
    const leaders = await this.#brokers.persist(`Looking for ${topic}`, () => this.#brokers.partitionsOf(topic));
    if (leaders === null) await this.#specs.ensureTopic(topic, partitions, {});
  }

  async read(at: Position, max: ReadLimit): Promise<RecordRead> {
    const until = this.#clock.elapsed() + max.waitMs;
    let { offset } = at;
    for (;;) {
      const wait = Math.max(0, Math.ceil(until - this.#clock.elapsed()));
      const answer = await fetchAt(this.#brokers, { ...at, offset }, Math.min(MOST_BYTES, max.bytes), wait);
      const { chunks, next } = readRecordBatches(answer.records, offset, answer.aborted);
      if (next === offset && answer.records.length > 0) {
        throw new LogError('corrupt', `${at.topic}/${at.partition} has no whole record batch at offset ${offset}.`);
      }
      const isProgress = next > offset;
      offset = next;
      const { lastStableOffset: stableEnd, highWatermark: end } = answer;
      if (chunks.length === 0 && (this.#clock.elapsed() < until || (isProgress && offset < stableEnd))) continue;
      return { chunks, next: offset, stableEnd, end };
    }
  }

  offsetsAt(topic: string, time: Millis): Promise<readonly bigint[]> {
    return offsetsAtTime(this.#brokers, topic, time);
  }
}

/** The frames of records of a commit, a batch each: frames are no larger than batches may be. */
export function recordBatches(frames: readonly Uint8Array[], codec: RecordCodec): readonly BatchToWrite[] {
  return frames.map(frame => {
    const columns = decodeRecordFrame(frame);
    return { count: columns.count, encode: producer => encodeColumnBatch(columns, producer, codec) };
  });
}
