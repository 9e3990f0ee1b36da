import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { checkFrameSizes } from '../contract/frame-size.ts';
import type {
  Commit,
  CommitRecord,
  Position,
  ReadFrame,
  ReadLimit,
  ReadResult,
  TaskId,
  TopicInfo,
  TopicPartition,
  TopicSpec,
} from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { taskName } from '../contract/task-name.ts';
import { Groups } from './groups.ts';
import type { CommitFate, LogFaults } from './log-faults.ts';
import { MemoryPartition } from './memory-partition.ts';

interface Topic {
  readonly spec: TopicSpec;
  readonly partitions: readonly MemoryPartition[];
}
export interface MemoryTask {
  readonly id: TaskId;
  epoch: bigint;
  last: CommitRecord | null;
  readonly changelog: MemoryPartition;
}
interface Hanging {
  readonly task: MemoryTask;
  readonly epoch: bigint;
  apply(): void;
  abort(): void;
}

/** A commit either applies wholly or leaves only gaps; `log-faults.ts` says what else may happen. */
export class MemoryCore {
  readonly groups = new Groups();
  readonly topics = new Map<string, Topic>();
  readonly clock: Clock;
  #faults: LogFaults;
  readonly #tasks = new Map<string, MemoryTask>();
  #hanging: Hanging[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, faults: LogFaults) {
    this.clock = clock;
    this.#faults = faults;
  }

  setFaults(faults: LogFaults): void {
    this.#faults = faults;
  }

  partition(of: TopicPartition): MemoryPartition {
    const partition = this.topics.get(of.topic)?.partitions[of.partition];
    if (partition === undefined) {
      throw new LogError('no-topic', `There is no topic partition ${of.topic}/${of.partition}.`);
    }
    return partition;
  }

  ensureTopics(specs: readonly TopicSpec[]): void {
    for (const spec of specs) {
      const known = this.topics.get(spec.name);
      if (known !== undefined && known.spec.partitions !== spec.partitions) {
        throw new LogError(
          'partitions',
          `Topic ${spec.name} has ${known.spec.partitions} partitions, not ${spec.partitions}.`,
        );
      }
    }
    for (const spec of specs) {
      if (this.topics.has(spec.name)) continue;
      const partitions = Array.from({ length: spec.partitions }, (_, p) => new MemoryPartition(`${spec.name}/${p}`));
      this.topics.set(spec.name, { spec, partitions });
    }
  }

  describe(name: string): TopicInfo {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new LogError('no-topic', `There is no topic ${name}.`);
    return {
      ...topic.spec,
      ends: topic.partitions.map(p => ({ first: p.first, stableEnd: p.stableEnd, end: p.end })),
    };
  }

  /** What is known of a task; null of one that was never opened. */
  taskOf(id: TaskId): MemoryTask | null {
    return this.#tasks.get(taskName(id)) ?? null;
  }

  /** The task with a new epoch; whatever older owners left open is aborted. */
  openTask(id: TaskId): MemoryTask {
    const name = taskName(id);
    let task = this.#tasks.get(name);
    if (task === undefined) {
      task = { id, epoch: 0n, last: null, changelog: new MemoryPartition(`changelog of ${name}`) };
      this.#tasks.set(name, task);
    }
    task.epoch += 1n;
    for (const hanging of this.#hanging) if (hanging.task === task) hanging.abort();
    this.progress();
    return task;
  }

  async commit(task: MemoryTask, epoch: bigint, commit: Commit): Promise<CommitRecord> {
    checkEpoch(task, epoch);
    for (const output of commit.outputs) checkFrameSizes(output.frames, output.to);
    checkFrameSizes(commit.deltas, null);
    const outputs = commit.outputs.map(({ to, frames }) => ({ to: this.partition(to), frames }));
    if (commit.deltas.length > 0) outputs.push({ to: task.changelog, frames: commit.deltas });
    const record: CommitRecord = { ...commit.record, epoch, seq: (task.last?.seq ?? 0n) + 1n };
    const fate = this.#faults.commit(task.id, record.seq);
    if (fate === 'full') throw new LogError('full', 'The log is full (injected).');

    const written = outputs.map(({ to, frames }) => to.write(frames, this.#faults.gap(to.name)));
    const apply = (): void => {
      task.last = record;
      for (const [i, part] of written.entries()) {
        // The changelog is settled by `open`, never late.
        const delay = outputs[i].to === task.changelog ? 0 : this.#faults.delayMs(outputs[i].to.name);
        if (delay === 0) part.commit();
        else this.#later(delay, () => part.commit());
      }
      this.progress();
    };
    const abort = (): void => {
      for (const part of written) part.abort();
      this.progress();
    };
    await this.#settle(fate, { task, epoch, apply, abort });
    return record;
  }

  async #settle(fate: CommitFate, commit: Hanging): Promise<void> {
    switch (fate) {
      case 'ok':
        commit.apply();
        // Durability takes a moment: whoever does not wait for it is found out.
        await Promise.resolve();
        return;
      case 'lost-applied':
        commit.apply();
        throw new LogError('unknown', 'The answer to the commit was lost (injected).');
      case 'lost-dropped':
        commit.abort();
        throw new LogError('unknown', 'The answer to the commit was lost (injected).');
      case 'hang':
        await new Promise<void>((resolve, reject) => {
          let settled = false;
          const settle = (how: () => void): void => {
            if (settled) return;
            settled = true;
            how();
          };
          this.#hanging.push({
            ...commit,
            abort: () => settle(commit.abort),
            apply: () => {
              settle(commit.apply);
              if (commit.task.epoch === commit.epoch) resolve();
              else reject(new LogError('fenced', `Task ${taskName(commit.task.id)} has another owner now.`));
            },
          });
        });
    }
  }

  wake(): void {
    const hanging = this.#hanging;
    this.#hanging = [];
    for (const commit of hanging) commit.apply();
  }

  #later(delayMs: number, action: () => void): void {
    void this.clock.sleep(delayMs).then(() => {
      action();
      this.progress();
    });
  }

  append(to: TopicPartition, frames: readonly Uint8Array[]): void {
    checkFrameSizes(frames, to);
    const partition = this.partition(to);
    partition.write(frames, this.#faults.gap(partition.name)).commit();
    this.progress();
  }

  progress(): void {
    for (const check of this.#waiting) check();
  }

  async read(at: Position, max: ReadLimit, closed: () => boolean): Promise<ReadResult> {
    const partition = this.partition(at);
    partition.checkRange(at.offset);
    let found = partition.read(at.offset, max.bytes);
    if (max.waitMs > 0 && found.frames.length === 0) {
      const timer = new AbortController();
      await new Promise<void>(resolve => {
        const check = (): void => {
          if (closed() || partition.readable(at.offset) || !this.topics.has(at.topic)) done();
        };
        const done = (): void => {
          this.#waiting.delete(check);
          timer.abort();
          resolve();
        };
        this.#waiting.add(check);
        void this.clock.sleep(max.waitMs, timer.signal).then(done);
      });
      if (this.partition(at) !== partition) {
        throw new LogError('gap', `${partition.name} was deleted and made again.`);
      }
      partition.checkRange(at.offset);
      found = partition.read(at.offset, max.bytes);
    }
    const frames: readonly ReadFrame[] = found.frames;
    assert(found.next >= at.offset, 'a reader never goes back');
    return {
      frames,
      next: { topic: at.topic, partition: at.partition, offset: found.next },
      stableEnd: partition.stableEnd,
      end: partition.end,
    };
  }
}

export function checkEpoch(task: MemoryTask, epoch: bigint): void {
  if (task.epoch !== epoch) {
    throw new LogError('fenced', `Task ${taskName(task.id)} has another owner now.`);
  }
}
