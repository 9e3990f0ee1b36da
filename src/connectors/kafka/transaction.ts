import { addPartitionsToTxnV3, endTxnV4, initProducerIdV5 } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { LogError, type TopicPartition } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';
import { hasCode, KafkaCode } from './protocol-errors.ts';
import { encodeRecordBatch, type RecordsToWrite } from './record-batch.ts';
import { type ProducedBatch, produce } from './requests.ts';

/** A transaction that its owner does not end is aborted by the broker after this long. */
const TRANSACTION_TIMEOUT: Millis = 60_000;
const PRODUCE_TIMEOUT: Millis = 15_000;
/** The transaction before is still being ended: how long to wait for it, and how often to ask. */
const CONCURRENT_PATIENCE: Millis = 30_000;
const CONCURRENT_WAIT: Millis = 5;
/** Of a batch; brokers take a little over 1 MB unless told otherwise. */
const BATCH_BYTES = 950_000;

export interface Producer {
  readonly transactionalId: string;
  readonly id: bigint;
  readonly epoch: number;
}
export interface Writes extends TopicPartition {
  readonly records: RecordsToWrite;
}

/**
 * Takes a transactional id over: whoever had it is fenced, and what it left open is ended before this returns. Throws what the broker answers, LogError
 * `unknown` where none does.
 */
export async function takeOver(brokers: Brokers, clock: Clock, transactionalId: string): Promise<Producer> {
  const until = clock.elapsed() + CONCURRENT_PATIENCE;
  for (;;) {
    try {
      const { producerId, producerEpoch } = await brokers.persist(`Opening ${transactionalId}`, async () => {
        const coordinator = await brokers.coordinator('transaction', transactionalId);
        return brokers.on(coordinator, connection =>
          initProducerIdV5.api.async(connection, transactionalId, TRANSACTION_TIMEOUT),
        );
      });
      return { transactionalId, id: producerId, epoch: producerEpoch };
    } catch (error) {
      if (!hasCode(error, KafkaCode.concurrentTransactions) || clock.elapsed() > until) throw error;
      await clock.sleep(CONCURRENT_WAIT);
    }
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

  /** All of it becomes readable, or nothing. Nothing is tried twice: an answer that did not come may mean either. */
  async write(writes: readonly Writes[]): Promise<void> {
    const coordinator = await this.#reach(writes);
    await this.#addPartitions(coordinator, writes);
    for (let round = 0, more = true; more; round++) more = await this.#produceRound(writes, round);
    const { transactionalId, id, epoch } = this.#producer;
    await this.#brokers.on(coordinator, connection => endTxnV4.api.async(connection, transactionalId, id, epoch, true));
  }

  /**
   * The coordinator. Nothing has been sent yet, so it and leaders that are gone can be waited for: it takes the cluster some seconds to
   * name others, in which a task that is opened anew each time would have failed too often.
   */
  #reach(writes: readonly Writes[]): Promise<number> {
    return this.#brokers.persist('Reaching whoever leads what is written', async () => {
      const coordinator = await this.#brokers.coordinator('transaction', this.#producer.transactionalId);
      const all = new Set([coordinator]);
      for (const { topic, partition } of writes) all.add(await this.#brokers.leaderOf({ topic, partition }));
      for (const broker of all) await this.#brokers.on(broker, async () => {});
      return coordinator;
    });
  }

  /** The only request that is asked again: the transaction before this one may be still on its way out. */
  async #addPartitions(coordinator: number, writes: readonly Writes[]): Promise<void> {
    const { transactionalId, id, epoch } = this.#producer;
    const topics = Object.entries(Object.groupBy(writes, ({ topic }) => topic)).map(([name, own]) => ({
      name,
      partitions: (own ?? []).map(({ partition }) => partition),
    }));
    const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics };
    const until = this.#clock.elapsed() + CONCURRENT_PATIENCE;
    for (;;) {
      try {
        await this.#brokers.on(coordinator, connection => addPartitionsToTxnV3.api.async(connection, [transaction]));
        return;
      } catch (error) {
        if (hasCode(error, KafkaCode.unknownTopicOrPartition)) await this.#throwIfGone(writes, error);
        if (!hasCode(error, KafkaCode.concurrentTransactions) || this.#clock.elapsed() > until) throw error;
        await this.#clock.sleep(CONCURRENT_WAIT);
      }
    }
  }

  /** A coordinator that has just come back, or lags, may not know of a topic that is there: then the task is opened anew. */
  async #throwIfGone(writes: readonly Writes[], cause: unknown): Promise<void> {
    for (const { topic } of writes) {
      if ((await this.#brokers.partitionsOf(topic)) !== null) continue;
      throw new LogError('no-topic', 'There is no such topic partition any more.', { cause });
    }
  }

  /** One batch of each partition that has as many, in one request per leader. False: there were no more. */
  async #produceRound(writes: readonly Writes[], round: number): Promise<boolean> {
    const byLeader = new Map<number, ProducedBatch[]>();
    let more = false;
    for (const { topic, partition, records } of writes) {
      const [from, to, isLast] = piece(records.values, round);
      if (from === to) continue;
      more ||= !isLast;
      const key = `${topic}/${partition}`;
      const baseSequence = this.#sequences.get(key) ?? 0;
      // Sequences go round at 2³¹, as Kafka's do.
      this.#sequences.set(key, (baseSequence + to - from) % 2 ** 31);
      const { id, epoch } = this.#producer;
      const batch = encodeRecordBatch(cut(records, from, to), { id, epoch, baseSequence, transactional: true });
      const leader = await this.#brokers.leaderOf({ topic, partition });
      const batches = byLeader.get(leader);
      if (batches === undefined) byLeader.set(leader, [{ topic, partition, records: batch }]);
      else batches.push({ topic, partition, records: batch });
    }
    await Promise.all(
      [...byLeader].map(([leader, batches]) =>
        this.#brokers.on(leader, connection =>
          produce(connection, this.#producer.transactionalId, PRODUCE_TIMEOUT, batches),
        ),
      ),
    );
    return more;
  }
}

/** Writes outside a transaction, a batch at a time; may double after a lost answer. */
export async function appendPlain(brokers: Brokers, to: TopicPartition, records: RecordsToWrite): Promise<void> {
  for (let round = 0, isLast = false; !isLast; round++) {
    const [from, end, last] = piece(records.values, round);
    isLast = last;
    if (from === end) return;
    const batch = encodeRecordBatch(cut(records, from, end), null);
    await brokers.persist(`Writing to ${to.topic}/${to.partition}`, async () => {
      const leader = await brokers.leaderOf(to);
      await brokers.on(leader, connection => produce(connection, null, PRODUCE_TIMEOUT, [{ ...to, records: batch }]));
    });
  }
}

/** The records of the batch of a number: from, to, and whether it is the last. */
function piece(values: RecordsToWrite['values'], number: number): readonly [from: number, to: number, isLast: boolean] {
  let from = 0;
  for (let round = 0; ; round++) {
    let bytes = 0;
    let to = from;
    while (to < values.length && (to === from || bytes + (values[to]?.length ?? 0) <= BATCH_BYTES)) {
      bytes += values[to++]?.length ?? 0;
    }
    if (round === number || to === values.length)
      return round === number ? [from, to, to === values.length] : [to, to, true];
    from = to;
  }
}

function cut(records: RecordsToWrite, from: number, to: number): RecordsToWrite {
  return {
    values: records.values.slice(from, to),
    timestamps: typeof records.timestamps === 'number' ? records.timestamps : records.timestamps.slice(from, to),
    ...(records.keys && { keys: records.keys.slice(from, to) }),
    ...(records.headers && { headers: records.headers.slice(from, to) }),
  };
}
