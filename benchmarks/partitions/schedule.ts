import type { LatencyFigures } from './figures.ts';
import { percentile } from './statistics.ts';

/**
 * When each record is due, whatever becomes of those before it: an open loop. A feeder that waits for answers sends less just
 * when the engine is slow, and so leaves out the records that would have waited longest (coordinated omission).
 */
export class Schedule {
  readonly #startMs: number;
  readonly #perSecond: number;
  readonly #first: number;

  /** Record `first` is due at `startMs`, of any monotonic clock; those before it are not on the schedule. */
  constructor(startMs: number, perSecond: number, first = 0) {
    this.#startMs = startMs;
    this.#perSecond = perSecond;
    this.#first = first;
  }

  dueMs(record: number): number {
    return this.#startMs + ((record - this.#first) * 1000) / this.#perSecond;
  }

  /** The records before this one are due by then; at most `records`. */
  dueBy(nowMs: number, records: number): number {
    if (nowMs < this.#startMs) return this.#first;
    let due = Math.min(records, this.#first + Math.floor(((nowMs - this.#startMs) * this.#perSecond) / 1000) + 1);
    // Rounding must never hand a record over before it is due.
    while (due > this.#first && this.dueMs(due - 1) > nowMs) due--;
    return due;
  }
}

/** A record's row, when it could be read. */
export interface Sighting {
  readonly record: number;
  readonly atMs: number;
}

/** From when records were due until their rows were seen; those before `from` warm up and are not counted. */
export function latencyFigures(
  schedule: Schedule,
  sightings: Iterable<Sighting>,
  from: number,
  latestFeedMs: number,
): LatencyFigures {
  const waits: number[] = [];
  for (const { record, atMs } of sightings) if (record >= from) waits.push(atMs - schedule.dueMs(record));
  const sorted = Float64Array.from(waits).sort();
  return {
    rows: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    p999Ms: percentile(sorted, 0.999),
    maxMs: percentile(sorted, 1),
    latestFeedMs,
  };
}
