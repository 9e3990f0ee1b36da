import { OperationalError } from '../base/operational-error.ts';
import type { Bytes } from '../base/units.ts';

/** What one table of one task may hold: a run ends with a reason before memory does. */
export interface StateLimits {
  readonly keys: number;
  /** Of the texts of keys and slots, each counted once. */
  readonly textBytes: Bytes;
}

/**
 * 16.7 million keys, and a GiB of texts: places in the text are 32-bit numbers. At 100 to 200 bytes a key, a task at its limit holds some
 * 3 GB; more keys are for more partitions.
 */
export const DEFAULT_STATE_LIMITS: StateLimits = { keys: 2 ** 24, textBytes: 2 ** 30 };

/** `reached`: in a user's words. */
export function tooManyKeys(table: string, reached: string, cause?: unknown): OperationalError {
  return new OperationalError('R133', `the state of ${table} has reached ${reached} in one task`, {
    operator: table,
    hint: 'spread it over more partitions (drain it, then --partitions), bound it by ttl:, or group by fewer values',
    ...(cause === undefined ? {} : { cause }),
  });
}
