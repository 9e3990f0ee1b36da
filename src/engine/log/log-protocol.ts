import { AssertionError } from '../base/assert.ts';
import type { Bytes } from '../base/units.ts';
import type {
  Assignment,
  ChangelogDelta,
  Commit,
  CommitRecord,
  GroupSpec,
  Position,
  ReadLimit,
  ReadResult,
  TaskId,
  TopicInfo,
  TopicPartition,
  TopicSpec,
} from '../contract/log.ts';
import { LogError, type LogErrorCode, type LogErrorParts } from '../contract/log.ts';

/** What the log thread is started with; plain data. */
export interface LogThreadOptions {
  readonly dir: string;
  readonly maxBytes?: Bytes;
  readonly segmentBytes?: Bytes;
  /** What the lock says this process is; default: its program and first words. */
  readonly command?: string;
}

/** Calls of a client, by name: arguments and answer. Tasks and memberships go by numbers that the client hands out. */
export interface LogCalls {
  ensureTopics: { args: [specs: readonly TopicSpec[]]; answer: undefined };
  topics: { args: []; answer: readonly TopicInfo[] };
  describe: { args: [topic: string]; answer: TopicInfo };
  join: { args: [handle: number, group: GroupSpec]; answer: string };
  leave: { args: [handle: number]; answer: undefined };
  open: { args: [handle: number, task: TaskId]; answer: { epoch: bigint; last: CommitRecord | null } };
  last: { args: [task: TaskId]; answer: CommitRecord | null };
  changelogOf: { args: [task: TaskId, from: bigint]; answer: ChangelogPart };
  read: { args: [at: Position, max: ReadLimit]; answer: ReadResult };
  append: { args: [to: TopicPartition, frames: readonly Uint8Array[]]; answer: undefined };
  purge: { args: [to: TopicPartition, before: bigint]; answer: undefined };
  deleteTopics: { args: [names: readonly string[]]; answer: undefined };
  commit: { args: [handle: number, commit: Commit]; answer: CommitRecord };
  changelog: { args: [handle: number, from: bigint]; answer: ChangelogPart };
  purgeChangelog: { args: [handle: number, before: bigint]; answer: undefined };
  closeTask: { args: [handle: number]; answer: undefined };
  close: { args: []; answer: undefined };
}
export interface ChangelogPart {
  readonly deltas: readonly ChangelogDelta[];
  readonly done: boolean;
}
export type CallName = keyof LogCalls;

export type Request = {
  [N in CallName]: { readonly id: number; readonly call: N; readonly args: LogCalls[N]['args'] };
}[CallName];
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly assign: number; readonly assignment: Assignment };

/** An error on its way between threads: classes and own properties do not survive the copy. */
export interface Failure {
  readonly code: LogErrorCode | null;
  readonly message: string;
  readonly parts: LogErrorParts;
  readonly stack: string | undefined;
}
export function toFailure(error: unknown): Failure {
  const { code, parts } = error instanceof LogError ? error : { code: null, parts: {} };
  return error instanceof Error
    ? { code, message: error.message, parts, stack: error.stack }
    : { code, message: String(error), parts, stack: undefined };
}
/** LogError again; whatever was no LogError is a bug of ours. */
export function fromFailure(failure: Failure): Error {
  const error =
    failure.code === null
      ? new AssertionError(failure.message)
      : new LogError(failure.code, failure.message, failure.parts);
  if (failure.stack !== undefined) error.stack = `${error.stack}\nin the log thread: ${failure.stack}`;
  return error;
}
