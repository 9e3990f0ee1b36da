import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { Position, ReadLimit, TopicInfo } from '../../engine/contract/log.ts';
import {
  type RecordRead,
  type RecordTopics,
  rowsNotRecords,
  type TimeLimits,
} from '../../engine/contract/record-topics.ts';
import type { Brokers } from './brokers.ts';
import { readChunks } from './committed-reader.ts';
import { offsetsAtTime, offsetsOf } from './partition-reads.ts';
import { timeLimitsOf } from './time-limits.ts';
import type { TopicSpecs } from './topic-specs.ts';

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

  read(at: Position, max: ReadLimit): Promise<RecordRead> {
    return readChunks(this.#brokers, this.#clock, at, max);
  }

  offsetsAt(topic: string, time: Millis): Promise<readonly bigint[]> {
    return offsetsAtTime(this.#brokers, topic, time);
  }

  timeLimits(topic: string): Promise<TimeLimits | null> {
    return timeLimitsOf(this.#brokers, topic);
  }
}
