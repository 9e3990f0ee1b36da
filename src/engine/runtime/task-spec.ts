import type { MessagePort } from 'node:worker_threads';
import type { Json } from '../base/json.ts';
import type { StageCount } from '../contract/artifact.ts';
import type { Split } from '../contract/connector.ts';
import type { TableJob, TrainJob, ValueJob } from '../plan/physical.ts';
import type { Ready, ReadyPorts } from './sides.ts';
import type { StreamTaskSpec } from './stream/stream-spec.ts';
import type { TaskHost } from './task-host.ts';

/** A task as plain data: what a worker is handed. Large things are named by artifact key, never sent. */
export type TaskSpec = TablePartSpec | TableCollectSpec | ValueTaskSpec | TrainTaskSpec | StreamTaskSpec;

/** Which of a chain's rows a task reads: splits of its source, or rows of its table. */
export type Part =
  | { readonly kind: 'splits'; readonly splits: readonly Split[] }
  | { readonly kind: 'rows'; readonly from: number; readonly to: number };

/** Runs one part of a table job. Its rows go to the port (the collector's), or, where it is the only part, to the outputs. */
export interface TablePartSpec {
  readonly kind: 'table-part';
  readonly job: TableJob;
  readonly part: Part;
  readonly ready: ReadyPorts;
  /** Set where this is the only part. */
  readonly collect: TableCollectSpec | null;
}
/** Puts what the parts send, in the order of the parts, into the job's outputs. */
export interface TableCollectSpec {
  readonly kind: 'table-collect';
  readonly job: TableJob;
  /** By output: the artifact's key; null for sinks. */
  readonly keys: readonly (string | null)[];
  /** Names the job's rows, for dead letters: appended once for one key. */
  readonly jobKey: string;
  readonly inputs: Readonly<Record<string, string>>;
}
export interface TableResult {
  readonly tables: readonly { readonly key: string; readonly rows: number; readonly hash: string }[];
  readonly counts: readonly StageCount[];
  readonly sinks: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

export interface ValueTaskSpec {
  readonly kind: 'value';
  readonly job: ValueJob;
  readonly part: Part;
  readonly ready: ReadyPorts;
  readonly key: string;
  readonly jobKey: string;
  readonly inputs: Readonly<Record<string, string>>;
}
export interface ValueResult {
  readonly key: string;
  readonly hash: string;
  readonly counts: readonly StageCount[];
}

/** Learns on `own` partitions of the training rows. The lead also merges, and speaks with the others over their ports. */
export interface TrainTaskSpec {
  readonly kind: 'train';
  readonly job: TrainJob;
  readonly lead: boolean;
  /** The training rows' table, and the validation rows'. */
  readonly table: Extract<Ready, { kind: 'table' }>;
  readonly validation: Extract<Ready, { kind: 'table' }> | null;
  /** Partition indexes, of `partitions`. */
  readonly own: readonly number[];
  /** Lead: the partitions behind each port. */
  readonly others: readonly (readonly number[])[];
  readonly partitions: number;
  readonly ready: ReadyPorts;
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** What a running task tells the main thread: counts and names only. */
export type TaskNote =
  | {
      readonly kind: 'counts';
      readonly counts: readonly StageCount[];
      /** Share of a bounded input that is done. */
      readonly done: number | null;
      readonly lag: number | null;
    }
  | { readonly kind: 'training'; readonly round: number; readonly rounds: number; readonly metric: number | null }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string };

/**
 * What the main thread may tell a running task. `stop`: leave at the next commit. `until`: take this offset of the input for
 * its end. `finish`: nobody needs its rows any more, so end for good. `drain`: leave once nothing is before it, by the number of the drain.
 */
export type TaskOrder =
  | { readonly kind: 'stop' | 'finish' }
  | { readonly kind: 'until'; readonly offset: string }
  | { readonly kind: 'drain'; readonly drain: number };

/** A task's line to its surroundings while it runs. */
export interface TaskRun {
  readonly host: TaskHost;
  readonly ports: readonly MessagePort[];
  readonly signal: AbortSignal;
  tell(note: TaskNote): void;
  /** Orders from the main thread, as they come. */
  onOrder(take: (order: TaskOrder) => void): void;
}
