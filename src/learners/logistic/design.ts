import type { LearnPartition } from '../../engine/contract/learner.ts';

/** A partition's rows as lists of their non-zero values: most features of a fitted pipeline are one-hot. */
export interface SparseRows {
  readonly rows: number;
  /** Entries [start[row], start[row + 1]) belong to a row. */
  readonly start: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float64Array;
}

/** Missing values are read as the feature's training mean. */
export function sparseRows(partition: LearnPartition, means: Float64Array): SparseRows {
  const { rows, features } = partition;
  const start = new Int32Array(rows + 1);
  features.forEach((column, f) => {
    countEntries(column, means[f], rows, start);
  });
  for (let row = 0; row < rows; row++) start[row + 1] += start[row];
  const next = start.slice(0, rows);
  const feature = new Int32Array(start[rows]);
  const value = new Float64Array(start[rows]);
  features.forEach((column, f) => {
    writeEntries(column, means[f], f, rows, next, feature, value);
  });
  return { rows, start, feature, value };
}

function countEntries(column: Float64Array, mean: number, rows: number, start: Int32Array): void {
  for (let row = 0; row < rows; row++) {
    if ((Number.isNaN(column[row]) ? mean : column[row]) !== 0) start[row + 1] += 1;
  }
}

function writeEntries(
  column: Float64Array,
  mean: number,
  f: number,
  rows: number,
  next: Int32Array,
  feature: Int32Array,
  value: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const x = Number.isNaN(column[row]) ? mean : column[row];
    if (x === 0) continue;
    const at = next[row]++;
    feature[at] = f;
    value[at] = x;
  }
}
