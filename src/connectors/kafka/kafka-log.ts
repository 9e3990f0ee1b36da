import { Connection, type ConnectionOptions } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { checkFrameSizes } from '../../engine/contract/frame-size.ts';
import {
  type Assignment,
  type ChangelogDelta,
  type CommitRecord,
  type GroupSpec,
  type Log,
  LogError,
  type Membership,
  type Position,
  type ReadLimit,
  type ReadResult,
  type TaskId,
  type TaskLog,
  type TopicInfo,
  type TopicPartition,
  type TopicSpec,
} from '../../engine/contract/log.ts';
import type { OnOutage } from '../../engine/contract/log-module.ts';
import type { RecordTopics } from '../../engine/contract/record-topics.ts';
import { appendRecords } from './append-records.ts';
import { type BrokerAddress, Brokers } from './brokers.ts';
import { deltasOf, lastRecordOf } from './changelog.ts';
import { readCommitted } from './committed-reader.ts';
import { joinGroup } from './group-member.ts';
import { groupMembers } from './group-members.ts';
import type { SaslMechanism } from './kafka-address.ts';
import { KafkaNames } from './kafka-names.ts';
import { KafkaTaskLog } from './kafka-task-log.ts';
import { KafkaRecordTopics } from './record-topics.ts';
import { TopicAdmin } from './topic-admin.ts';
import { TopicSpecs } from './topic-specs.ts';

export interface KafkaLogOptions {
  readonly bootstrap: readonly BrokerAddress[];
  readonly clock: Clock;
  /** Absent: in the clear, as nobody in particular. */
  readonly security?: {
    readonly tls: { readonly ca?: Buffer } | null;
    readonly sasl: { readonly mechanism: SaslMechanism; readonly user: string; readonly password: string } | null;
  };
  /** Begins every name on the cluster. */
  readonly prefix?: string;
  /** For so long brokers that do not answer are asked again. */
  readonly patience?: Millis;
  readonly onOutage?: OnOutage;
  /** The network: a connection that is not yet open. */
  readonly connection?: (clientId: string, options: ConnectionOptions) => Connection;
}

const PATIENCE: Millis = 60_000;
const CONNECT_TIMEOUT: Millis = 5_000;
const REQUEST_TIMEOUT: Millis = 30_000;

/** The log over a Kafka cluster. Nothing is asked of it yet when this returns. */
export function openKafkaLog(options: KafkaLogOptions): Log {
  return new KafkaLog(options);
}

class KafkaLog implements Log {
  readonly records: RecordTopics;
  readonly #clock: Clock;
  readonly #brokers: Brokers;
  readonly #names: KafkaNames;
  readonly #admin: TopicAdmin;
  readonly #topics: TopicSpecs;
  readonly #members = new Set<Membership>();
  readonly #tasks = new Set<TaskLog>();
  #closed = false;

  constructor({ bootstrap, clock, prefix = '', patience = PATIENCE, connection, security, onOutage }: KafkaLogOptions) {
    const { tls = null, sasl = null } = security ?? {};
    const connectionOptions: ConnectionOptions = {
      connectTimeout: CONNECT_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      ...(tls === null ? {} : { tls }),
      ...(sasl === null ? {} : { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } }),
    };
    const create = connection ?? ((id: string, given: ConnectionOptions) => new Connection(id, given));
    this.#clock = clock;
    this.#names = new KafkaNames(prefix);
    this.#brokers = new Brokers({
      bootstrap,
      clock,
      patience,
      onOutage: onOutage ?? (() => undefined),
      connection: host => create('weir', { ...connectionOptions, ...serverName(host, tls) }),
    });
    this.#admin = new TopicAdmin(this.#brokers, clock);
    this.#topics = new TopicSpecs(this.#brokers, clock, this.#names, this.#admin);
    this.records = new KafkaRecordTopics(this.#brokers, clock, this.#admin, this.#topics);
  }
  #checkOpen(): void {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    await this.#topics.ensure(specs);
  }
  async topics(): Promise<readonly TopicInfo[]> {
    this.#checkOpen();
    return this.#topics.all();
  }
  async describe(topic: string): Promise<TopicInfo> {
    this.#checkOpen();
    return this.#topics.describe(topic);
  }
  async join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership> {
    this.#checkOpen();
    const membership = await joinGroup(this.#brokers, this.#clock, this.#names.group(group.flow), group, onAssign);
    this.#members.add(membership);
    return membership;
  }
  async members(flow: string): Promise<readonly string[]> {
    this.#checkOpen();
    return groupMembers(this.#brokers, this.#names.group(flow));
  }
  async open(task: TaskId): Promise<TaskLog> {
    this.#checkOpen();
    const log = await KafkaTaskLog.open(
      {
        brokers: this.#brokers,
        clock: this.#clock,
        names: this.#names,
        ensureChangelog: (topic, partition) => this.#admin.ensurePartition(topic, partition),
        deleteRecords: (topic, partition, before) => this.#admin.deleteRecords(topic, partition, before),
      },
      task,
    );
    this.#tasks.add(log);
    return log;
  }
  async last(task: TaskId): Promise<CommitRecord | null> {
    this.#checkOpen();
    return lastRecordOf(this.#brokers, this.#clock, { topic: this.#names.changelog(task), partition: task.partition });
  }
  async *changelog(task: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    this.#checkOpen();
    const place = { topic: this.#names.changelog(task), partition: task.partition };
    yield* deltasOf(this.#brokers, this.#clock, place, from);
  }
  async read(at: Position, max: ReadLimit): Promise<ReadResult> {
    this.#checkOpen();
    const result = await readCommitted(this.#brokers, this.#clock, { ...at, topic: this.#names.topic(at.topic) }, max);
    this.#checkOpen();
    return { ...result, next: { ...result.next, topic: at.topic } };
  }
  async append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    checkFrameSizes(frames, to);
    const place = { topic: this.#names.topic(to.topic), partition: to.partition };
    await appendRecords(this.#brokers, place, { values: frames, timestamps: this.#clock.now() });
  }
  async purge(to: TopicPartition, before: bigint): Promise<void> {
    this.#checkOpen();
    await this.#admin.deleteRecords(this.#names.topic(to.topic), to.partition, before);
  }
  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#checkOpen();
    await this.#topics.delete(names);
  }
  async close(): Promise<void> {
    if (this.#closed) return;
    for (const membership of this.#members) await membership.leave();
    for (const task of this.#tasks) await task.close();
    this.#closed = true;
    await this.#brokers.close();
  }
}

/** An address that is a number has no name to be told to the server. */
function serverName(host: string, tls: unknown): Pick<ConnectionOptions, 'tlsServerName'> {
  return tls === null || /^[\d.]+$|:/.test(host) ? {} : { tlsServerName: host };
}
