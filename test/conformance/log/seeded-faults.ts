import type { Rng } from '../../../src/engine/base/rng.ts';
import type { CommitFate, LogFaults } from '../../../src/engine/log/log-faults.ts';

/** Faults by chance: rates from 0 to 1 of each fate (their sum at most 1), of gaps, and of delays up to `maxDelayMs`. */
interface FaultRates {
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
