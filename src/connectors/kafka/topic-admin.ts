import {
  type Connection,
  createPartitionsV3,
  createTopicsV7,
  deleteRecordsV2,
  deleteTopicsV6,
} from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { LogError } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';
import { FOREVER, refuseForgetful } from './kept-forever.ts';
import { partitionCount, topicId } from './partition-reads.ts';
import { hasCode, KafkaCode, passing } from './protocol-errors.ts';

const ADMIN_TIMEOUT: Millis = 30_000;
/** How long a purge waits for all copies of a partition. */
const PURGE_TIMEOUT: Millis = 3_000;
/** The copies of each partition, where the cluster has so many brokers. */
const REPLICAS = 3;
/** New topics take a moment until every broker knows them. */
const KNOWN_WAIT: Millis = 20;
const KNOWN_PATIENCE: Millis = 60_000;

/** Topics as Kafka has them, by the names they have there: made, grown, purged and deleted. Others may do the same at any time. */
export class TopicAdmin {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  /** Those that keep what they hold, as far as this process has looked. */
  readonly #kept = new Set<string>();

  constructor(brokers: Brokers, clock: Clock) {
    this.#brokers = brokers;
    this.#clock = clock;
  }

  /** A topic that is there must have as many partitions: LogError `partitions`. `name`: as errors have it. */
  async ensureTopic(
    topic: string,
    partitions: number,
    config: Readonly<Record<string, string>>,
    name = topic,
  ): Promise<void> {
    await this.#until(`Topic ${topic} is not there`, async () => {
      const now = await partitionCount(this.#brokers, topic);
      if (now === partitions) return true;
      if (now !== null) throw otherPartitions({ name, partitions }, now);
      // Asked for again until it is there: others, who are through with it, may have deleted it in between.
      await this.#create(topic, partitions, config);
      return false;
    });
  }

  /** A topic with at least so many partitions, which nobody else needs to know beforehand, and that keeps all. Throws R144. */
  async ensurePartition(topic: string, partition: number): Promise<void> {
    await this.#until(`Topic ${topic} has no partition ${partition}`, async () => {
      const known = await partitionCount(this.#brokers, topic);
      if (known !== null) await this.refuseForgetful(topic);
      if (known !== null && known > partition) return true;
      if (known === null) await this.#create(topic, partition + 1, FOREVER);
      else await this.#grow(topic, partition + 1);
      return false;
    });
  }

  /** For a topic that is there: see `refuseForgetful`. */
  async refuseForgetful(topic: string): Promise<void> {
    if (this.#kept.has(topic)) return;
    await refuseForgetful(this.#brokers, topic);
    this.#kept.add(topic);
  }

  /** Returns when it is gone. */
  async delete(topic: string): Promise<void> {
    const id = await topicId(this.#brokers, topic);
    await this.#atController('Deleting a topic', async connection => {
      try {
        await deleteTopicsV6.api.async(connection, [{ name: topic }], ADMIN_TIMEOUT);
      } catch (error) {
        if (!hasCode(error, KafkaCode.unknownTopicOrPartition)) throw error;
      }
    });
    // One of that name with another id has been made by others since.
    const isGone = async () => id === null || (await topicId(this.#brokers, topic)) !== id;
    await this.#until(`Topic ${topic} is still there`, isGone);
  }

  /** `before` may lie in what nobody can read yet. */
  async deleteRecords(topic: string, partition: number, before: bigint): Promise<void> {
    const partitions = [{ partitionIndex: partition, offset: before }];
    await this.#brokers.atLeader(`Purging ${topic}/${partition}`, { topic, partition }, async connection => {
      try {
        await deleteRecordsV2.api.async(connection, [{ name: topic, partitions }], PURGE_TIMEOUT);
      } catch (error) {
        // The leader has let them go, and waits for copies that are down or behind: they follow when they are back.
        if (hasCode(error, KafkaCode.requestTimedOut)) return;
        // A new leader does not know for a moment how far the old one had come.
        throw hasCode(error, KafkaCode.offsetOutOfRange) ? passing(KafkaCode.offsetNotAvailable) : error;
      }
    });
  }

  /** Throws LogError `dead` where the cluster does not come to it. Time in which no broker answers is bounded by each question. */
  async #until(otherwise: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let waited: Millis = 0; !(await isSo()); waited += KNOWN_WAIT) {
      if (waited >= KNOWN_PATIENCE) throw new LogError('dead', `${otherwise} after ${KNOWN_PATIENCE / 1000} s.`);
      await this.#clock.sleep(KNOWN_WAIT);
    }
  }

  async #create(topic: string, partitions: number, config: Readonly<Record<string, string>>): Promise<void> {
    const brokers = await this.#brokers.persist('Counting brokers', () => this.#brokers.brokerCount());
    const request = {
      name: topic,
      numPartitions: partitions,
      replicationFactor: Math.min(REPLICAS, brokers),
      assignments: [],
      configs: Object.entries(config).map(([name, value]) => ({ name, value })),
    };
    try {
      await this.#atController(`Making topic ${topic}`, connection =>
        createTopicsV7.api.async(connection, [request], ADMIN_TIMEOUT, false),
      );
    } catch (error) {
      // Somebody else was sooner.
      if (!hasCode(error, KafkaCode.topicAlreadyExists)) throw error;
    }
  }
  async #grow(topic: string, partitions: number): Promise<void> {
    try {
      await this.#atController(`Growing topic ${topic}`, connection =>
        createPartitionsV3.api.async(
          connection,
          [{ name: topic, count: partitions, assignments: null }],
          ADMIN_TIMEOUT,
          false,
        ),
      );
    } catch (error) {
      // Somebody else has grown it as far, or further.
      if (!hasCode(error, KafkaCode.invalidPartitions)) throw error;
    }
  }
  #atController<T>(what: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#brokers.persist(what, async () => this.#brokers.on(await this.#brokers.controller(), work));
  }
}

export function otherPartitions(
  { name, partitions }: { readonly name: string; readonly partitions: number },
  there: number,
): LogError {
  return new LogError('partitions', `Topic ${name} has ${there} partitions, not ${partitions}.`);
}
