import type { Json } from '../base/json.ts';
import type { Bytes, Millis } from '../base/units.ts';
import type { RecordCodec, RecordTopics } from './record-topics.ts';

/**
 * The log: partitioned topics, group membership, and one atomic commit per task. Embedded, Kafka and simulated logs pass the
 * same suite, `test/conformance/log-conformance.ts`. Offsets are bigint and may have gaps. See `docs/log.md` for the invariants.
 */
export interface Log {
  /** Creates topics, or verifies the partition counts of those that exist (`log.partitions` when they differ). */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  topics(): Promise<readonly TopicInfo[]>;
  describe(topic: string): Promise<TopicInfo>;
  /** Joins a group; `onAssign` gets the full new set of whole tasks each time, the first perhaps before `join` resolves. */
  join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership>;
  /** Names of those in a flow's group, also of one that has died and is not yet taken for dead. Absent: the log has one process. */
  members?(flow: string): Promise<readonly string[]>;
  /** Fences any other owner (epoch + 1), settles what it left open, then finds the last commit record. */
  open(task: TaskId): Promise<TaskLog>;
  /** What the last commit of a task says, without owning it: it may be overtaken at once. */
  last(task: TaskId): Promise<CommitRecord | null>;
  /**
   * The same of its deltas: those of all commits from a changelog offset to the call, whole commits, in order; none of a task that was never
   * opened. Throws LogError `gap` where some have been purged: its newest snapshot then is a newer one.
   */
  changelog(task: TaskId, from: bigint): AsyncIterable<ChangelogDelta>;
  /** Committed frames only, from `at` on; `next` also passes what a reader does not see (gaps, markers). */
  read(at: Position, max: ReadLimit): Promise<ReadResult>;
  /** Durable, outside any task; may double after a lost answer. The frames' buffers are handed over. */
  append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void>;
  /** Frames before the offset may go. */
  purge(to: TopicPartition, before: bigint): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
  /** Topics of other programs' records, where the log keeps such itself: see `recordTopicsOf`. */
  readonly records?: RecordTopics;
}
/** What can be asked of a log without taking part in it. */
export type LogReader = Pick<Log, 'topics' | 'describe' | 'read' | 'last' | 'changelog' | 'close' | 'records'>;

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Internal topics (exchanges, changelogs) never expire and are hidden from `weir topics list`. */
  readonly internal?: boolean;
  /** What the topic holds, kept with it: for public topics their schema. */
  readonly meta?: Json;
  /** What may go of a partition without having been read; absent: nothing. Internal topics have none. */
  readonly retention?: { readonly bytes?: Bytes; readonly ms?: Millis };
}
export interface TopicInfo extends TopicSpec {
  /** Another one each time a topic of that name is made, where the log tells them apart so: positions are of one topic. */
  readonly id?: string;
  readonly ends: readonly {
    readonly first: bigint /** All before it is committed. */;
    readonly stableEnd: bigint;
    readonly end: bigint;
  }[];
}
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
export interface Position extends TopicPartition {
  readonly offset: bigint;
}
export interface ReadLimit {
  readonly bytes: number;
  /** Wait up to this long for the first frame; 0 answers at once. */
  readonly waitMs: number;
}
export interface ReadFrame {
  readonly offset: bigint;
  readonly body: Uint8Array;
}
export interface ReadResult {
  readonly frames: readonly ReadFrame[];
  readonly next: Position;
  readonly stableEnd: bigint;
  readonly end: bigint;
}

/** (flow, chain, partition): the unit of ownership. */
export interface TaskId {
  readonly flow: string;
  readonly chain: string;
  readonly partition: number;
}
export interface GroupSpec {
  readonly flow: string;
  /** Members with another plan are refused. */
  readonly planHash: string;
  readonly tasks: readonly TaskId[];
  /** This process's name, for messages. */
  readonly member: string;
  readonly sessionTimeoutMs: number;
}
export interface Assignment {
  readonly generation: number;
  readonly tasks: readonly TaskId[];
}
export interface Membership {
  readonly memberId: string;
  /** Resolves, with the reason, once the group will not have this member back; it has no tasks then. Absent: that cannot happen. */
  readonly lost?: Promise<LogError>;
  leave(): Promise<void>;
}

/** The beginning of a split's bytes (decompressed, as its decoder gets them), by which it is known again. */
export interface Prefix {
  readonly bytes: Bytes;
  readonly crc32c: number;
}
/** Input positions, by topic-partition or split. */
export interface InputPosition {
  /** Topic, or `split:<artifact or source>/<name>`. */
  readonly input: string;
  readonly partition: number;
  /** Next frame offset, or 0 for splits. */
  readonly offset: bigint;
  /** Rows of that frame (or records of that split) already consumed. */
  readonly row: number;
  /** Of a split of bytes: what had been read when those records came out of it. */
  readonly prefix?: Prefix;
}
export interface SnapshotPointer {
  readonly manifest: string;
  readonly changelog: bigint;
}
export interface CommitRecord {
  readonly epoch: bigint;
  /** Contiguous from 1; open asserts it. */
  readonly seq: bigint;
  readonly planHash: string;
  readonly positions: readonly InputPosition[];
  /** Model versions in force, by binding. */
  readonly models: Readonly<Record<string, string>>;
  /** Tokens of prepared sinks. */
  readonly sinkTokens: readonly string[];
  /** Manifest of the newest snapshot that restore may trust, and the changelog offset after it. */
  readonly snapshot: SnapshotPointer | null;
  /** The one before, for when the newest turns out to be damaged; the changelog is kept from here on. */
  readonly previousSnapshot?: SnapshotPointer | null;
  /** Running counts, so that a resumed run's summary speaks of the whole run. */
  readonly counts: Readonly<Record<string, number>>;
  readonly ended: boolean;
}
/** Frames and deltas are handed over: a log may detach their buffers, so the committer does not use them again. */
export interface Commit {
  readonly record: Omit<CommitRecord, 'epoch' | 'seq'>;
  readonly outputs: readonly CommitOutput[];
  /** Appended to the task's own changelog. */
  readonly deltas: readonly Uint8Array[];
}
/** `next`: the changelog offset after it. */
export interface ChangelogDelta {
  readonly delta: Uint8Array;
  readonly next: bigint;
}
export interface CommitOutput {
  readonly to: TopicPartition;
  readonly frames: readonly Uint8Array[];
  /** They are frames of records (`record-frame.ts`), for a topic of records. */
  readonly records?: { readonly codec: RecordCodec };
}
export interface TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  /** A changelog offset after all deltas known to be durable, where offsets have gaps; absent: a delta takes one offset. */
  readonly changelogEnd?: bigint;
  /** Deltas of all commits from a changelog offset on, in order. */
  changelog(from: bigint): AsyncIterable<ChangelogDelta>;
  /**
   * Resolves when durable, with the record written. Rejects with LogError; then this TaskLog is dead. `unknown`: it may have been made or not;
   * all others: it was not, `unmade` for a reason that may pass, `refused` and `oversized` for one that lies in what was to be written.
   */
  commit(commit: Commit): Promise<CommitRecord>;
  /** Lets deltas before the offset go. */
  purgeChangelog(before: bigint): Promise<void>;
  close(): Promise<void>;
}

export type LogErrorCode =
  | 'fenced'
  | 'unknown'
  | 'unmade'
  | 'refused'
  | 'full'
  | 'dead'
  | 'gap'
  | 'corrupt'
  | 'locked'
  | 'partitions'
  | 'plan'
  | 'oversized'
  | 'no-topic'
  | 'denied'
  | 'too-old'
  | 'closed';

/** What is known of an error besides its message, which names no sink: a log knows topics. */
export interface LogErrorParts {
  /** What was being written there, or read, has failed: by the name the caller gave. */
  readonly place?: TopicPartition;
  /** What to do; absent: what its code says. */
  readonly hint?: string;
}

/** An error of the log, with its stable short code; `R1xx` in the catalogue. Crosses threads by `code`, `message` and its parts. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;
  readonly parts: LogErrorParts;
  constructor(
    code: LogErrorCode,
    message: string,
    { cause, ...parts }: LogErrorParts & { readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.parts = parts;
  }
}

/** Frames larger than this are refused (`oversized`): Kafka's default limit, kept everywhere. */
export const MAX_FRAME_BYTES = 900_000;
/** A key's group: murmur3(key bytes) % 128; its partition of P: ⌊group · P / 128⌋. */
export const KEY_GROUPS = 128;
