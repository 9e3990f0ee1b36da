import type { ColumnSummary } from './column-summary.ts';
import { lowerBound } from './lower-bound.ts';

/**
 * Cuts a column into at most `maxBins` bins of about equal weight. Value x is in the first bin whose edge is ≥ x, in the
 * last one when none is; so "x ≤ edge" is the test of a split. With few enough distinct values each has its own bin.
 */
export function binEdges(summary: ColumnSummary, maxBins: number): Float64Array {
  const { values, weights } = summary;
  const edges: number[] = [];
  if (values.length <= maxBins) {
    for (let i = 0; i + 1 < values.length; i++) edges.push(between(values[i], values[i + 1]));
    return Float64Array.from(edges);
  }
  let left = weights.reduce((sum, weight) => sum + weight, 0);
  let target = left / maxBins;
  let held = 0;
  for (let i = 0; i + 1 < values.length && edges.length < maxBins - 1; i++) {
    held += weights[i];
    // A value heavy enough for a bin gets one to itself.
    if (held >= target || weights[i + 1] >= target) {
      edges.push(between(values[i], values[i + 1]));
      left -= held;
      held = 0;
      target = left / (maxBins - edges.length);
    }
  }
  return Float64Array.from(edges);
}

/** A number m with low ≤ m < high, their middle where floating point allows. */
function between(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  return middle >= low && middle < high ? middle : low;
}

/** Bin of `x`; `edges.length + 1` for missing. */
export function binOf(edges: Float64Array, x: number): number {
  if (Number.isNaN(x)) return edges.length + 1;
  return lowerBound(edges, x);
}

const CELLS = 1024;

/** `binOf` of each value, searched among the edges of the value's cell only. */
export function binColumn(column: Float64Array, rows: number, edges: Float64Array, out: Uint8Array): void {
  const low = edges.length === 0 ? 0 : edges[0];
  const width = edges.length === 0 ? 0 : edges[edges.length - 1] - low;
  const scale = width > 0 && Number.isFinite(width) ? (CELLS - 2) / width : 0;
  // `before[cell]`: edges in cells before. A value's cell never falls as the value grows, so those edges are below it.
  const before = new Int32Array(CELLS + 1);
  for (const edge of edges) before[cellOf(edge, low, scale) + 1] += 1;
  for (let cell = 0; cell < CELLS; cell++) before[cell + 1] += before[cell];
  binValues(column, rows, edges, low, scale, before, out);
}

function cellOf(x: number, low: number, scale: number): number {
  const cell = scale === 0 ? 0 : (x - low) * scale + 1;
  return cell >= CELLS ? CELLS - 1 : cell > 0 ? cell | 0 : 0;
}

function binValues(
  column: Float64Array,
  rows: number,
  edges: Float64Array,
  low: number,
  scale: number,
  before: Int32Array,
  out: Uint8Array,
): void {
  for (let row = 0; row < rows; row++) {
    const x = column[row];
    if (Number.isNaN(x)) {
      out[row] = edges.length + 1;
      continue;
    }
    const cell = cellOf(x, low, scale);
    let first = before[cell];
    let last = before[cell + 1];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if (edges[middle] < x) first = middle + 1;
      else last = middle;
    }
    out[row] = first;
  }
}

/** The bin that most of the weight is in; the missing bin may be it. */
export function heaviestBin(summary: ColumnSummary, edges: Float64Array): { bin: number; share: number } {
  const held = new Float64Array(edges.length + 2);
  held[edges.length + 1] = summary.missing;
  let total = summary.missing;
  for (let i = 0; i < summary.values.length; i++) {
    held[binOf(edges, summary.values[i])] += summary.weights[i];
    total += summary.weights[i];
  }
  let bin = 0;
  for (let i = 1; i < held.length; i++) if (held[i] > held[bin]) bin = i;
  return { bin, share: total === 0 ? 0 : held[bin] / total };
}
