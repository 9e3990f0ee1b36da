import { type Connection, findCoordinatorV6, metadataV12 } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { LogError, type TopicPartition } from '../../engine/contract/log.ts';
import type { OnOutage } from '../../engine/contract/log-module.ts';
import { refusalOf, refuseOldBroker } from './connection-refusals.ts';
import { codesOf, isPassing, KafkaCode, logErrorOf, namesOf, passing } from './protocol-errors.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}
/** How the cluster is reached. */
export interface BrokersOptions {
  readonly bootstrap: readonly BrokerAddress[];
  readonly clock: Clock;
  /** A connection that is not yet open; the network is handed in. */
  connection(host: string): Connection;
  /** Questions that may be asked again are, for so long. */
  readonly patience: Millis;
  readonly onOutage: OnOutage;
}

type MetadataResponseTopic = Awaited<ReturnType<typeof metadataV12.api.async>>['topics'][number];

const FIRST_PATIENCE: Millis = 15_000;
/** Any broker knows the answer: one that is frozen is not waited for, another is asked. */
const LOOK_UP_TIMEOUT: Millis = 3_000;
/** Shorter ones happen whenever a leader changes, and are nobody's concern. */
const OUTAGE: Millis = 3_000;
const FIRST_WAIT: Millis = 10;
const LONGEST_WAIT: Millis = 500;
const COORDINATOR = { group: 0, transaction: 1 } as const;

/**
 * The brokers of a cluster: who leads what, and connections to them. A connection has one request at a time, since a broker
 * answers in order and a fetch may wait; free ones are kept.
 */
export class Brokers {
  readonly #options: BrokersOptions;
  readonly #free = new Map<string, Connection[]>();
  readonly #open = new Set<Connection>();
  #addresses = new Map<number, BrokerAddress>();
  #controller = -1;
  /** Leaders by topic and partition. */
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #coordinators = new Map<string, number>();
  #hasAnswered = false;
  #isOut = false;
  #closed = false;

  constructor(options: BrokersOptions) {
    this.#options = options;
  }

  /**
   * Calls `ask` until it answers. Meant for questions that do no harm when asked twice: after an error that passes, all that is
   * known of the cluster is forgotten first. Throws LogError `dead` after the patience.
   */
  async persist<T>(what: string, ask: () => Promise<T>, given: Millis = this.#options.patience): Promise<T> {
    // An address that was never right is found out soon.
    const patience = this.#hasAnswered ? given : Math.min(given, FIRST_PATIENCE);
    const { clock } = this.#options;
    const since = clock.elapsed();
    const until = since + patience;
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      try {
        const answer = await ask();
        if (this.#isOut && wait > FIRST_WAIT) this.#isBack(clock.elapsed() - since);
        return answer;
      } catch (error) {
        if (this.#closed) throw new LogError('closed', 'The log is closed.');
        if (!isPassing(error)) throw logErrorOf(what, error);
        if (clock.elapsed() + wait > until) {
          // Brokers that answer and cannot are told apart from those that do not.
          if (codesOf(error).length > 0) throw logErrorOf(`${what}, asked for ${patience / 1000} s`, error);
          const message = `${what}: no broker at ${this.#asked} has answered in ${patience / 1000} s.`;
          throw new LogError('dead', message, { cause: error });
        }
        if (clock.elapsed() - since >= OUTAGE) this.#isAway(error, until - clock.elapsed());
        this.forget();
        await clock.sleep(wait);
      }
    }
  }
  get #asked(): string {
    return this.#options.bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ');
  }
  #isAway(error: unknown, left: Millis): void {
    if (this.#isOut) return;
    this.#isOut = true;
    const seconds = Math.ceil(left / 1000);
    const [name] = namesOf(error);
    const why =
      name === undefined ? `no broker at ${this.#asked} answers` : `the brokers at ${this.#asked} answer ${name}`;
    this.#options.onOutage(`${why}; they are asked again for ${seconds} s`);
  }
  #isBack(after: Millis): void {
    this.#isOut = false;
    this.#options.onOutage(`the brokers at ${this.#asked} answer again, after ${Math.ceil(after / 1000)} s`);
  }

  /** Who leads, coordinates and controls is looked up anew. */
  forget(): void {
    this.#leaders.clear();
    this.#coordinators.clear();
    this.#controller = -1;
  }

  /** The leader of a partition. Throws LogError `no-topic`. */
  async leaderOf({ topic, partition }: TopicPartition): Promise<number> {
    const known = this.#leaders.get(topic) ?? (await this.partitionsOf(topic));
    if (known === null || partition >= known.length) {
      throw new LogError('no-topic', `There is no topic partition ${topic}/${partition}.`);
    }
    if (known[partition] < 0) throw passing(KafkaCode.leaderNotAvailable);
    return known[partition];
  }
  /** The leaders of all partitions. Throws LogError `no-topic`. */
  async leadersOf(topic: string): Promise<readonly number[]> {
    const known = this.#leaders.get(topic) ?? (await this.partitionsOf(topic));
    if (known === null) throw new LogError('no-topic', `There is no topic ${topic}.`);
    if (known.some(leader => leader < 0)) throw passing(KafkaCode.leaderNotAvailable);
    return known;
  }

  /** Leaders by partition (−1 where there is none just now), asked anew; null: there is no such topic. */
  async partitionsOf(topic: string): Promise<readonly number[] | null> {
    const found = await this.#topic(topic);
    if (found === null) return null;
    const leaders: number[] = [];
    for (const { partitionIndex, leaderId, errorCode } of found.partitions) {
      leaders[partitionIndex] = errorCode === 0 ? leaderId : -1;
    }
    this.#leaders.set(topic, leaders);
    return leaders;
  }

  /** Another one each time a topic of that name is made; null: there is none. */
  async topicId(topic: string): Promise<string | null> {
    return (await this.#topic(topic))?.topicId ?? null;
  }
  async #topic(topic: string): Promise<MetadataResponseTopic | null> {
    const { topics } = await this.#metadata([topic]);
    const found = topics.find(({ name }) => name === topic);
    if (found === undefined || found.errorCode === KafkaCode.unknownTopicOrPartition) return null;
    if (found.errorCode !== 0) throw passing(found.errorCode);
    return found;
  }

  /** The numbers of partitions of all topics. */
  async topics(): Promise<ReadonlyMap<string, number>> {
    const { topics } = await this.#metadata(null);
    return new Map(topics.map(topic => [topic.name ?? '', topic.partitions.length]));
  }
  async brokerCount(): Promise<number> {
    await this.#metadata([]);
    return this.#addresses.size;
  }

  async #metadata(topics: string[] | null): ReturnType<typeof metadataV12.api.async> {
    const answer = await this.#onAny(connection => metadataWithErrors(connection, topics));
    this.#addresses = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    this.#controller = answer.controllerId;
    return answer;
  }

  async coordinator(kind: keyof typeof COORDINATOR, key: string): Promise<number> {
    const id = `${kind} ${key}`;
    const known = this.#coordinators.get(id);
    if (known !== undefined) return known;
    const { coordinators } = await this.#onAny(connection =>
      findCoordinatorV6.api.async(connection, COORDINATOR[kind], [key]),
    );
    const [{ nodeId, host, port, errorCode }] = coordinators;
    if (errorCode !== 0) throw passing(errorCode);
    this.#addresses.set(nodeId, { host, port });
    this.#coordinators.set(id, nodeId);
    return nodeId;
  }
  async controller(): Promise<number> {
    if (this.#controller < 0) await this.#metadata([]);
    return this.#controller;
  }

  /**
   * Runs requests, one after another, on a connection to the broker that nobody else uses meanwhile. `within`: who does not answer
   * for so long is taken for gone, sooner than for other requests.
   */
  async on<T>(broker: number, work: (connection: Connection) => Promise<T>, within?: Millis): Promise<T> {
    if (!this.#addresses.has(broker)) await this.#metadata([]);
    const address = this.#addresses.get(broker);
    if (address === undefined) throw passing(KafkaCode.leaderNotAvailable);
    return this.#at(address, work, within);
  }

  /** Asks the leader of a partition until it answers: for what does no harm when it is asked twice. */
  atLeader<T>(what: string, place: TopicPartition, ask: (connection: Connection) => Promise<T>): Promise<T> {
    return this.persist(what, async () => this.on(await this.leaderOf(place), ask));
  }

  /** At any broker that answers, those known first. */
  async #onAny<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    let last: unknown = new LogError('unknown', 'No broker is known.');
    for (const address of [...this.#addresses.values(), ...this.#options.bootstrap]) {
      try {
        return await this.#at(address, work, LOOK_UP_TIMEOUT);
      } catch (error) {
        if (codesOf(error).length > 0 || !isPassing(error)) throw error;
        last = error;
      }
    }
    throw last;
  }

  async #at<T>(
    address: BrokerAddress,
    work: (connection: Connection) => Promise<T>,
    within: Millis | undefined,
  ): Promise<T> {
    const connection = await this.#take(address);
    try {
      const result = await (within === undefined ? work(connection) : this.#within(within, work(connection)));
      this.#giveBack(address, connection);
      return result;
    } catch (error) {
      // An answer that tells of an error is an answer: the connection is as good as before.
      if (codesOf(error).length > 0) this.#giveBack(address, connection);
      else this.#drop(connection);
      throw error;
    }
  }

  async #within<T>(limit: Millis, answer: Promise<T>): Promise<T> {
    const timer = new AbortController();
    const late = this.#options.clock.sleep(limit, timer.signal).then(() => {
      throw Object.assign(new Error(`no answer in ${limit} ms`), { code: 'PLT_KFK_TIMEOUT' });
    });
    late.catch(() => {});
    answer.catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } finally {
      timer.abort();
    }
  }

  async #take({ host, port }: BrokerAddress): Promise<Connection> {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    const free = this.#free.get(`${host}:${port}`);
    for (let one = free?.pop(); one !== undefined; one = free?.pop()) if (one.isConnected()) return one;
    const connection = this.#options.connection(host);
    // Whoever has a request under way is told by it; nobody listens for what happens in between.
    connection.on('error', () => {});
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
    try {
      await connection.connect(host, port);
      if (!this.#hasAnswered) await refuseOldBroker(connection, `${host}:${port}`);
      this.#hasAnswered = true;
    } catch (error) {
      this.#drop(connection);
      throw refusalOf(`${host}:${port}`, error) ?? error;
    }
    if (this.#closed) {
      this.#drop(connection);
      throw new LogError('closed', 'The log is closed.');
    }
    return connection;
  }
  #giveBack({ host, port }: BrokerAddress, connection: Connection): void {
    if (this.#closed || !connection.isConnected()) {
      this.#drop(connection);
      return;
    }
    const key = `${host}:${port}`;
    const free = this.#free.get(key);
    if (free === undefined) this.#free.set(key, [connection]);
    else free.push(connection);
  }
  #drop(connection: Connection): void {
    this.#open.delete(connection);
    void Promise.resolve(connection.close()).catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map(connection => Promise.resolve(connection.close()).catch(() => {})));
  }
}

/** The answer, though some of its topics have errors. */
async function metadataWithErrors(
  connection: Connection,
  topics: string[] | null,
): ReturnType<typeof metadataV12.api.async> {
  try {
    return await metadataV12.api.async(connection, topics, false, false);
  } catch (error) {
    const { response } = error as { readonly response?: Awaited<ReturnType<typeof metadataV12.api.async>> };
    if (response === undefined) throw error;
    return response;
  }
}
