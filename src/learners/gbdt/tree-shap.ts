import type { Forest } from './forest.ts';

/**
 * Exact path-dependent TreeSHAP: Lundberg et al. 2020 ("From local explanations to global understanding with explainable
 * AI for trees"), Algorithm 2. A feature left out is averaged over both branches by their cover, here the sum of hessians
 * of the training rows.
 */
export class TreeShap {
  readonly #forest: Forest;
  /** Feature, zero fraction, one fraction and weight of each path element; one stretch per depth. */
  readonly #feature: Int32Array;
  readonly #zero: Float64Array;
  readonly #one: Float64Array;
  readonly #weight: Float64Array;
  /** 1 / i. */
  readonly #reciprocal: Float64Array;
  readonly #row: Float64Array;
  readonly #phi: Float64Array;

  constructor(forest: Forest, features: number) {
    this.#forest = forest;
    let depth = 0;
    for (let tree = 0; tree + 1 < forest.treeStart.length; tree++) {
      depth = Math.max(depth, depthBelow(forest, forest.treeStart[tree], 0));
    }
    const length = ((depth + 2) * (depth + 3)) / 2 + depth + 2;
    this.#feature = new Int32Array(length);
    this.#zero = new Float64Array(length);
    this.#one = new Float64Array(length);
    this.#weight = new Float64Array(length);
    this.#reciprocal = Float64Array.from({ length: depth + 3 }, (_, i) => 1 / i);
    this.#row = new Float64Array(features);
    this.#phi = new Float64Array(features);
  }

  /** Adds the contributions of all trees of `output` for one row of `features` to `out[feature][row]`. */
  explain(features: readonly Float64Array[], row: number, output: number, out: readonly Float64Array[]): void {
    for (let f = 0; f < features.length; f++) this.#row[f] = features[f][row];
    this.#phi.fill(0);
    const { treeStart } = this.#forest;
    for (let tree = 0; tree + 1 < treeStart.length; tree++) {
      if (this.#forest.output[tree] === output) this.#visit(treeStart[tree], 0, 0, 0, 1, 1, -1);
    }
    for (let f = 0; f < features.length; f++) out[f][row] = this.#phi[f];
  }

  /** `at` is where this depth's stretch of the path begins, `length` how many elements the parent's has, `from` where that is. */
  #visit(start: number, node: number, length: number, from: number, zero: number, one: number, feature: number): void {
    const forest = this.#forest;
    const at = from + length;
    copyPath(this.#feature, this.#zero, this.#one, this.#weight, from, at, length);
    extend(this.#feature, this.#zero, this.#one, this.#weight, at, length, zero, one, feature);
    const now = start + node;
    const split = forest.feature[now];
    if (split < 0) {
      addLeaf(
        this.#feature,
        this.#zero,
        this.#one,
        this.#weight,
        at,
        length,
        forest.value[now],
        this.#reciprocal,
        this.#phi,
      );
      return;
    }
    const left = forest.left[now];
    const x = this.#row[split];
    const goesLeft = Number.isNaN(x) ? forest.missingLeft[now] === 1 : x <= forest.threshold[now];
    const hot = goesLeft ? left : left + 1;
    const cold = goesLeft ? left + 1 : left;
    let zeroBefore = 1;
    let oneBefore = 1;
    let last = length;
    for (let i = 1; i <= length; i++) {
      if (this.#feature[at + i] !== split) continue;
      zeroBefore = this.#zero[at + i];
      oneBefore = this.#one[at + i];
      unwind(this.#feature, this.#zero, this.#one, this.#weight, at, length, i);
      last = length - 1;
      break;
    }
    const cover = forest.cover[now];
    const share = cover > 0 ? forest.cover[start + hot] / cover : 0.5;
    this.#visit(start, hot, last + 1, at, zeroBefore * share, oneBefore, split);
    this.#visit(start, cold, last + 1, at, zeroBefore * (cover > 0 ? 1 - share : 0.5), 0, split);
  }
}

/** Cover-weighted mean of a tree's leaves: the margin it gives when nothing is known. */
export function treeMean(forest: Forest, start: number, node = 0): number {
  const now = start + node;
  if (forest.feature[now] < 0) return forest.value[now];
  const left = forest.left[now];
  const cover = forest.cover[now];
  const share = cover > 0 ? forest.cover[start + left] / cover : 0.5;
  return share * treeMean(forest, start, left) + (1 - share) * treeMean(forest, start, left + 1);
}

function depthBelow(forest: Forest, start: number, node: number): number {
  if (forest.feature[start + node] < 0) return 0;
  const left = forest.left[start + node];
  return 1 + Math.max(depthBelow(forest, start, left), depthBelow(forest, start, left + 1));
}

function copyPath(
  feature: Int32Array,
  zero: Float64Array,
  one: Float64Array,
  weight: Float64Array,
  from: number,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    feature[to + i] = feature[from + i];
    zero[to + i] = zero[from + i];
    one[to + i] = one[from + i];
    weight[to + i] = weight[from + i];
  }
}

/** Makes the path one element longer; `weight[i]` then sums over the subsets of size i. */
function extend(
  feature: Int32Array,
  zero: Float64Array,
  one: Float64Array,
  weight: Float64Array,
  at: number,
  length: number,
  zeroFraction: number,
  oneFraction: number,
  split: number,
): void {
  feature[at + length] = split;
  zero[at + length] = zeroFraction;
  one[at + length] = oneFraction;
  weight[at + length] = length === 0 ? 1 : 0;
  const per = 1 / (length + 1);
  for (let i = length - 1; i >= 0; i--) {
    weight[at + i + 1] += oneFraction * weight[at + i] * (i + 1) * per;
    weight[at + i] = zeroFraction * weight[at + i] * (length - i) * per;
  }
}

/** Takes element `out` away again, as if it had never been extended. `length` is the index of the last element. */
function unwind(
  feature: Int32Array,
  zero: Float64Array,
  one: Float64Array,
  weight: Float64Array,
  at: number,
  length: number,
  out: number,
): void {
  const o = one[at + out];
  const z = zero[at + out];
  let next = weight[at + length];
  for (let i = length - 1; i >= 0; i--) {
    if (o !== 0) {
      const kept = weight[at + i];
      weight[at + i] = (next * (length + 1)) / ((i + 1) * o);
      next = kept - (weight[at + i] * z * (length - i)) / (length + 1);
    } else weight[at + i] = (weight[at + i] * (length + 1)) / (z * (length - i));
  }
  for (let i = out; i < length; i++) {
    feature[at + i] = feature[at + i + 1];
    zero[at + i] = zero[at + i + 1];
    one[at + i] = one[at + i + 1];
  }
}

/** Gives a leaf's value to the features on its path. One fractions are 0 or 1 here, so only `zero` divides, once. */
function addLeaf(
  feature: Int32Array,
  zero: Float64Array,
  one: Float64Array,
  weight: Float64Array,
  at: number,
  length: number,
  value: number,
  reciprocal: Float64Array,
  phi: Float64Array,
): void {
  const scaled = (length + 1) * value;
  for (let i = 1; i <= length; i++) {
    const z = zero[at + i];
    let total = 0;
    if (one[at + i] !== 0) {
      let next = weight[at + length];
      for (let j = length - 1; j >= 0; j--) {
        const part = next * reciprocal[j + 1];
        total += part;
        next = weight[at + j] - part * z * (length - j);
      }
      phi[feature[at + i]] += total * (1 - z) * scaled;
    } else {
      for (let j = length - 1; j >= 0; j--) total += weight[at + j] * reciprocal[length - j];
      // Σ weight / (z · …), times (0 − z).
      phi[feature[at + i]] -= total * scaled;
    }
  }
}
