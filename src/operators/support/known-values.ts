import { assert } from '../../engine/base/assert.ts';
import { isValid } from '../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../engine/contract/batch.ts';
import type { TypeKind } from '../../engine/contract/types.ts';

/** Types that rules over amounts take. */
export const AMOUNTS: ReadonlySet<TypeKind> = new Set(['int', 'float', 'duration']);
/** Types that rules over categories take. */
export const CATEGORIES: ReadonlySet<TypeKind> = new Set(['string', 'enum', 'bool', 'int']);

/** The present numbers of a one-column table, in order; booleans as 0 and 1. */
export function knownValues(batches: readonly Batch[]): Float64Array {
  const known = new Float64Array(batches.reduce((sum, batch) => sum + batch.rows, 0));
  let count = 0;
  for (const batch of batches) {
    const [column] = batch.columns;
    assert(column.kind === 'number' || column.kind === 'bool', `no amounts in a ${column.kind} column`);
    for (let row = 0; row < batch.rows; row++) {
      if (isValid(column.validity, row)) known[count++] = column.values[row];
    }
  }
  return known.subarray(0, count);
}

/** Arithmetic mean, summed in order; 0 of nothing. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length === 0 ? 0 : sum / values.length;
}

/** Population standard deviation, two passes; 0 of nothing. */
export function deviationOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - mean) ** 2;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/**
 * Quantile of sorted values by linear interpolation between the two nearest (Hyndman and Fan 1996, type 7); 0 of nothing.
 */
export function quantileOf(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0;
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The column's numbers through `map`, nulls kept. `map` must give finite numbers. */
export function mapped(column: Column, rows: number, map: (value: number) => number): Column {
  assert(column.kind === 'number' || column.kind === 'bool', `no amounts in a ${column.kind} column`);
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) if (isValid(column.validity, row)) values[row] = map(column.values[row]);
  return { kind: 'number', values, validity: column.validity };
}
