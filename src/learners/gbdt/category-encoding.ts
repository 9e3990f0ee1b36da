import { OperationalError } from '../../engine/base/operational-error.ts';
import { rowHash } from '../support/row-hash.ts';
import type { ColumnSummary } from './column-summary.ts';
import { lowerBound } from './lower-bound.ts';

/**
 * A feature that is a category's code, as the label's rate in that category, drawn towards the overall rate:
 * (positives + smooth · prior) / (rows + smooth); Micci-Barreca 2001. On training rows the rate comes from the other
 * folds only, for a row that saw its own label in a feature teaches the trees to trust it. Scoring uses all rows' rate.
 */
export interface CategoryEncoding {
  readonly feature: number;
  /** Codes seen in training, ascending. */
  readonly keys: Float64Array;
  readonly rates: Float64Array;
  /** For codes not seen. */
  readonly prior: number;
}
/** What training rows are encoded by: `ratesByFold[fold · keys + key]`, without the fold's own rows. */
export interface FoldedEncoding extends CategoryEncoding {
  readonly folds: number;
  readonly ratesByFold: Float64Array;
}
/** `sums[(key · folds + fold) · 2]`: weight and positive weight. */
export interface CategorySums {
  readonly feature: number;
  readonly keys: Float64Array;
  readonly sums: Float64Array;
  readonly missing: number;
}

const KEYS_LIMIT = 65_536;
/** Tells the hash that makes folds from the one that samples rows. */
const FOLD_PURPOSE = -1;

function foldOf(seed: number, row: number, folds: number): number {
  return rowHash(seed, FOLD_PURPOSE, row) % folds;
}

/** @throws OperationalError R344 when the feature has too many different values to be a category's code. */
export function sumCategories(
  feature: number,
  column: Float64Array,
  labels: Float64Array,
  weights: Float64Array | null,
  rows: number,
  folds: number,
  seed: number,
): CategorySums {
  const places = new Map<number, number>();
  const found: number[] = [];
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const key = column[row];
    if (Number.isNaN(key)) missing += weights === null ? 1 : weights[row];
    else if (!places.has(key)) {
      if (found.push(key) > KEYS_LIMIT) throw tooManyKeys();
      places.set(key, 0);
    }
  }
  const keys = Float64Array.from(found).sort();
  keys.forEach((key, at) => {
    places.set(key, at);
  });
  const sums = new Float64Array(keys.length * folds * 2);
  for (let row = 0; row < rows; row++) {
    const place = places.get(column[row]);
    if (place === undefined) continue;
    const at = (place * folds + foldOf(seed, row, folds)) * 2;
    const weight = weights === null ? 1 : weights[row];
    sums[at] += weight;
    if (labels[row] === 1) sums[at + 1] += weight;
  }
  return { feature, keys, sums, missing };
}

function tooManyKeys(): OperationalError {
  return new OperationalError('R344', `a feature named in "categories" has more than ${KEYS_LIMIT} different values`, {
    hint: 'group its values first, or leave it out of "categories"',
  });
}

/** One encoding from the partitions' sums, and the distribution of the values training rows will get. */
export function mergeCategories(
  parts: readonly CategorySums[],
  folds: number,
  smooth: number,
): { encoding: FoldedEncoding; summary: ColumnSummary } {
  const byKey = new Map<number, Float64Array>();
  let missing = 0;
  for (const part of parts) {
    missing += part.missing;
    part.keys.forEach((key, at) => {
      const own = part.sums.subarray(at * folds * 2, (at + 1) * folds * 2);
      const sum = byKey.get(key);
      if (sum === undefined) byKey.set(key, own.slice());
      else for (let i = 0; i < own.length; i++) sum[i] += own[i];
    });
  }
  if (byKey.size > KEYS_LIMIT) throw tooManyKeys();
  const keys = Float64Array.from(byKey.keys()).sort();
  const total = new Float64Array(folds * 2);
  for (const key of keys) {
    byKey.get(key)!.forEach((sum, i) => {
      total[i] += sum;
    });
  }
  const prior = rate(allFolds(total, folds), 0, 0);
  const rates = Float64Array.from(keys, key => rate(allFolds(byKey.get(key)!, folds), smooth, prior));
  const ratesByFold = new Float64Array(folds * keys.length);
  const points: [number, number][] = [];
  for (let fold = 0; fold < folds; fold++) {
    const foldPrior = rate(allFolds(total, folds, fold), 0, 0);
    keys.forEach((key, at) => {
      const own = byKey.get(key)!;
      const value = rate(allFolds(own, folds, fold), smooth, foldPrior);
      ratesByFold[fold * keys.length + at] = value;
      if (own[fold * 2] > 0) points.push([value, own[fold * 2]]);
    });
  }
  const feature = parts[0].feature;
  return {
    encoding: { feature, keys, rates, prior, folds, ratesByFold },
    summary: summaryOf(points, missing),
  };
}

/** Weight and positive weight over all folds but `without`. */
function allFolds(sums: Float64Array, folds: number, without = -1): readonly [number, number] {
  let weight = 0;
  let positive = 0;
  for (let fold = 0; fold < folds; fold++) {
    if (fold === without) continue;
    weight += sums[fold * 2];
    positive += sums[fold * 2 + 1];
  }
  return [weight, positive];
}

function rate([weight, positive]: readonly [number, number], smooth: number, prior: number): number {
  return weight + smooth === 0 ? prior : (positive + smooth * prior) / (weight + smooth);
}

function summaryOf(points: [number, number][], missing: number): ColumnSummary {
  points.sort((a, b) => a[0] - b[0]);
  const values: number[] = [];
  const weights: number[] = [];
  for (const [value, weight] of points) {
    if (values.at(-1) === value) weights[weights.length - 1] += weight;
    else {
      values.push(value);
      weights.push(weight);
    }
  }
  return { values: Float64Array.from(values), weights: Float64Array.from(weights), missing };
}

/** Training rows' values: each from the folds that are not its own. */
export function encodeTraining(
  encoding: FoldedEncoding,
  column: Float64Array,
  rows: number,
  seed: number,
): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const at = placeOf(encoding.keys, column[row]);
    return at < 0
      ? missingOr(column[row], encoding.prior)
      : encoding.ratesByFold[foldOf(seed, row, encoding.folds) * encoding.keys.length + at];
  });
}

/** Any other rows' values, into `out`. */
export function encodeScored(encoding: CategoryEncoding, column: Float64Array, rows: number, out: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    const at = placeOf(encoding.keys, column[row]);
    out[row] = at < 0 ? missingOr(column[row], encoding.prior) : encoding.rates[at];
  }
}

function missingOr(key: number, prior: number): number {
  return Number.isNaN(key) ? key : prior;
}

/** Index of a code among ascending keys, or -1. */
function placeOf(keys: Float64Array, key: number): number {
  const place = lowerBound(keys, key);
  return place < keys.length && keys[place] === key ? place : -1;
}
