import { assert } from '../../base/assert.ts';
import type { CommitRecord, TaskId, TopicInfo, TopicPartition, TopicSpec } from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import { recordFromJson, recordToJson } from '../../contract/record-json.ts';
import { taskName } from '../../contract/task-name.ts';
import { Channel } from './channel.ts';
import type { FrameKind, Run } from './frame.ts';
import type { Segment } from './segment.ts';
import { payloadCost } from './segment.ts';

export interface Topic {
  readonly spec: TopicSpec;
  readonly channels: readonly Channel[];
}
export interface Task {
  readonly id: TaskId;
  /** Number in the journal. */
  readonly number: number;
  readonly changelog: Channel;
  /** Of the newest opener; a commit with another one is fenced. Ahead of the durable one while an `open` is under way. */
  epoch: number;
  last: CommitRecord | null;
  /** Sequence number of the newest commit handed to the journal. */
  stagedSeq: bigint;
}

/** What the frames say, by kind. Channels and tasks are named by numbers that are never used again. */
export interface FrameMeta {
  root: RootMeta;
  topics: { readonly topics: readonly TopicMeta[] };
  'delete-topics': { readonly names: readonly string[] };
  epoch: { readonly task: TaskId; readonly number: number; readonly channel: number; readonly epoch: number };
  commit: { readonly task: number; readonly record: unknown };
  append: null;
  purge: { readonly channel: number; readonly before: number };
  /** Payloads copied forward, so that their old segment can go. */
  moved: null;
  drop: { readonly segments: readonly number[] };
  mark: { readonly closed: boolean };
}
interface TopicMeta {
  readonly spec: TopicSpec;
  /** Number of the channel of partition 0; the others follow. */
  readonly channel: number;
}
/** First frame of every segment: all that is known but the index of payloads. */
export interface RootMeta {
  readonly nextNumber: number;
  /** Sealed segments that are still needed, with their lengths. */
  readonly segments: readonly (readonly [id: number, bytes: number, sealedAt: number])[];
  readonly topics: readonly { readonly spec: TopicSpec; readonly channels: readonly ChannelMeta[] }[];
  readonly tasks: readonly {
    readonly id: TaskId;
    readonly number: number;
    readonly epoch: number;
    readonly last: unknown;
    readonly changelog: ChannelMeta;
  }[];
}
type ChannelMeta = readonly [id: number, first: number, end: number];

/**
 * Everything a log knows besides payload bytes. Running and recovering go through the same `apply`, frame by frame,
 * after the frame is durable; so what a reader sees is what a restart would find.
 */
export class Catalog {
  readonly topics = new Map<string, Topic>();
  readonly tasks = new Map<string, Task>();
  readonly segments = new Map<number, Segment>();
  readonly channels = new Map<number, Channel>();
  readonly #tasksByNumber = new Map<number, Task>();
  /** Next number for a channel or task. */
  nextNumber = 1;

  /** Throws LogError `no-topic`. */
  topicInfo(name: string): TopicInfo {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new LogError('no-topic', `There is no topic ${name}.`);
    return {
      ...topic.spec,
      ends: topic.channels.map(c => ({ first: BigInt(c.first), stableEnd: BigInt(c.end), end: BigInt(c.end) })),
    };
  }

  topicInfos(): TopicInfo[] {
    return [...this.topics.keys()].map(name => this.topicInfo(name));
  }

  /** Throws LogError `no-topic`. */
  channelOf(of: TopicPartition): Channel {
    const channel = this.topics.get(of.topic)?.channels[of.partition];
    if (channel !== undefined) return channel;
    throw new LogError('no-topic', `There is no topic partition ${of.topic}/${of.partition}.`);
  }

  takeNumbers(count: number): number {
    const from = this.nextNumber;
    this.nextNumber += count;
    return from;
  }

  addTask(id: TaskId, number: number, changelog: Channel): Task {
    const task: Task = { id, number, changelog, epoch: 0, last: null, stagedSeq: 0n };
    this.tasks.set(taskName(id), task);
    this.#tasksByNumber.set(number, task);
    this.channels.set(changelog.id, changelog);
    return task;
  }

  #addTopic(spec: TopicSpec, channels: readonly Channel[]): void {
    this.topics.set(spec.name, { spec, channels });
    for (const channel of channels) this.channels.set(channel.id, channel);
  }

  /** Takes in a durable frame whose payloads begin at `position` of `segment`. */
  apply(kind: FrameKind, meta: FrameMeta[FrameKind], runs: readonly Run[], segment: Segment, position: number): void {
    switch (kind) {
      case 'commit':
        this.#place(runs, segment, position);
        this.#commit(meta as FrameMeta['commit']);
        return;
      case 'append':
        this.#place(runs, segment, position);
        return;
      case 'moved':
        this.move(runs, segment, position);
        return;
      case 'epoch':
        this.#epoch(meta as FrameMeta['epoch']);
        return;
      case 'topics':
        for (const { spec, channel } of (meta as FrameMeta['topics']).topics) {
          this.#addTopic(
            spec,
            Array.from({ length: spec.partitions }, (_, p) => new Channel(channel + p)),
          );
          this.nextNumber = Math.max(this.nextNumber, channel + spec.partitions);
        }
        return;
      case 'delete-topics':
        for (const name of (meta as FrameMeta['delete-topics']).names) this.#deleteTopic(name);
        return;
      case 'purge': {
        const { channel, before } = meta as FrameMeta['purge'];
        this.channels.get(channel)?.purge(before, this.segments);
        return;
      }
      case 'drop':
        for (const id of (meta as FrameMeta['drop']).segments) this.segments.delete(id);
        return;
      case 'root':
      case 'mark':
        return;
    }
  }

  #place(runs: readonly Run[], segment: Segment, position: number): void {
    for (const run of runs) {
      const channel = this.channels.get(run.channel);
      for (let i = 0; i < run.lengths.length; i++) {
        const length = run.lengths[i];
        // A topic deleted between staging and sync: the bytes are dead on arrival.
        if (channel !== undefined) {
          channel.append(run.base + i, { segment: segment.id, position, length, crc: run.crcs[i] });
          segment.liveBytes += payloadCost(length);
        }
        position += length;
      }
    }
  }

  /** Points offsets that still exist at their place in `segment`; used for moved frames and for a sealed segment's index. */
  move(runs: readonly Run[], segment: Segment, position: number): void {
    for (const run of runs) {
      const channel = this.channels.get(run.channel);
      for (let i = 0; i < run.lengths.length; i++) {
        const length = run.lengths[i];
        if (channel?.has(run.base + i)) {
          const was = channel.move(run.base + i, { segment: segment.id, position, length, crc: run.crcs[i] });
          const old = this.segments.get(was.segment);
          if (old !== undefined) old.liveBytes -= payloadCost(was.length);
          segment.liveBytes += payloadCost(length);
        }
        position += length;
      }
    }
  }

  #commit(meta: FrameMeta['commit']): void {
    const task = this.#tasksByNumber.get(meta.task);
    assert(task !== undefined, 'a commit is of a known task');
    const record = recordFromJson(meta.record);
    assert(record.seq === (task.last?.seq ?? 0n) + 1n, 'commits of a task are contiguous');
    task.last = record;
    if (task.stagedSeq < record.seq) task.stagedSeq = record.seq;
  }

  #epoch(meta: FrameMeta['epoch']): void {
    const task = this.tasks.get(taskName(meta.task)) ?? this.addTask(meta.task, meta.number, new Channel(meta.channel));
    task.epoch = Math.max(task.epoch, meta.epoch);
    this.nextNumber = Math.max(this.nextNumber, meta.number + 1, meta.channel + 1);
  }

  #deleteTopic(name: string): void {
    const topic = this.topics.get(name);
    if (topic === undefined) return;
    this.topics.delete(name);
    for (const channel of topic.channels) {
      channel.purge(channel.end, this.segments);
      this.channels.delete(channel.id);
    }
  }

  /** All of it, as the root of segment `active`. */
  root(active: number): RootMeta {
    const about = (channel: Channel): ChannelMeta => [channel.id, channel.first, channel.end];
    return {
      nextNumber: this.nextNumber,
      segments: [...this.segments.values()].filter(s => s.id !== active).map(s => [s.id, s.bytes, s.sealedAt]),
      topics: [...this.topics.values()].map(t => ({ spec: t.spec, channels: t.channels.map(about) })),
      tasks: [...this.tasks.values()].map(t => ({
        id: t.id,
        number: t.number,
        epoch: t.epoch,
        last: t.last && recordToJson(t.last),
        changelog: about(t.changelog),
      })),
    };
  }

  /** A catalog as a root tells it; the places of payloads are still to be set. */
  static ofRoot(root: RootMeta): Catalog {
    const catalog = new Catalog();
    catalog.nextNumber = root.nextNumber;
    for (const [id, bytes, sealedAt] of root.segments) catalog.segments.set(id, { id, bytes, liveBytes: 0, sealedAt });
    for (const { spec, channels } of root.topics) {
      catalog.#addTopic(
        spec,
        channels.map(c => new Channel(...c)),
      );
    }
    for (const meta of root.tasks) {
      const task = catalog.addTask(meta.id, meta.number, new Channel(...meta.changelog));
      task.epoch = meta.epoch;
      task.last = meta.last === null ? null : recordFromJson(meta.last);
      task.stagedSeq = task.last?.seq ?? 0n;
    }
    return catalog;
  }

  /** Whether every offset that can be read has a place. */
  complete(): boolean {
    for (const channel of this.channels.values()) {
      for (let offset = channel.first; offset < channel.end; offset++) {
        if (!this.segments.has(channel.segmentAt(offset))) return false;
      }
    }
    return true;
  }
}
