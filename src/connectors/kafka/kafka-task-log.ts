import type { Clock } from '../../engine/base/clock.ts';
import { InTurn } from '../../engine/base/in-turn.ts';
import { deadByClose, deadByRejection } from '../../engine/contract/dead-task.ts';
import { checkFrameSizes } from '../../engine/contract/frame-size.ts';
import {
  type ChangelogDelta,
  type Commit,
  type CommitRecord,
  LogError,
  type TaskId,
  type TaskLog,
} from '../../engine/contract/log.ts';
import { taskName } from '../../engine/contract/task-name.ts';
import { type BatchToWrite, batchesOf, batchesOfRecords } from './batches-to-write.ts';
import type { Brokers } from './brokers.ts';
import { Changelog } from './changelog.ts';
import { makeForgotten } from './forgotten-commit.ts';
import type { KafkaNames } from './kafka-names.ts';
import { isPassing, logErrorOf } from './protocol-errors.ts';
import { type Producer, TransactionWriter, takeOver, UnmadeError, type Writes } from './transaction.ts';

/** What a task's log needs of the log it is of. */
export interface TaskContext {
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly names: KafkaNames;
  /** Makes sure that the topic has the partition. */
  ensureChangelog(topic: string, partition: number): Promise<void>;
  /** Deletes records before an offset. */
  deleteRecords(topic: string, partition: number, before: bigint): Promise<void>;
}

/** A task over Kafka: its positions and deltas lie in a partition of a changelog that nobody else writes; a commit is one transaction. */
export class KafkaTaskLog implements TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  readonly #context: TaskContext;
  readonly #writer: TransactionWriter;
  readonly #changelog: Changelog;
  #seq: bigint;
  #changelogEnd = 0n;
  #dead: LogError | null = null;
  /** Commits are made one after another, in the order of the calls. */
  readonly #commits = new InTurn();

  private constructor(
    context: TaskContext,
    task: TaskId,
    producer: Producer,
    changelog: Changelog,
    last: CommitRecord | null,
  ) {
    this.#context = context;
    this.task = task;
    // A new producer id is larger than every one before it.
    this.epoch = (producer.id << 16n) + BigInt(producer.epoch);
    this.last = last;
    this.#seq = last?.seq ?? 0n;
    this.#writer = new TransactionWriter(context.brokers, context.clock, producer);
    this.#changelog = changelog;
  }

  /** Fences first, then reads. */
  static async open(context: TaskContext, task: TaskId): Promise<KafkaTaskLog> {
    const { brokers, clock, names } = context;
    const topic = names.changelog(task);
    await context.ensureChangelog(topic, task.partition);
    const id = names.transactionalId(task);
    const changelog = new Changelog(brokers, clock, { topic, partition: task.partition });
    let producer = await takeOver(brokers, clock, id);
    if (await makeForgotten(brokers, clock, producer, changelog)) producer = await takeOver(brokers, clock, id);
    const last = await changelog.lastRecord('settled');
    return new KafkaTaskLog(context, task, producer, changelog, last);
  }

  changelog(from: bigint): AsyncIterable<ChangelogDelta> {
    return this.#changelog.deltas(from, 'settled');
  }

  /** Of this owner's commits; 0 before the first. */
  get changelogEnd(): bigint {
    return this.#changelogEnd;
  }

  commit(commit: Commit): Promise<CommitRecord> {
    return this.#commits.do(() => this.#commit(commit));
  }
  async #commit(commit: Commit): Promise<CommitRecord> {
    if (this.#dead !== null) throw this.#dead;
    const record: CommitRecord = { ...commit.record, epoch: this.epoch, seq: this.#seq + 1n };
    try {
      for (const { to, frames } of commit.outputs) checkFrameSizes(frames, to);
      checkFrameSizes(commit.deltas, null);
      const ends = await this.#writer.write(this.#writes(commit, record));
      const { topic, partition } = this.#changelog.place;
      this.#changelogEnd = ends.get(`${topic}/${partition}`) ?? this.#changelogEnd;
    } catch (error) {
      const told = this.#told(error, commit);
      // Whoever opens the task anew must not go to the broker that no longer leads.
      if (told.code === 'unknown' || told.code === 'unmade') this.#context.brokers.forget();
      this.#dead = deadByRejection(this.task, told);
      throw told;
    }
    this.#seq = record.seq;
    return record;
  }
  #writes(commit: Commit, record: CommitRecord): readonly Writes[] {
    const { names, clock } = this.#context;
    const timestamps = clock.now();
    const writes = new Map<string, { topic: string; partition: number; batches: BatchToWrite[] }>();
    for (const { to, frames, records } of commit.outputs) {
      if (frames.length === 0) continue;
      const topic = records === undefined ? names.topic(to.topic) : to.topic;
      const key = `${topic}/${to.partition}`;
      const batches =
        records === undefined ? batchesOf({ values: frames, timestamps }) : batchesOfRecords(frames, records.codec);
      const known = writes.get(key);
      if (known === undefined) writes.set(key, { topic, partition: to.partition, batches: [...batches] });
      else known.batches.push(...batches);
    }
    const outputs = [...writes.values()];
    const sequences = this.#writer.lastSequences(outputs);
    return [...outputs, this.#changelog.writesOf(commit.deltas, record, timestamps, sequences)];
  }
  #told(error: unknown, commit: Commit): LogError {
    if (error instanceof LogError) return error;
    const name = taskName(this.task);
    if (!(error instanceof UnmadeError)) {
      const told = logErrorOf(`Ending the commit of task ${name}`, error, 'unknown');
      if (told instanceof LogError) return told;
      return new LogError('unknown', `Whether the commit of task ${name} has been made is not known.`, {
        cause: error,
      });
    }
    const told = logErrorOf(`The commit of task ${name} was not made`, error.cause, 'unmade');
    if (told instanceof LogError) return this.#byOurNames(told, commit);
    const why = isPassing(error.cause) ? 'a broker did not answer' : `an unexpected error (${kindOf(error.cause)})`;
    return new LogError('unmade', `The commit of task ${name} was not made: ${why}.`, { cause: error.cause });
  }
  /** A place by the name that the commit has for its topic, where it is one of its outputs. */
  #byOurNames(error: LogError, { outputs }: Commit): LogError {
    const { place, hint } = error.parts;
    if (place === undefined) return error;
    const { names } = this.#context;
    const own = outputs.find(
      ({ to, records }) => (records === undefined ? names.topic(to.topic) : to.topic) === place.topic,
    );
    return new LogError(error.code, error.message, {
      cause: error.cause,
      ...(own && { place: { ...place, topic: own.to.topic } }),
      ...(hint !== undefined && { hint }),
    });
  }

  async purgeChangelog(before: bigint): Promise<void> {
    if (this.#dead !== null) throw this.#dead;
    const { topic, partition } = this.#changelog.place;
    await this.#context.deleteRecords(topic, partition, before);
  }
  async close(): Promise<void> {
    this.#dead ??= deadByClose(this.task);
  }
}

function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
