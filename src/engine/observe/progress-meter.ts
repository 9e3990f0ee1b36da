import type { Clock } from '../base/clock.ts';
import type { Millis } from '../base/units.ts';
import type { StageCount } from '../contract/artifact.ts';
import type { RunEvent } from '../contract/progress.ts';

/** A rate is taken over about this long, so that it follows changes and does not flicker. */
const RATE_WINDOW_MS: Millis = 2_000;

/** What is known of a stage beside its counts. */
export interface StageOutlook {
  /** Of a bounded input, 0 to 1. */
  readonly done: number | null;
  readonly lag: number | null;
}

/** Turns running counts into progress events: rows per second over the last moments and, on bounded input, the time left. */
export class ProgressMeter {
  readonly #clock: Clock;
  readonly #started = new Map<string, Millis>();
  readonly #marks = new Map<string, { at: Millis; rows: number; rate: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  event(count: StageCount, outlook: StageOutlook): Extract<RunEvent, { event: 'progress' }> {
    const now = this.#clock.elapsed();
    const started = this.#started.get(count.name) ?? now;
    this.#started.set(count.name, started);
    const left =
      outlook.done === null || outlook.done <= 0 ? null : ((now - started) * (1 - outlook.done)) / outlook.done / 1000;
    return {
      event: 'progress',
      stage: count.name,
      rowsIn: count.rowsIn,
      rowsOut: count.rowsOut,
      rejected: count.rejected,
      rowsPerSecond: this.#rate(count, now),
      done: outlook.done,
      etaSeconds: left === null ? null : Math.round(left * 10) / 10,
      lag: outlook.lag,
    };
  }

  #rate(count: StageCount, now: Millis): number {
    const mark = this.#marks.get(count.name);
    // A task that starts again, or the next job of the stage, counts anew.
    if (mark === undefined || count.rowsIn < mark.rows) {
      this.#marks.set(count.name, { at: now, rows: count.rowsIn, rate: 0 });
      return 0;
    }
    const passed = now - mark.at;
    if (passed <= 0) return mark.rate;
    const rate = Math.round(((count.rowsIn - mark.rows) * 1000) / passed);
    if (passed >= RATE_WINDOW_MS) this.#marks.set(count.name, { at: now, rows: count.rowsIn, rate });
    return rate;
  }
}
