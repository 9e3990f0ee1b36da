import type { Forest } from './forest.ts';
import { type LeafPaths, leafPaths, leftShare } from './leaf-paths.ts';

/** Rows explained together by one tree after another. */
const BLOCK_ROWS = 64;

/**
 * Exact path-dependent TreeSHAP of one output: the values of Lundberg et al. 2020 ("From local explanations to global
 * understanding with explainable AI for trees"), Algorithm 2. A feature left out is averaged over both branches by their cover,
 * here the sum of hessians of the training rows.
 *
 * A leaf's part depends on a row only by which of the path's features the row fails, a mask of a few bits. So each (leaf, mask)
 * is worked out once and kept, as in Yang 2021 ("Fast TreeSHAP"), and a row costs one addition per path element.
 */
export class TreeShap {
  readonly #forest: Forest;
  readonly #output: number;
  readonly #paths: LeafPaths;
  /** `k! (n − 1 − k)! / n!` at `n · stride + k`. */
  readonly #weights: Float64Array;
  readonly #stride: number;
  /** `[feature · BLOCK_ROWS + row]`: values of a block of rows, and what has been added up for them. */
  readonly #x: Float64Array;
  readonly #phi: Float64Array;
  /** By node of a tree: the features of its path that the row at hand fails. */
  readonly #failed: Int32Array;
  readonly #parts: Float64Array;
  readonly #polynomial: Float64Array;

  constructor(forest: Forest, features: number, output: number) {
    this.#forest = forest;
    this.#output = output;
    this.#paths = leafPaths(forest, output);
    this.#stride = this.#paths.longest + 1;
    this.#weights = subsetWeights(this.#stride);
    this.#x = new Float64Array(features * BLOCK_ROWS);
    this.#phi = new Float64Array(features * BLOCK_ROWS);
    let largest = 1;
    for (let tree = 0; tree + 1 < forest.treeStart.length; tree++) {
      largest = Math.max(largest, forest.treeStart[tree + 1] - forest.treeStart[tree]);
    }
    this.#failed = new Int32Array(largest);
    this.#parts = new Float64Array(this.#stride);
    this.#polynomial = new Float64Array(this.#stride + 1);
  }

  /** `out[feature][row]`: what each feature adds to the margin of `rows` rows. The same for any cut of the rows. */
  explain(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      for (let f = 0; f < features.length; f++) {
        this.#x.set(features[f].subarray(from, from + count), f * BLOCK_ROWS);
      }
      this.#phi.fill(0);
      const { treeStart, output } = this.#forest;
      for (let tree = 0; tree + 1 < treeStart.length; tree++) {
        if (output[tree] === this.#output) this.#addTree(treeStart[tree], treeStart[tree + 1], count);
      }
      for (let f = 0; f < features.length; f++) {
        out[f].set(this.#phi.subarray(f * BLOCK_ROWS, f * BLOCK_ROWS + count), from);
      }
    }
  }

  #addTree(root: number, end: number, rows: number): void {
    const { feature: split, threshold, missingLeft, left } = this.#forest;
    const { bit, start, count, feature, keptAt, maskAt, kept, isKept } = this.#paths;
    const failed = this.#failed;
    const x = this.#x;
    const phi = this.#phi;
    for (let row = 0; row < rows; row++) {
      failed[0] = 0;
      // Children come after their parent.
      for (let now = root; now < end; now++) {
        const mask = failed[now - root];
        const f = split[now];
        if (f >= 0) {
          const value = x[f * BLOCK_ROWS + row];
          const goesLeft = Number.isNaN(value) ? missingLeft[now] === 1 : value <= threshold[now];
          failed[left[now]] = goesLeft ? mask : mask | bit[now];
          failed[left[now] + 1] = goesLeft ? mask | bit[now] : mask;
          continue;
        }
        let parts = kept;
        let at = keptAt[now] + mask * count[now];
        if (keptAt[now] < 0) {
          parts = this.#parts;
          at = 0;
          this.#addLeafParts(now, mask, parts, at);
        } else if (isKept[maskAt[now] + mask] === 0) {
          this.#addLeafParts(now, mask, parts, at);
          isKept[maskAt[now] + mask] = 1;
        }
        for (let i = 0; i < count[now]; i++) phi[feature[start[now] + i] * BLOCK_ROWS + row] += parts[at + i];
      }
    }
  }

  #addLeafParts(leaf: number, failed: number, parts: Float64Array, at: number): void {
    const { start, count, share } = this.#paths;
    const weights = this.#weights.subarray(count[leaf] * this.#stride);
    const shares = share.subarray(start[leaf], start[leaf] + count[leaf]);
    leafParts(shares, failed, this.#forest.value[leaf], weights, this.#polynomial, parts, at);
  }
}

/**
 * Gives a leaf's value to the features on its path. With o = 1 for a feature the row passes and 0 for one it fails, the
 * coefficients of Π (share + o·x) sum over the subsets of each size; leaving one factor out gives those without a feature.
 */
function leafParts(
  shares: Float64Array,
  failed: number,
  value: number,
  weights: Float64Array,
  polynomial: Float64Array,
  parts: Float64Array,
  at: number,
): void {
  const count = shares.length;
  polynomial[0] = 1;
  for (let i = 0; i < count; i++) {
    const share = shares[i];
    const passes = (failed >> i) & 1 ? 0 : 1;
    polynomial[i + 1] = 0;
    for (let k = i + 1; k > 0; k--) polynomial[k] = share * polynomial[k] + passes * polynomial[k - 1];
    polynomial[0] *= share;
  }
  // A failed feature's factor is its share alone, which (0 − share) / share leaves as −1: the same for all of them.
  let cold = 0;
  for (let k = 0; k < count; k++) cold += weights[k] * polynomial[k];
  for (let i = 0; i < count; i++) {
    if ((failed >> i) & 1) {
      parts[at + i] = -value * cold;
      continue;
    }
    let total = 0;
    let without = 0;
    for (let k = count - 1; k >= 0; k--) {
      without = polynomial[k + 1] - shares[i] * without;
      total += weights[k] * without;
    }
    parts[at + i] = value * (1 - shares[i]) * total;
  }
}

function subsetWeights(stride: number): Float64Array {
  const weights = new Float64Array(stride * stride);
  for (let n = 1; n < stride; n++) {
    weights[n * stride] = 1 / n;
    for (let k = 1; k < n; k++) weights[n * stride + k] = (weights[n * stride + k - 1] * k) / (n - k);
  }
  return weights;
}

/** Cover-weighted mean of a tree's leaves: the margin it gives when nothing is known. */
export function treeMean(forest: Forest, start: number, node = 0): number {
  const now = start + node;
  if (forest.feature[now] < 0) return forest.value[now];
  const left = forest.left[now];
  const share = leftShare(forest, start, node);
  return share * treeMean(forest, start, left) + (1 - share) * treeMean(forest, start, left + 1);
}
