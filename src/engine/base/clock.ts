import type { Millis } from './units.ts';

/** Time, handed in. `now` is UTC ms since 1970; `elapsed` never goes back and is for durations only. */
export interface Clock {
  now(): Millis;
  elapsed(): Millis;
  /** Resolves when the time is over, or at once where `signal` is aborted; whoever must know which looks at it. Never rejects. */
  sleep(duration: Millis, signal?: AbortSignal): Promise<void>;
}
