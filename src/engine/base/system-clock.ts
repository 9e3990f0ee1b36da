import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (duration, signal) =>
    delay(duration, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
