import type { Clock } from '../base/clock.ts';
import type { Json } from '../base/json.ts';
import type { Bytes, Millis } from '../base/units.ts';
import type { StageCount } from '../contract/artifact.ts';
import type { RunEvent } from '../contract/progress.ts';
import type { Registry } from '../models/registry.ts';
import type { Executor } from './executor.ts';
import type { Ready, ReadyPorts } from './sides.ts';
import type { Slots } from './slots.ts';
import type { LeaveRequest } from './stream/manifest-log.ts';
import type { TaskHost } from './task-host.ts';
import type { TaskNote } from './task-spec.ts';

/** What the drivers of jobs share: the main thread's side of a run. */
export interface JobContext {
  readonly host: TaskHost;
  readonly executor: Executor;
  readonly slots: Slots;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Ignore what exists. */
  readonly fresh: boolean;
  readonly partitions: number;
  /** See `RunOptions`. */
  readonly partitionsAsked: boolean;
  readonly drain: boolean;
  /** State that goes to other tasks is committed in pieces of about this; absent: as large as a commit can well be. */
  readonly moveBytes?: Bytes;
  /** This process, for people, and told from all others of the flow. */
  readonly process: string;
  /** No other process has the log. */
  readonly alone?: boolean;
  /** What a flow's processes are asked beside the log; null: nothing. It is told once. */
  takeRequest(flow: string): Promise<LeaveRequest | null>;
  /** How often the stream looks what it is asked; absent: as often as a person would want. */
  readonly lookMs?: Millis;
  /** Hears what is asked until the stream does so for itself. */
  readonly early?: { handOver(): Promise<void> };
  readonly untilCaughtUp: boolean;
  /** See `RunOptions`. */
  readonly allowDrop?: readonly string[];
  readonly sessionTimeout?: Millis;
  /** Stands for input without a content hash. */
  readonly nonce: string;
  /** Of the modules given by `--with`, as they are now; null where there are none. */
  readonly extensionsHash: string | null;
  /** Aborted when the run must end at once. */
  readonly signal: AbortSignal;
  /** What has been made so far. */
  readonly ready: ReadyPorts;
  tell(event: RunEvent): void;
  /** A task's note, shown as progress of the job's stages; `of`: how many tasks share the job's input, where all are known. */
  note(job: string, task: string, note: TaskNote, of?: number): void;
  /** Called with a function that stops streaming jobs at their next commit. */
  onStop(stop: () => void): void;
}

/** What a job has made. */
export interface JobOutcome {
  readonly ready: Readonly<Record<string, Ready>>;
  readonly counts: readonly StageCount[];
  readonly reused: boolean;
  readonly sinks?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly reports?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly models?: Readonly<Record<string, { readonly hash: string; readonly version: string | null }>>;
  /** The stream left off before its end, as it was asked to. */
  readonly left?: 'stopped' | 'drained';
  /** The branch ends here, well: what needs this job is left out. */
  readonly skipped?: true;
}
