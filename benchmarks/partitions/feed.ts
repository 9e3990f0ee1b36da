import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Records } from './records.ts';
import type { Schedule } from './schedule.ts';

/** Between two looks at the clock. */
const TICK_MS = 1;

/**
 * Hands each record over when it is due and never later because of an answer: what the pipe does not take waits in this process,
 * and its time counts. Begins with record `first`. Resolves, when all are handed over, with the most a record from `counted` on was
 * late (ms).
 */
export async function feed(
  to: Writable,
  records: Records,
  schedule: Schedule,
  first: number,
  counted: number,
): Promise<number> {
  let [next, latestMs] = [first, 0];
  while (next < records.count) {
    const nowMs = performance.now();
    const due = schedule.dueBy(nowMs, records.count);
    if (due > next) {
      if (due > counted) latestMs = Math.max(latestMs, nowMs - schedule.dueMs(Math.max(next, counted)));
      to.write(records.slice(next, due));
      next = due;
    }
    await delay(TICK_MS);
  }
  return latestMs;
}
