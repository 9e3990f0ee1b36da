import { assert } from '../../engine/base/assert.ts';
import { addTo } from '../../engine/columnar/add-to.ts';
import type { Scorer } from '../../engine/contract/operator.ts';
import type { ModelContent, ValueContent } from '../../engine/contract/value.ts';
import { float64sFrom } from '../support/float-bytes.ts';
import { type CategoryEncoding, encodeScored } from './category-encoding.ts';
import { type CodedForest, codedForest } from './coded-forest.ts';
import { CompiledForest } from './compiled-forest.ts';
import { type Forest, forestFrom } from './forest.ts';
import { softmax } from './gradients.ts';
import type { GbdtLearned } from './learned-forest.ts';
import { TreeShap, treeMean } from './tree-shap.ts';

/** How far base + contributions may be from the margin, relative to its size: rounding only. */
const ADDITIVITY_TOLERANCE = 1e-6;

export class ForestScorer implements Scorer {
  readonly #forest: Forest;
  readonly #coded: CodedForest;
  readonly #compiled: CompiledForest;
  readonly #encodings: readonly CategoryEncoding[];
  readonly #base: readonly number[];
  readonly #features: number;
  #shap: TreeShap | null = null;
  #expected = Number.NaN;
  #scratch: Float64Array[] = [];

  /** @throws OperationalError R343 when the model's parts are damaged. */
  constructor(model: ModelContent, bytes: ValueContent['bytes']) {
    const learned = model.learned as unknown as GbdtLearned;
    this.#features = model.features.length;
    this.#base = learned.base;
    this.#forest = forestFrom(bytes, this.#features, this.#base.length);
    this.#coded = codedForest(this.#forest, this.#features);
    this.#compiled = new CompiledForest(this.#forest, this.#coded, this.#base);
    this.#encodings = learned.categories.map(({ feature, prior }) => ({
      feature,
      prior,
      keys: float64sFrom(bytes, `keys.${feature}`),
      rates: float64sFrom(bytes, `rates.${feature}`),
    }));
  }

  probabilities(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    const margins = this.#marginsByOutput(this.#encoded(features, rows), rows);
    if (margins.length > 1) {
      softmax(margins, rows, out);
      return;
    }
    logistic(margins[0], rows, out[0], out[1]);
  }

  margins(features: readonly Float64Array[], rows: number): Float64Array {
    return this.#marginsByOutput(this.#encoded(features, rows), rows).at(-1)!.slice(0, rows);
  }

  contributions(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): Float64Array {
    const output = this.#base.length - 1;
    if (this.#shap === null) {
      this.#shap = new TreeShap(this.#forest, this.#coded, output);
      this.#expected = this.#expectedMargin(output);
    }
    const encoded = this.#encoded(features, rows);
    this.#shap.explain(encoded, rows, out);
    assertAdditive(this.#expected, out, this.#marginsByOutput(encoded, rows).at(-1)!, rows);
    return new Float64Array(rows).fill(this.#expected);
  }

  #expectedMargin(output: number): number {
    let sum = this.#base[output];
    const { treeStart } = this.#forest;
    for (let tree = 0; tree + 1 < treeStart.length; tree++) {
      if (this.#forest.output[tree] === output) sum += treeMean(this.#forest, treeStart[tree]);
    }
    return sum;
  }

  /** Longer than `rows` where an earlier batch was; good until the next call. */
  #marginsByOutput(encoded: readonly Float64Array[], rows: number): Float64Array[] {
    if (this.#scratch.length === 0 || this.#scratch[0].length < rows) {
      this.#scratch = this.#base.map(() => new Float64Array(rows));
    }
    this.#compiled.margins(encoded, rows, this.#scratch);
    return this.#scratch;
  }

  #encoded(features: readonly Float64Array[], rows: number): readonly Float64Array[] {
    assert(features.length === this.#features, 'as many features as the model has');
    if (this.#encodings.length === 0) return features;
    const columns = [...features];
    for (const encoding of this.#encodings) {
      columns[encoding.feature] = new Float64Array(rows);
      encodeScored(encoding, features[encoding.feature], rows, columns[encoding.feature]);
    }
    return columns;
  }
}

function assertAdditive(base: number, parts: readonly Float64Array[], margins: Float64Array, rows: number): void {
  const sums = new Float64Array(rows).fill(base);
  for (const part of parts) addTo(sums, part, rows);
  for (let row = 0; row < rows; row++) {
    assert(
      Math.abs(sums[row] - margins[row]) <= ADDITIVITY_TOLERANCE * (1 + Math.abs(margins[row])),
      'contributions add up to the margin',
    );
  }
}

function logistic(margins: Float64Array, rows: number, negative: Float64Array, positive: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    const p = 1 / (1 + Math.exp(-margins[row]));
    positive[row] = p;
    negative[row] = 1 - p;
  }
}
