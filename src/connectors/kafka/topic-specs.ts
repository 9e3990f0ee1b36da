import type { Clock } from '../../engine/base/clock.ts';
import type { TopicInfo, TopicSpec } from '../../engine/contract/log.ts';
import { appendRecords } from './append-records.ts';
import type { Brokers } from './brokers.ts';
import type { KafkaNames } from './kafka-names.ts';
import { FOREVER } from './kept-forever.ts';
import { endsOf, fetchAt, partitionCount, topicId } from './partition-reads.ts';
import { readRecordBatches } from './record-chunks.ts';
import { otherPartitions, type TopicAdmin } from './topic-admin.ts';

const READ_BYTES = 4 * 1024 * 1024;

/**
 * The topics of a cluster and what they hold. Kafka keeps nothing of ours with a topic, so one compacted topic has it by name; topics that
 * others made are known by their partitions alone.
 */
export class TopicSpecs {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #names: KafkaNames;
  readonly #admin: TopicAdmin;
  readonly #specs = new Map<string, TopicSpec>();
  /** How far the topic of the specs has been read. */
  #readTo = 0n;

  constructor(brokers: Brokers, clock: Clock, names: KafkaNames, admin: TopicAdmin) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#names = names;
    this.#admin = admin;
  }

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    await this.#readSpecs();
    for (const spec of specs) {
      const topic = this.#names.topic(spec.name);
      const known = await partitionCount(this.#brokers, topic);
      if (known !== null && known !== spec.partitions) throw otherPartitions(spec, known);
      if (known !== null && spec.internal === true) await this.#admin.refuseForgetful(topic);
    }
    for (const spec of specs) {
      await this.#admin.ensureTopic(this.#names.topic(spec.name), spec.partitions, retentionOf(spec), spec.name);
      // What a topic that is there was made for stands.
      if (!this.#specs.has(spec.name)) await this.#writeSpec(spec.name, spec);
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
    // Nobody else makes or deletes internal ones.
    const id = spec.internal === true ? null : await topicId(this.#brokers, topic);
    const ends = await endsOf(this.#brokers, topic);
    return { ...spec, ...(id !== null && { id }), partitions: ends.length, ends };
  }

  async delete(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#admin.delete(this.#names.topic(name));
      if (this.#specs.has(name)) await this.#writeSpec(name, null);
    }
  }

  /** What has come since the last look. */
  async #readSpecs(): Promise<void> {
    const at = { topic: this.#names.specs, partition: 0 };
    if ((await partitionCount(this.#brokers, at.topic)) === null) return;
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
    if ((await partitionCount(this.#brokers, topic)) === null)
      await this.#admin.ensureTopic(topic, 1, { 'cleanup.policy': 'compact' });
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

function retentionOf({ retention }: TopicSpec): Readonly<Record<string, string>> {
  return {
    ...FOREVER,
    'retention.ms': String(retention?.ms ?? -1),
    'retention.bytes': String(retention?.bytes ?? -1),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
