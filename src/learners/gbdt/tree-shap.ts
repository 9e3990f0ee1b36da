import { BLOCK_ROWS, blockOfCodes, type CodedForest, codeRows, NODE_INTS } from './coded-forest.ts';
import type { Forest } from './forest.ts';
import { type LeafTables, leftShare, type ShapTree, type ShapUnit, shapTrees } from './shap-units.ts';

/** Rows explained together by one tree after another: enough for a unit's parts to be fetched once for many rows. */
const SHAP_ROWS = 1024;
/** Doubles of contributions kept from call to call (64 MiB); where there are more, each unit's last for one block of rows. */
const KEPT_LIMIT = 8 * 1024 * 1024;

/**
 * Exact path-dependent TreeSHAP of one output: the values of Lundberg et al. 2020 ("From local explanations to global
 * understanding with explainable AI for trees"), Algorithm 2. A feature left out is averaged over both branches by their cover,
 * here the sum of hessians of the training rows.
 *
 * What a leaf gives depends on a row only by which of the path's features the row fails, so it is worked out once per such
 * pattern and then looked up (Yang 2021, "Fast TreeSHAP", algorithm v2). Neighbouring leaves share one pattern and one
 * lookup (`shap-units.ts`). A row's sums run over trees, units and features in order, so any cut of the rows gives the same.
 */
export class TreeShap {
  readonly #coded: CodedForest;
  readonly #trees: readonly ShapTree[];
  readonly #leaves: LeafTables;
  /** Features that any tree uses, and each feature's place among them. */
  readonly #used: Int32Array;
  readonly #place: Int32Array;
  /** `k! (n − 1 − k)! / n!` at `n · stride + k`. */
  readonly #weights: Float64Array;
  readonly #stride: number;
  readonly #codes: Uint8Array;
  /** `[slot · SHAP_ROWS + row]`: path bits. */
  readonly #bits: Int32Array;
  /** By row: its pattern in the unit at hand, then where that pattern's parts lie. */
  readonly #at: Int32Array;
  /** `[place · SHAP_ROWS + row]` */
  readonly #phi: Float64Array;
  /** Parts by unit and pattern, NaN until worked out; of one unit after another where they are not kept. */
  #parts = new Float64Array(0);
  readonly #isKept: boolean;
  readonly #partsLength: number;
  readonly #passing: Float64Array;
  readonly #polynomial: Float64Array;

  constructor(forest: Forest, coded: CodedForest, output: number, keptLimit = KEPT_LIMIT) {
    this.#coded = coded;
    const roots: number[] = [];
    forest.output.forEach((own, tree) => {
      if (own === output) roots.push(forest.treeStart[tree]);
    });
    const { trees, leaves } = shapTrees(forest, roots);
    this.#trees = trees;
    this.#leaves = leaves;
    this.#used = Int32Array.from(new Set(forest.feature))
      .sort()
      .filter(feature => feature >= 0);
    this.#place = new Int32Array((this.#used.at(-1) ?? 0) + 1);
    this.#used.forEach((feature, place) => {
      this.#place[feature] = place;
    });
    let slots = 1;
    let longest = 0;
    let all = 0;
    let largest = 0;
    for (const tree of trees) {
      slots = Math.max(slots, tree.slots);
      for (const { features, patterns } of tree.units) {
        longest = Math.max(longest, features.length);
        largest = Math.max(largest, patterns * features.length);
        all += patterns * features.length;
      }
    }
    this.#isKept = all <= keptLimit;
    this.#partsLength = this.#isKept ? all : largest;
    this.#stride = longest + 1;
    this.#weights = subsetWeights(this.#stride);
    this.#codes = blockOfCodes(coded, SHAP_ROWS);
    this.#bits = new Int32Array(slots * SHAP_ROWS);
    this.#at = new Int32Array(SHAP_ROWS);
    this.#phi = new Float64Array(this.#used.length * SHAP_ROWS);
    this.#passing = new Float64Array(this.#stride);
    this.#polynomial = new Float64Array(this.#stride + 1);
  }

  /** `out[feature][row]`: what each feature adds to the margin of `rows` rows. */
  explain(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    for (const own of out) own.fill(0, 0, rows);
    if (this.#parts.length === 0) this.#parts = new Float64Array(this.#partsLength).fill(Number.NaN);
    for (let from = 0; from < rows; from += SHAP_ROWS) {
      const count = Math.min(SHAP_ROWS, rows - from);
      codeRows(this.#coded, features, from, count, this.#codes, SHAP_ROWS);
      this.#phi.fill(0);
      let first = 0;
      for (const tree of this.#trees) first = this.#addTree(tree, count, first);
      this.#used.forEach((feature, place) => {
        out[feature].set(this.#phi.subarray(place * SHAP_ROWS, place * SHAP_ROWS + count), from);
      });
    }
  }

  /** `first`: where the parts of the tree's units begin. Returns where they end. */
  #addTree(tree: ShapTree, rows: number, first: number): number {
    const { nodes } = this.#coded;
    const bits = this.#bits;
    const at = this.#at;
    const parts = this.#parts;
    bits.fill(0, 0, rows);
    for (const { node, bit, slot, left, right } of tree.splits) {
      const column = (nodes[node * NODE_INTS] / BLOCK_ROWS) * SHAP_ROWS;
      const code = nodes[node * NODE_INTS + 1];
      const children = left * SHAP_ROWS;
      splitBits(this.#codes, column, code, bit, bits, slot * SHAP_ROWS, children, right * SHAP_ROWS, rows);
    }
    for (const unit of tree.units) {
      const width = unit.features.length;
      const length = unit.patterns * width;
      if (!this.#isKept) parts.fill(Number.NaN, 0, length);
      copyBits(bits, unit.slot * SHAP_ROWS, at, rows);
      for (let i = 0; i < unit.inner.length; i++) {
        const node = unit.inner[i] * NODE_INTS;
        const column = (nodes[node] / BLOCK_ROWS) * SHAP_ROWS;
        addBit(this.#codes, column, nodes[node + 1], unit.pathBits + i, at, rows);
      }
      toOffsets(at, width, first, rows);
      for (let row = 0; (row = nextUnknown(parts, at, row, rows)) < rows; )
        this.#work(unit, (at[row] - first) / width, at[row]);
      const place = this.#place;
      const own = unit.features;
      let i = 0;
      for (; i + 3 < width; i += 4) {
        const a = place[own[i]] * SHAP_ROWS;
        const b = place[own[i + 1]] * SHAP_ROWS;
        const c = place[own[i + 2]] * SHAP_ROWS;
        const d = place[own[i + 3]] * SHAP_ROWS;
        addFourParts(parts, at, i, this.#phi, a, b, c, d, rows);
      }
      for (; i < width; i++) addParts(parts, at, i, this.#phi, place[own[i]] * SHAP_ROWS, rows);
      if (this.#isKept) first += length;
    }
    return first;
  }

  /** Works out one pattern's parts, at `at`: the sum over the unit's leaves. */
  #work(unit: ShapUnit, pattern: number, at: number): void {
    const { starts, values, places, tested, passing, shares } = this.#leaves;
    this.#parts.fill(0, at, at + unit.features.length);
    for (let leaf = unit.firstLeaf; leaf < unit.endLeaf; leaf++) {
      const from = starts[leaf];
      const count = starts[leaf + 1] - from;
      for (let i = 0; i < count; i++) {
        this.#passing[i] = ((pattern ^ passing[from + i]) & tested[from + i]) === 0 ? 1 : 0;
      }
      const weights = count * this.#stride;
      addLeaf(
        values[leaf],
        shares,
        places,
        from,
        count,
        this.#passing,
        this.#weights,
        weights,
        this.#polynomial,
        this.#parts,
        at,
      );
    }
  }
}

/** The children's path bits: their parent's, and the split's own where the row does not go there. */
function splitBits(
  codes: Uint8Array,
  column: number,
  code: number,
  bit: number,
  bits: Int32Array,
  parent: number,
  left: number,
  right: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const goesRight = (code - codes[column + row]) >> 31;
    const own = bits[parent + row];
    bits[left + row] = own | (goesRight & bit);
    bits[right + row] = own | (~goesRight & bit);
  }
}

function copyBits(bits: Int32Array, slot: number, at: Int32Array, rows: number): void {
  for (let row = 0; row < rows; row++) at[row] = bits[slot + row];
}

function addBit(codes: Uint8Array, column: number, code: number, shift: number, at: Int32Array, rows: number): void {
  for (let row = 0; row < rows; row++) at[row] |= ((code - codes[column + row]) >>> 31) << shift;
}

function toOffsets(at: Int32Array, width: number, first: number, rows: number): void {
  for (let row = 0; row < rows; row++) at[row] = first + at[row] * width;
}

function nextUnknown(parts: Float64Array, at: Int32Array, from: number, rows: number): number {
  for (let row = from; row < rows; row++) if (Number.isNaN(parts[at[row]])) return row;
  return rows;
}

function addParts(
  parts: Float64Array,
  at: Int32Array,
  part: number,
  phi: Float64Array,
  first: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) phi[first + row] += parts[at[row] + part];
}

function addFourParts(
  parts: Float64Array,
  at: Int32Array,
  part: number,
  phi: Float64Array,
  a: number,
  b: number,
  c: number,
  d: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const from = at[row] + part;
    phi[a + row] += parts[from];
    phi[b + row] += parts[from + 1];
    phi[c + row] += parts[from + 2];
    phi[d + row] += parts[from + 3];
  }
}

/**
 * Adds what a leaf's value gives to the features on its path. With o = 1 for a feature the row passes and 0 for one it fails,
 * the coefficients of Π (share + o·x) sum over the subsets of each size; leaving one factor out gives those without a feature.
 */
function addLeaf(
  value: number,
  shares: Float64Array,
  places: Int32Array,
  from: number,
  count: number,
  passing: Float64Array,
  weights: Float64Array,
  first: number,
  polynomial: Float64Array,
  parts: Float64Array,
  at: number,
): void {
  polynomial[0] = 1;
  for (let i = 0; i < count; i++) {
    const share = shares[from + i];
    polynomial[i + 1] = 0;
    for (let k = i + 1; k > 0; k--) polynomial[k] = share * polynomial[k] + passing[i] * polynomial[k - 1];
    polynomial[0] *= share;
  }
  // A failed feature's factor is its share alone, which (0 − share) / share leaves as −1: the same for all of them.
  let cold = 0;
  for (let k = 0; k < count; k++) cold += weights[first + k] * polynomial[k];
  for (let i = 0; i < count; i++) {
    if (passing[i] === 0) {
      parts[at + places[from + i]] -= value * cold;
      continue;
    }
    let total = 0;
    let without = 0;
    for (let k = count - 1; k >= 0; k--) {
      without = polynomial[k + 1] - shares[from + i] * without;
      total += weights[first + k] * without;
    }
    parts[at + places[from + i]] += value * (1 - shares[from + i]) * total;
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
