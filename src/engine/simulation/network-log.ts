import { InTurn } from '../base/in-turn.ts';
import { deadByClose, deadByRejection } from '../contract/dead-task.ts';
import type {
  Assignment,
  ChangelogDelta,
  Commit,
  CommitRecord,
  GroupSpec,
  Log,
  Membership,
  Position,
  ReadLimit,
  ReadResult,
  TaskId,
  TaskLog,
  TopicInfo,
  TopicPartition,
  TopicSpec,
} from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { taskName } from '../contract/task-name.ts';
import type { GroupMembers } from './group-members.ts';
import type { Network } from './network.ts';
import type { SimulatedProcess } from './process.ts';

/** Deltas of a changelog that come with one answer. */
const CHANGELOG_STEP = 64;

/** A process's client of a log that is behind a network. `there`: the session the log keeps for it. */
export class NetworkLog implements Log {
  readonly #network: Network;
  readonly #process: SimulatedProcess;
  readonly #there: Log;
  readonly #members: GroupMembers;
  readonly #memberships = new Set<Membership>();
  readonly #tasks = new Set<TaskLog>();
  #closed = false;

  constructor(network: Network, process: SimulatedProcess, there: Log, members: GroupMembers) {
    this.#network = network;
    this.#process = process;
    this.#there = there;
    this.#members = members;
  }

  #ask<T>(name: string, work: () => Promise<T>, mayDouble = true): Promise<T> {
    if (this.#closed) return Promise.reject(new LogError('closed', 'The log is closed.'));
    return this.#network.request(this.#process, { name, once: false, mayDouble, work });
  }

  ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#ask('ensureTopics', () => this.#there.ensureTopics(specs));
  }
  topics(): Promise<readonly TopicInfo[]> {
    return this.#ask('topics', () => this.#there.topics());
  }
  describe(topic: string): Promise<TopicInfo> {
    return this.#ask(`describe ${topic}`, () => this.#there.describe(topic));
  }
  async join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership> {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    const membership = await this.#members.join(this.#process, this.#there, group, onAssign);
    this.#memberships.add(membership);
    return membership;
  }
  async open(task: TaskId): Promise<TaskLog> {
    const there = await this.#ask(`open ${taskName(task)}`, () => this.#there.open(task));
    const log = new NetworkTaskLog(this.#network, this.#process, there);
    this.#tasks.add(log);
    return log;
  }
  last(task: TaskId): Promise<CommitRecord | null> {
    return this.#ask(`last ${taskName(task)}`, () => this.#there.last(task));
  }
  changelog(task: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    return inSteps(from, at =>
      this.#ask(`changelog of ${taskName(task)}`, () => firstOf(this.#there.changelog(task, at), CHANGELOG_STEP)),
    );
  }
  async read(at: Position, max: ReadLimit): Promise<ReadResult> {
    const result = await this.#ask(`read ${at.topic}/${at.partition}`, () => this.#there.read(at, max));
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    return result;
  }
  append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void> {
    return this.#ask(`append to ${to.topic}/${to.partition}`, () => this.#there.append(to, frames));
  }
  purge(to: TopicPartition, before: bigint): Promise<void> {
    return this.#ask(`purge ${to.topic}/${to.partition}`, () => this.#there.purge(to, before));
  }
  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#ask(`delete ${names.join(', ')}`, () => this.#there.deleteTopics(names));
  }
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const membership of this.#memberships) await membership.leave();
    for (const task of this.#tasks) await task.close();
  }
}

class NetworkTaskLog implements TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  readonly #network: Network;
  readonly #process: SimulatedProcess;
  readonly #there: TaskLog;
  readonly #commits = new InTurn();
  #dead: LogError | null = null;

  constructor(network: Network, process: SimulatedProcess, there: TaskLog) {
    this.#network = network;
    this.#process = process;
    this.#there = there;
    this.task = there.task;
    this.epoch = there.epoch;
    this.last = there.last;
  }

  changelog(from: bigint): AsyncIterable<ChangelogDelta> {
    return inSteps(from, at =>
      this.#network.request(this.#process, {
        name: `changelog of ${taskName(this.task)}`,
        once: false,
        mayDouble: true,
        work: () => firstOf(this.#there.changelog(at), CHANGELOG_STEP),
      }),
    );
  }
  commit(commit: Commit): Promise<CommitRecord> {
    return this.#commits.do(() => this.#commit(commit));
  }
  async #commit(commit: Commit): Promise<CommitRecord> {
    if (this.#dead !== null) throw this.#dead;
    try {
      return await this.#network.request(this.#process, {
        name: `commit of ${taskName(this.task)} in epoch ${this.epoch}`,
        once: true,
        mayDouble: false,
        work: () => this.#there.commit(commit),
      });
    } catch (error) {
      this.#dead ??= deadByRejection(this.task, error);
      throw error;
    }
  }
  async purgeChangelog(before: bigint): Promise<void> {
    if (this.#dead !== null) throw this.#dead;
    await this.#network.request(this.#process, {
      name: `purge of the changelog of ${taskName(this.task)}`,
      once: false,
      mayDouble: true,
      work: () => this.#there.purgeChangelog(before),
    });
  }
  async close(): Promise<void> {
    this.#dead ??= deadByClose(this.task);
  }
}

async function* inSteps(
  from: bigint,
  ask: (from: bigint) => Promise<readonly ChangelogDelta[]>,
): AsyncGenerator<ChangelogDelta> {
  for (;;) {
    const part = await ask(from);
    yield* part;
    if (part.length < CHANGELOG_STEP) return;
    from = part[part.length - 1].next;
  }
}

async function firstOf<T>(all: AsyncIterable<T>, most: number): Promise<T[]> {
  const first: T[] = [];
  for await (const one of all) {
    first.push(one);
    if (first.length === most) break;
  }
  return first;
}
