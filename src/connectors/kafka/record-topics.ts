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
import { endsOf, offsetsAtTime, partitionCount, topicId } from './partition-reads.ts';
import { timeLimitsOf } from './time-limits.ts';
import type { TopicAdmin } from './topic-admin.ts';
import type { TopicSpecs } from './topic-specs.ts';

/** Topics of plain records on the cluster of the log, by the names they have there. */
export class KafkaRecordTopics implements RecordTopics {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #admin: TopicAdmin;
  readonly #specs: TopicSpecs;

  constructor(brokers: Brokers, clock: Clock, admin: TopicAdmin, specs: TopicSpecs) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#admin = admin;
    this.#specs = specs;
  }

  async describe(topic: string): Promise<TopicInfo | null> {
    if ((await partitionCount(this.#brokers, topic)) === null) return null;
    if (await this.#specs.holdsFrames(topic)) throw rowsNotRecords(topic);
    const [id, ends] = await Promise.all([topicId(this.#brokers, topic), endsOf(this.#brokers, topic)]);
    return { name: topic, ...(id !== null && { id }), partitions: ends.length, ends };
  }

  /** How long it keeps records is the cluster's to say. */
  async create(topic: string, partitions: number): Promise<void> {
    const there = await partitionCount(this.#brokers, topic);
    if (there === null) await this.#admin.ensureTopic(topic, partitions, {});
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
