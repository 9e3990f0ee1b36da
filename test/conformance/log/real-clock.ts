import { setTimeout as timeout } from 'node:timers/promises';
import type { Clock } from '../../../src/engine/base/clock.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (duration, signal) => timeout(duration, undefined, { signal }),
};
