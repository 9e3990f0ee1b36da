import type { RowValue } from '../contract/function.ts';
import { RowError } from '../contract/function.ts';
import type { Type } from '../contract/types.ts';
import { FIRST_DAY, FIRST_INSTANT, LAST_DAY, LAST_INSTANT } from './instants.ts';

/** The largest int: ±(2^53 − 1). */
export const MAX_INT = Number.MAX_SAFE_INTEGER;

/** The least and the largest value of a type of whole numbers; null for any other. */
export function limitsOf({ kind }: Type): { readonly low: number; readonly high: number } | null {
  switch (kind) {
    case 'int':
    case 'duration':
      return { low: -MAX_INT, high: MAX_INT };
    case 'timestamp':
      return { low: FIRST_INSTANT, high: LAST_INSTANT };
    case 'date':
      return { low: FIRST_DAY, high: LAST_DAY };
    default:
      return null;
  }
}

/** Whether values of the type are whole numbers. */
export function isWhole(type: Type): boolean {
  return limitsOf(type) !== null;
}

/**
 * What every function's result goes through, in the interpreter and in generated loops alike: NaN and ±Infinity are null, −0
 * is 0, and a whole number beyond the limits of its type rejects the row with R410. For ±(2^53 − 1) one test is enough for sums and products: the true
 * result of two ints is either in range, and then exact, or at least 2^53 in size, and then so is its rounding.
 */
export function settle(value: RowValue, type: Type, fn: string): RowValue {
  if (typeof value !== 'number') return value;
  const limits = limitsOf(type);
  if (limits !== null) {
    if (Number.isNaN(value)) return null;
    if (value > limits.high || value < limits.low) throw new RowError('R410', overflowReason(fn, type));
  } else if (!Number.isFinite(value)) return null;
  return value + 0;
}

export function overflowReason(fn: string, { kind }: Type): string {
  const isTime = kind === 'timestamp' || kind === 'date';
  return `the result of ${fn} is ${isTime ? `a ${kind} outside the years 0000 to 9999` : 'an int beyond ±(2^53 − 1)'}`;
}
