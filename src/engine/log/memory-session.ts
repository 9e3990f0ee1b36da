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
import type { MemoryCore, MemoryTask } from './memory-core.ts';
import { checkEpoch } from './memory-core.ts';

/** One client of a memory log. */
export class MemorySession implements Log {
  readonly #core: MemoryCore;
  readonly #memberships = new Set<Membership>();
  readonly #tasks = new Set<TaskLog>();
  #closed = false;

  constructor(core: MemoryCore) {
    this.#core = core;
  }
  #checkOpen(): void {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
  }
  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    this.#core.ensureTopics(specs);
  }
  async topics(): Promise<readonly TopicInfo[]> {
    this.#checkOpen();
    return [...this.#core.topics.keys()].map(name => this.#core.describe(name));
  }
  async describe(topic: string): Promise<TopicInfo> {
    this.#checkOpen();
    return this.#core.describe(topic);
  }
  async join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership> {
    this.#checkOpen();
    const membership = this.#core.groups.join(group, onAssign);
    this.#memberships.add(membership);
    return membership;
  }
  async open(id: TaskId): Promise<TaskLog> {
    this.#checkOpen();
    const task = new MemoryTaskLog(this.#core, this.#core.openTask(id));
    this.#tasks.add(task);
    return task;
  }
  async last(id: TaskId): Promise<CommitRecord | null> {
    this.#checkOpen();
    return this.#core.taskOf(id)?.last ?? null;
  }
  async *changelog(id: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    this.#checkOpen();
    const task = this.#core.taskOf(id);
    if (task !== null) yield* deltasOf(task, from);
  }
  async read(at: Position, max: ReadLimit): Promise<ReadResult> {
    this.#checkOpen();
    const result = await this.#core.read(at, max, () => this.#closed);
    this.#checkOpen();
    return result;
  }
  async append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    this.#core.append(to, frames);
  }
  async purge(to: TopicPartition, before: bigint): Promise<void> {
    this.#checkOpen();
    this.#core.partition(to).purge(before);
  }
  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#checkOpen();
    for (const name of names) this.#core.topics.delete(name);
    this.#core.progress();
  }
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.progress();
    for (const membership of this.#memberships) await membership.leave();
    for (const task of this.#tasks) await task.close();
  }
}

async function* deltasOf({ changelog }: MemoryTask, from: bigint): AsyncGenerator<ChangelogDelta> {
  changelog.checkRange(from);
  const { stableEnd } = changelog;
  for (;;) {
    const { frames } = changelog.read(from, 1024 * 1024);
    if (frames.length === 0) return;
    for (const { offset, body } of frames) {
      if (offset >= stableEnd) return;
      yield { delta: body, next: offset + 1n };
      from = offset + 1n;
    }
  }
}

class MemoryTaskLog implements TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  readonly #core: MemoryCore;
  readonly #task: MemoryTask;
  #dead: LogError | null = null;
  /** Commits are applied one after another, in the order of the calls. */
  readonly #commits = new InTurn();

  constructor(core: MemoryCore, task: MemoryTask) {
    this.#core = core;
    this.#task = task;
    this.task = task.id;
    this.epoch = task.epoch;
    this.last = task.last;
  }
  changelog(from: bigint): AsyncIterable<ChangelogDelta> {
    return deltasOf(this.#task, from);
  }
  commit(commit: Commit): Promise<CommitRecord> {
    return this.#commits.do(() => this.#commit(commit));
  }
  async #commit(commit: Commit): Promise<CommitRecord> {
    if (this.#dead !== null) throw this.#dead;
    try {
      return await this.#core.commit(this.#task, this.epoch, commit);
    } catch (error) {
      this.#dead ??= deadByRejection(this.task, error);
      throw error;
    }
  }
  async purgeChangelog(before: bigint): Promise<void> {
    if (this.#dead !== null) throw this.#dead;
    checkEpoch(this.#task, this.epoch);
    this.#task.changelog.purge(before);
  }
  async close(): Promise<void> {
    this.#dead ??= deadByClose(this.task);
  }
}
