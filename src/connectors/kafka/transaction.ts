import { addPartitionsToTxnV3, endTxnV4, initProducerIdV5 } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { LogError, type TopicPartition } from '../../engine/contract/log.ts';
import type { BatchToWrite } from './batches-to-write.ts';
import type { Brokers } from './brokers.ts';
import { hasCode, isDefinite, KafkaCode } from './protocol-errors.ts';
import { addingError, type ProducedBatch, produce } from './requests.ts';

/** A transaction that its owner does not end is aborted by the broker after this long. */
const TRANSACTION_TIMEOUT: Millis = 60_000;
/** The transaction before is still being ended: how long to wait for it, and how often to ask. */
const CONCURRENT_PATIENCE: Millis = 30_000;
const CONCURRENT_WAIT: Millis = 5;

export interface Producer {
  readonly transactionalId: string;
  readonly id: bigint;
  readonly epoch: number;
}
/**
 * Numbers of the last records of a commit among its producer's, as Kafka counts them by partition, by topic and partition: whether all of it is there
 * can be told by them.
 */
export type Sequences = Readonly<Record<string, Readonly<Record<number, number>>>>;
export interface Writes extends TopicPartition {
  readonly batches: readonly BatchToWrite[];
}

/**
 * Takes a transactional id over: whoever had it is fenced, and what it left open is ended before this returns. Throws what the broker answers, LogError
 * `unknown` where none does.
 */
export async function takeOver(brokers: Brokers, clock: Clock, transactionalId: string): Promise<Producer> {
  const { producerId, producerEpoch } = await onceDecided(clock, () =>
    brokers.persist(`Opening ${transactionalId}`, async () => {
      const coordinator = await brokers.coordinator('transaction', transactionalId);
      return brokers.on(coordinator, connection =>
        initProducerIdV5.api.async(connection, transactionalId, TRANSACTION_TIMEOUT),
      );
    }),
  );
  return { transactionalId, id: producerId, epoch: producerEpoch };
}

/** Asks again while the transaction before is still being ended. */
async function onceDecided<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  const until = clock.elapsed() + CONCURRENT_PATIENCE;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, KafkaCode.concurrentTransactions) || clock.elapsed() > until) throw error;
      await clock.sleep(CONCURRENT_WAIT);
    }
  }
}

/** A transaction has failed, and nothing of it can become readable: what it failed of is the cause. */
export class UnmadeError extends Error {
  override readonly name = 'UnmadeError';
  constructor(cause: unknown) {
    super('nothing was committed', { cause });
  }
}
async function unmade<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new UnmadeError(error);
  }
}

/** Transactions of one producer, one after another. After any error it is of no use any more: take the id over anew. */
export class TransactionWriter {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #producer: Producer;
  /** By topic and partition. */
  readonly #sequences = new Map<string, number>();

  constructor(brokers: Brokers, clock: Clock, producer: Producer) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#producer = producer;
  }

  /**
   * All of it becomes readable, or nothing. Nothing is tried twice. Gives the offset behind the last record written, by `topic/partition`.
   * Throws UnmadeError while nothing can have become readable; any other error may mean either.
   */
  async write(writes: readonly Writes[]): Promise<ReadonlyMap<string, bigint>> {
    const coordinator = await unmade(this.#reach(writes));
    let ends: ReadonlyMap<string, bigint>;
    try {
      await this.#addPartitions(coordinator, writes);
      ends = await this.#produceAll(writes);
    } catch (error) {
      // Nobody comes soon to end it, and until then readers would wait.
      if (isDefinite(error)) await this.#end(coordinator, false).catch(() => undefined);
      throw new UnmadeError(error);
    }
    await this.#end(coordinator, true);
    return ends;
  }

  /** Numbers of the last record each will have written, as Kafka counts this producer's of a partition. */
  lastSequences(writes: readonly Writes[]): Sequences {
    const sequences: Record<string, Record<number, number>> = {};
    for (const { topic, partition, batches } of writes) {
      const count = batches.reduce((sum, batch) => sum + batch.count, 0);
      const next = this.#sequences.get(`${topic}/${partition}`) ?? 0;
      (sequences[topic] ??= {})[partition] = (next + count - 1) % 2 ** 31;
    }
    return sequences;
  }

  /** Commits what an earlier owner of the id has left open in these partitions. */
  async commitOpen(places: readonly TopicPartition[]): Promise<void> {
    const coordinator = await this.#reach(places);
    await this.#addPartitions(coordinator, places);
    await this.#end(coordinator, true);
  }

  #end(coordinator: number, isCommit: boolean): Promise<unknown> {
    const { transactionalId, id, epoch } = this.#producer;
    return this.#brokers.on(coordinator, connection =>
      endTxnV4.api.async(connection, transactionalId, id, epoch, isCommit),
    );
  }

  async #produceAll(writes: readonly Writes[]): Promise<ReadonlyMap<string, bigint>> {
    const rounds = Math.max(...writes.map(({ batches }) => batches.length));
    const ends = new Map<string, bigint>();
    // A request takes one batch of a partition.
    for (let round = 0; round < rounds; round++) {
      const now = writes.flatMap(({ topic, partition, batches }) =>
        round < batches.length ? [{ topic, partition, batch: batches[round] }] : [],
      );
      for (const [place, end] of await this.#produce(now)) ends.set(place, end);
    }
    return ends;
  }

  /**
   * The coordinator. Nothing has been sent yet, so it and leaders that are gone can be waited for: it takes the cluster some seconds to
   * name others, in which a task that is opened anew each time would have failed too often.
   */
  #reach(writes: readonly TopicPartition[]): Promise<number> {
    return this.#brokers.persist('Reaching whoever leads what is written', async () => {
      const coordinator = await this.#brokers.coordinator('transaction', this.#producer.transactionalId);
      const all = new Set([coordinator]);
      for (const { topic, partition } of writes) all.add(await this.#brokers.leaderOf({ topic, partition }));
      for (const broker of all) await this.#brokers.on(broker, async () => {});
      return coordinator;
    });
  }

  /** The only request that is asked again: the transaction before this one may be still on its way out. */
  async #addPartitions(coordinator: number, writes: readonly TopicPartition[]): Promise<void> {
    const { transactionalId, id, epoch } = this.#producer;
    const topics = Object.entries(Object.groupBy(writes, ({ topic }) => topic)).map(([name, own]) => ({
      name,
      partitions: (own ?? []).map(({ partition }) => partition),
    }));
    const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics };
    try {
      await onceDecided(this.#clock, () =>
        this.#brokers.on(coordinator, connection => addPartitionsToTxnV3.api.async(connection, [transaction])),
      );
    } catch (error) {
      if (hasCode(error, KafkaCode.unknownTopicOrPartition)) await this.#throwIfGone(writes, error);
      throw addingError(error);
    }
  }

  /** A coordinator that has just come back, or lags, may not know of a topic that is there: then the task is opened anew. */
  async #throwIfGone(writes: readonly TopicPartition[], cause: unknown): Promise<void> {
    for (const { topic, partition } of writes) {
      if ((await this.#brokers.partitionsOf(topic)) !== null) continue;
      throw new LogError('no-topic', `Topic ${topic} is not there any more.`, { cause, place: { topic, partition } });
    }
  }

  /** One batch for each of several partitions, in one request per leader. */
  async #produce(
    writes: readonly (TopicPartition & { readonly batch: BatchToWrite })[],
  ): Promise<ReadonlyMap<string, bigint>> {
    const byLeader = new Map<number, ProducedBatch[]>();
    for (const { topic, partition, batch } of writes) {
      const key = `${topic}/${partition}`;
      const baseSequence = this.#sequences.get(key) ?? 0;
      // Sequences go round at 2³¹, as Kafka's do.
      this.#sequences.set(key, (baseSequence + batch.count) % 2 ** 31);
      const { id, epoch } = this.#producer;
      const records = batch.encode({ id, epoch, baseSequence, transactional: true });
      const leader = await this.#brokers.leaderOf({ topic, partition });
      const batches = byLeader.get(leader);
      if (batches === undefined) byLeader.set(leader, [{ topic, partition, records }]);
      else batches.push({ topic, partition, records });
    }
    // All answers are waited for: what comes late must not come after the transaction has been ended.
    const answers = await Promise.allSettled(
      [...byLeader].map(([leader, batches]) =>
        this.#brokers.on(leader, connection => produce(connection, this.#producer.transactionalId, batches)),
      ),
    );
    const failed = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    if (failed.length > 0) throw failed.find(isDefinite) ?? failed[0];
    const first = new Map(answers.flatMap(answer => (answer.status === 'fulfilled' ? [...answer.value] : [])));
    return new Map(
      writes.flatMap(({ topic, partition, batch }) => {
        const place = `${topic}/${partition}`;
        const at = first.get(place);
        return at === undefined ? [] : [[place, at + BigInt(batch.count)] as const];
      }),
    );
  }
}
