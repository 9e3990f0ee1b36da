import type { TaskId } from '../contract/log.ts';

/**
 * `lost-applied`, `lost-dropped`: the committer gets `unknown`, and the commit did or did not happen.
 * `hang`: the commit stays open, and holds the stable end of its partitions, until the task is opened again or `wake()`.
 */
export type CommitFate = 'ok' | 'lost-applied' | 'lost-dropped' | 'hang' | 'full';

/** What a memory log does wrong, within what the interface allows. */
export interface LogFaults {
  commit(task: TaskId, seq: bigint): CommitFate;
  /** Offsets to leave out before the next frames of a partition, as aborted rows and markers do. */
  gap(partition: string): number;
  /** How long after the commit its rows in a partition become readable. */
  delayMs(partition: string): number;
}

export const noFaults: LogFaults = { commit: () => 'ok', gap: () => 0, delayMs: () => 0 };
