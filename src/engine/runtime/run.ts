import type { Observable } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import type { Millis } from '../base/units.ts';
import type { LogModule } from '../contract/log-module.ts';
import type { RunEvent, RunSummary } from '../contract/progress.ts';
import type { StageBackend } from './stage-backends.ts';
import type { SnapshotOptions } from './weir-folder.ts';

/** How to run a plan; everything of the world is handed in. */
export interface RunOptions {
  /** Worker threads; 0 runs every task in this thread. */
  readonly workers: number;
  /** Partitions of exchanges and of topics the run creates. Results do not depend on it. */
  readonly partitions: number;
  /** The number was asked for: a stream that has another is given it, where it was drained, or refused. */
  readonly partitionsAsked?: boolean;
  /** Runs what is between the tasks of the flow's stream to its end, reads nothing more, and leaves. */
  readonly drain?: boolean;
  /** This process, for people, and told from all others of the flow. */
  readonly process?: string;
  readonly batchRows: number;
  /** The `.weir` folder. */
  readonly folder: string;
  /** Where rows, positions and state go; absent: to the embedded log in the folder. */
  readonly log?: LogModule;
  /** Where snapshots of state go; absent: beside the embedded log, or nowhere. */
  readonly snapshots?: SnapshotOptions;
  /** Path of the module whose `loadCatalog(extensions)` gives the catalogue; imported in every thread (see `CatalogModule`). */
  readonly catalogModule: string;
  /** Modules of extra definitions (`--with`), absolute paths; imported in every worker. */
  readonly extensions: readonly string[];
  /** Ignore artifacts that exist. */
  readonly fresh: boolean;
  /** Treat the ends of topics at the start as their ends, and stop there. */
  readonly untilCaughtUp: boolean;
  /** Bindings whose state a changed flow may give up; absent: none. */
  readonly allowDrop?: readonly string[];
  /** Default `generated`; the other one is for tests. */
  readonly backend?: StageBackend;
  /** Heap of each worker, in MiB; default 1,024. A worker beyond it is replaced, and its tasks start again. */
  readonly workerHeapMegabytes?: number;
  /** A process that says nothing for so long is taken for dead, and its tasks go to others; default 10,000. */
  readonly sessionTimeout?: Millis;
  readonly clock: Clock;
  /** What tasks on the main thread see; workers see their own. Absent: nothing is set. */
  readonly env?: Environment;
}

export interface Run {
  readonly events: Observable<RunEvent>;
  /** Resolves when the run has ended, well or not; operational failures are in `error`, assertions reject. */
  readonly summary: Promise<RunSummary>;
  /** `commit`: stop cleanly at the next commit. `now`: at once. Neither loses anything. */
  stop(how: 'commit' | 'now'): void;
}
