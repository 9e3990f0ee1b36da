import { assert } from '../../base/assert.ts';
import { deadByClose, deadByRejection } from '../../contract/dead-task.ts';
import { checkFrameSizes } from '../../contract/frame-size.ts';
import type { ChangelogDelta, Commit, CommitRecord, TaskId, TaskLog, TopicPartition } from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import { recordToJson } from '../../contract/record-json.ts';
import { taskName } from '../../contract/task-name.ts';
import type { Task } from './catalog.ts';
import { changelogDeltas } from './changelog-deltas.ts';
import type { Channel } from './channel.ts';
import type { Run } from './frame.ts';
import { runOf } from './frame.ts';
import type { LogCore } from './log-core.ts';

export class EmbeddedTaskLog implements TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  readonly #core: LogCore;
  readonly #task: Task;
  #dead: LogError | null = null;

  constructor(core: LogCore, task: Task, epoch: bigint) {
    this.task = task.id;
    this.epoch = epoch;
    this.last = task.last;
    this.#core = core;
    this.#task = task;
    assert(task.stagedSeq === (task.last?.seq ?? 0n), 'nothing of an older owner is under way');
  }

  changelog(from: bigint): AsyncIterable<ChangelogDelta> {
    return changelogDeltas(this.#task, from, (channel, name, offset, bytes) =>
      this.#core.readChannel(channel, name, offset, bytes),
    );
  }

  async commit(commit: Commit): Promise<CommitRecord> {
    if (this.#dead !== null) throw this.#dead;
    try {
      // All of this happens in one turn: commits keep the order in which they were made.
      this.#checkOwner();
      const { runs, payloads } = this.#layOut(commit);
      const record: CommitRecord = { ...commit.record, epoch: this.epoch, seq: this.#task.stagedSeq + 1n };
      const durable = this.#core.journal.stage(
        'commit',
        { task: this.#task.number, record: recordToJson(record) },
        runs,
        payloads,
      );
      this.#task.stagedSeq = record.seq;
      for (const run of runs) this.#core.catalog.channels.get(run.channel)!.staged += run.lengths.length;
      await durable;
      return record;
    } catch (error) {
      this.#dead ??= deadByRejection(this.task, error);
      throw error;
    }
  }

  #checkOwner(): void {
    if (BigInt(this.#task.epoch) !== this.epoch) {
      throw new LogError('fenced', `Task ${taskName(this.task)} has another owner now.`);
    }
  }

  #layOut(commit: Commit): { runs: Run[]; payloads: Uint8Array[] } {
    const byChannel = new Map<Channel, Uint8Array[]>();
    const add = (channel: Channel, frames: readonly Uint8Array[], to: TopicPartition | null): void => {
      if (frames.length === 0) return;
      checkFrameSizes(frames, to);
      const known = byChannel.get(channel);
      if (known === undefined) byChannel.set(channel, [...frames]);
      else known.push(...frames);
    };
    for (const output of commit.outputs) {
      add(this.#core.catalog.channelOf(output.to), output.frames, output.to);
    }
    add(this.#task.changelog, commit.deltas, null);
    const runs: Run[] = [];
    const payloads: Uint8Array[] = [];
    for (const [channel, frames] of byChannel) {
      runs.push(runOf(channel.id, channel.staged, frames));
      for (const frame of frames) payloads.push(frame);
    }
    return { runs, payloads };
  }

  async purgeChangelog(before: bigint): Promise<void> {
    if (this.#dead !== null) throw this.#dead;
    this.#checkOwner();
    await this.#core.purge(this.#task.changelog, before);
  }

  async close(): Promise<void> {
    this.#dead ??= deadByClose(this.task);
  }
}
