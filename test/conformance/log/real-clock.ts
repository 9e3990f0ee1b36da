import type { Clock } from '../../../src/engine/base/clock.ts';
import { systemClock } from '../../../src/engine/base/system-clock.ts';

/** Cases of logs run in the machine's own time. */
export const realClock: Clock = systemClock;
