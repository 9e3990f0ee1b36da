import {
  type Connection,
  createPartitionsV3,
  createTopicsV7,
  deleteRecordsV2,
  deleteTopicsV6,
} from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import { LogError, type TopicInfo, type TopicSpec } from '../../engine/contract/log.ts';
import { appendRecords } from './append-records.ts';
import type { Brokers } from './brokers.ts';
import type { KafkaNames } from './kafka-names.ts';
import { fetchAt, offsetsOf } from './partition-reads.ts';
import { hasCode, KafkaCode, passing } from './protocol-errors.ts';
import { readRecordBatches } from './record-chunks.ts';

const ADMIN_TIMEOUT = 30_000;
/** How long a purge waits for all copies of a partition. */
const PURGE_TIMEOUT = 3_000;
const READ_BYTES = 4 * 1024 * 1024;
/** The copies of each partition, where the cluster has so many brokers. */
const REPLICAS = 3;
/** New topics take a moment until every broker knows them. */
const KNOWN_WAIT = 20;

/**
 * The topics of a cluster and what they hold. Kafka keeps nothing of ours with a topic, so one compacted topic has it by name; topics that
 * others made are known by their partitions alone.
 */
export class TopicSpecs {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #names: KafkaNames;
  readonly #specs = new Map<string, TopicSpec>();
  /** How far the topic of the specs has been read. */
  #readTo = 0n;

  constructor(brokers: Brokers, clock: Clock, names: KafkaNames) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#names = names;
  }

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    await this.#readSpecs();
    for (const spec of specs) {
      const known = await this.#partitions(this.#names.topic(spec.name));
      if (known !== null && known !== spec.partitions) throw otherPartitions(spec, known);
    }
    for (const spec of specs) {
      await this.ensureTopic(this.#names.topic(spec.name), spec.partitions, retentionOf(spec), spec);
      // What a topic that is there was made for stands.
      if (!this.#specs.has(spec.name)) await this.#writeSpec(spec.name, spec);
    }
  }

  /** A topic by Kafka's name; one that is there must have as many partitions. */
  async ensureTopic(
    topic: string,
    partitions: number,
    config: Readonly<Record<string, string>>,
    spec?: TopicSpec,
  ): Promise<void> {
    for (;;) {
      const now = await this.#partitions(topic);
      if (now === partitions) return;
      if (now !== null) throw otherPartitions(spec ?? { name: topic, partitions }, now);
      // Asked for again until it is there: others, who are through with it, may have deleted it in between.
      await this.#create(topic, partitions, config);
      await this.#clock.sleep(KNOWN_WAIT);
    }
  }

  /** A topic with at least so many partitions, which nobody else needs to know beforehand. */
  async ensurePartition(topic: string, partition: number): Promise<void> {
    for (;;) {
      const known = await this.#partitions(topic);
      if (known !== null && known > partition) return;
      if (known === null) await this.#create(topic, partition + 1, FOREVER);
      else await this.#grow(topic, partition + 1);
      await this.#clock.sleep(KNOWN_WAIT);
    }
  }

  async all(): Promise<readonly TopicInfo[]> {
    await this.#readSpecs();
    const there = await this.#brokers.persist('Listing topics', () => this.#brokers.topics());
    const known = [...this.#specs.values()].filter(({ name }) => there.has(this.#names.topic(name)));
    return Promise.all(known.map(spec => this.#info(spec)));
  }
  /** Whether a topic, by Kafka's name, is one whose values are frames. */
  async holdsFrames(topic: string): Promise<boolean> {
    await this.#readSpecs();
    return [...this.#specs.keys()].some(name => this.#names.topic(name) === topic);
  }
  /** Throws LogError `no-topic`. */
  async describe(name: string): Promise<TopicInfo> {
    if (!this.#specs.has(name)) await this.#readSpecs();
    return this.#info(this.#specs.get(name) ?? { name, partitions: 0 });
  }
  async #info(spec: TopicSpec): Promise<TopicInfo> {
    const topic = this.#names.topic(spec.name);
    const [first, stable, end] = await Promise.all([
      offsetsOf(this.#brokers, topic, 'first'),
      offsetsOf(this.#brokers, topic, 'stable'),
      offsetsOf(this.#brokers, topic, 'end'),
    ]);
    const ends = first.map((one, i) => ({ first: one, stableEnd: stable[i], end: end[i] }));
    return { ...spec, partitions: ends.length, ends };
  }

  async delete(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const topic = this.#names.topic(name);
      const id = await this.#id(topic);
      await this.#atController('Deleting a topic', async connection => {
        try {
          await deleteTopicsV6.api.async(connection, [{ name: topic }], ADMIN_TIMEOUT);
        } catch (error) {
          if (!hasCode(error, KafkaCode.unknownTopicOrPartition)) throw error;
        }
      });
      // One of that name with another id has been made by others since.
      while (id !== null && (await this.#id(topic)) === id) await this.#clock.sleep(KNOWN_WAIT);
      if (this.#specs.has(name)) await this.#writeSpec(name, null);
    }
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

  #id(topic: string): Promise<string | null> {
    return this.#brokers.persist(`Looking for topic ${topic}`, () => this.#brokers.topicId(topic));
  }
  async #partitions(topic: string): Promise<number | null> {
    const leaders = await this.#brokers.persist(`Looking for topic ${topic}`, () => this.#brokers.partitionsOf(topic));
    return leaders?.length ?? null;
  }
  /** What has come since the last look. */
  async #readSpecs(): Promise<void> {
    const at = { topic: this.#names.specs, partition: 0 };
    if ((await this.#partitions(at.topic)) === null) return;
    for (;;) {
      const answer = await fetchAt(this.#brokers, { ...at, offset: this.#readTo }, READ_BYTES, 0);
      const { chunks, next } = readRecordBatches(answer.records, this.#readTo, answer.aborted);
      for (const { bytes, count, keyStart, keyEnd, valueStart, valueEnd } of chunks) {
        for (let i = 0; i < count; i++) {
          const name = text(bytes.subarray(keyStart[i], keyEnd[i]));
          if (valueStart[i] < 0) this.#specs.delete(name);
          else this.#specs.set(name, JSON.parse(text(bytes.subarray(valueStart[i], valueEnd[i]))) as TopicSpec);
        }
      }
      this.#readTo = next;
      if (next >= answer.highWatermark) return;
    }
  }
  async #writeSpec(name: string, spec: TopicSpec | null): Promise<void> {
    const encoder = new TextEncoder();
    const topic = this.#names.specs;
    if ((await this.#partitions(topic)) === null) await this.ensureTopic(topic, 1, { 'cleanup.policy': 'compact' });
    await appendRecords(
      this.#brokers,
      { topic, partition: 0 },
      {
        keys: [encoder.encode(name)],
        values: [spec === null ? null : encoder.encode(JSON.stringify(spec))],
        timestamps: this.#clock.now(),
      },
    );
    await this.#readSpecs();
  }
}

const FOREVER = { 'retention.ms': '-1', 'retention.bytes': '-1' } as const;

function retentionOf({ retention }: TopicSpec): Readonly<Record<string, string>> {
  return {
    'retention.ms': String(retention?.ms ?? -1),
    'retention.bytes': String(retention?.bytes ?? -1),
  };
}

function otherPartitions({ name, partitions }: Pick<TopicSpec, 'name' | 'partitions'>, there: number): LogError {
  return new LogError('partitions', `Topic ${name} has ${there} partitions, not ${partitions}.`);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
