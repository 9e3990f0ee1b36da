import type { Rng } from '../base/rng.ts';
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

/** Faults by chance: rates from 0 to 1 of each fate (their sum at most 1), of gaps, and of delays up to `maxDelayMs`. */
export interface FaultRates {
  readonly lostApplied?: number;
  readonly lostDropped?: number;
  readonly hang?: number;
  readonly gap?: number;
  readonly delay?: number;
  readonly maxDelayMs?: number;
}

/** The same seed gives the same faults in the same order of calls. */
export function seededFaults(rng: Rng, rates: FaultRates): LogFaults {
  const fates: readonly (readonly [CommitFate, number])[] = [
    ['lost-applied', rates.lostApplied ?? 0],
    ['lost-dropped', rates.lostDropped ?? 0],
    ['hang', rates.hang ?? 0],
  ];
  return {
    commit: () => {
      let left = rng.next();
      for (const [fate, rate] of fates) {
        if (left < rate) return fate;
        left -= rate;
      }
      return 'ok';
    },
    gap: () => (rng.next() < (rates.gap ?? 0) ? 1 + rng.below(3) : 0),
    delayMs: () => (rng.next() < (rates.delay ?? 0) ? 1 + rng.below(rates.maxDelayMs ?? 5) : 0),
  };
}
