import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';

/** Real time for a worker thread, which is an edge of the program as the command line is: no clock can be sent to it. */
export const threadClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  elapsed: () => performance.now(),
  sleep: (duration, signal) =>
    delay(duration, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
