/**
 * A column's distribution in bounded space: its distinct values with the weight of each, or, when there are more than
 * `limit`, `limit` points that each stand for an equal share of the weight (the point is the largest value of its share).
 * `values` ascend. `missing` is the weight of the rows without a value.
 */
export interface ColumnSummary {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  readonly missing: number;
}

/** Up to this many distinct values are found without sorting: flags, one-hot columns, small counts. */
const FEW_VALUES = 16;

export function summariseColumn(
  column: Float64Array,
  weights: Float64Array | null,
  rows: number,
  limit: number,
): ColumnSummary {
  return summariseFewValues(column, weights, rows) ?? summariseManyValues(column, weights, rows, limit);
}

function summariseFewValues(column: Float64Array, weights: Float64Array | null, rows: number): ColumnSummary | null {
  const found = new Float64Array(FEW_VALUES);
  const sums = new Float64Array(FEW_VALUES);
  let count = 0;
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const value = column[row];
    const weight = weights === null ? 1 : weights[row];
    if (Number.isNaN(value)) {
      missing += weight;
      continue;
    }
    let at = 0;
    while (at < count && found[at] !== value) at++;
    if (at === count) {
      if (count === FEW_VALUES) return null;
      found[count++] = value;
    }
    sums[at] += weight;
  }
  const order = Array.from({ length: count }, (_, at) => at).sort((a, b) => found[a] - found[b]);
  return {
    values: Float64Array.from(order, at => found[at]),
    weights: Float64Array.from(order, at => sums[at]),
    missing,
  };
}

function summariseManyValues(
  column: Float64Array,
  weights: Float64Array | null,
  rows: number,
  limit: number,
): ColumnSummary {
  let missing = 0;
  let present = 0;
  let values = new Float64Array(rows);
  let sums = new Float64Array(rows);
  if (weights === null) {
    for (let row = 0; row < rows; row++) {
      const value = column[row];
      if (!Number.isNaN(value)) values[present++] = value;
    }
    missing = rows - present;
    values = values.subarray(0, present).sort();
    sums.fill(1, 0, present);
  } else {
    const order = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      if (!Number.isNaN(column[row])) order[present++] = row;
      else missing += weights[row];
    }
    // Ties by row, so that equal values add up in the rows' order.
    const sorted = order.subarray(0, present).sort((a, b) => column[a] - column[b] || a - b);
    values = Float64Array.from(sorted, row => column[row]);
    sums = Float64Array.from(sorted, row => weights[row]);
  }
  const distinct = combineEqual(values, sums, present);
  return { ...compress(values, sums, distinct, limit), missing };
}

/** Adds the weights of equal neighbours in place; returns how many distinct values there are. */
function combineEqual(values: Float64Array, sums: Float64Array, length: number): number {
  let last = -1;
  for (let i = 0; i < length; i++) {
    if (last >= 0 && values[last] === values[i]) sums[last] += sums[i];
    else {
      last++;
      values[last] = values[i];
      sums[last] = sums[i];
    }
  }
  return last + 1;
}

function compress(
  values: Float64Array,
  sums: Float64Array,
  length: number,
  limit: number,
): { values: Float64Array; weights: Float64Array } {
  if (length <= limit) return { values: values.slice(0, length), weights: sums.slice(0, length) };
  let total = 0;
  for (let i = 0; i < length; i++) total += sums[i];
  const points = new Float64Array(limit);
  const weights = new Float64Array(limit);
  let count = 0;
  let before = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    held += sums[i];
    if (before + held >= (total * (count + 1)) / limit || i === length - 1) {
      const at = Math.min(count, limit - 1);
      points[at] = values[i];
      weights[at] += held;
      before += held;
      held = 0;
      count = at + 1;
    }
  }
  return { values: points.slice(0, count), weights: weights.slice(0, count) };
}

/** One summary of all partitions. Depends on the cut into partitions only where a column was compressed. */
export function mergeSummaries(parts: readonly ColumnSummary[]): ColumnSummary {
  const length = parts.reduce((sum, part) => sum + part.values.length, 0);
  const values = new Float64Array(length);
  const sums = new Float64Array(length);
  let missing = 0;
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    sums.set(part.weights, at);
    at += part.values.length;
    missing += part.missing;
  }
  const order = Int32Array.from({ length }, (_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const sorted = Float64Array.from(order, i => values[i]);
  const sortedSums = Float64Array.from(order, i => sums[i]);
  const distinct = combineEqual(sorted, sortedSums, length);
  return { values: sorted.slice(0, distinct), weights: sortedSums.slice(0, distinct), missing };
}
