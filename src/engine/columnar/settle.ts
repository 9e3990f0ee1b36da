import type { RowValue } from '../contract/function.ts';
import { RowError } from '../contract/function.ts';
import type { Type } from '../contract/types.ts';

/** The largest int: ±(2^53 − 1). */
export const MAX_INT = Number.MAX_SAFE_INTEGER;

/** Whether values of the type are whole numbers, exact to ±(2^53 − 1). */
export function isWhole(type: Type): boolean {
  return type.kind === 'int' || type.kind === 'timestamp' || type.kind === 'date' || type.kind === 'duration';
}

/**
 * What every function's result goes through, in the interpreter and in generated loops alike: NaN and ±Infinity are null, −0
 * is 0, and a whole number beyond ±(2^53 − 1) rejects the row with R410. One test is enough for sums and products: the true
 * result of two ints is either in range, and then exact, or at least 2^53 in size, and then so is its rounding.
 */
export function settle(value: RowValue, type: Type, fn: string): RowValue {
  if (typeof value !== 'number') return value;
  if (isWhole(type)) {
    if (Number.isNaN(value)) return null;
    if (value > MAX_INT || value < -MAX_INT) throw new RowError('R410', overflowReason(fn));
  } else if (!Number.isFinite(value)) return null;
  return value + 0;
}

export function overflowReason(fn: string): string {
  return `the result of ${fn} is an int beyond ±(2^53 − 1)`;
}
