import { assert } from '../../engine/base/assert.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import type { Scorer } from '../../engine/contract/operator.ts';
import type { ModelContent } from '../../engine/contract/value.ts';

interface LinearLearned {
  readonly weights: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
  readonly means: readonly number[];
}

/** A row's margin is the intercept, then weight · value feature by feature; a missing value is its training mean. */
export class LinearScorer implements Scorer {
  readonly #learned: LinearLearned;
  readonly #features: number;
  #scratch: Float64Array[] = [];

  /** @throws OperationalError R343 when the model's parts do not fit its features. */
  constructor(model: ModelContent) {
    const learned = model.learned as unknown as LinearLearned;
    this.#features = model.features.length;
    const fits = learned.weights.every(weights => weights.length === this.#features);
    if (!fits || learned.means.length !== this.#features || learned.intercepts.length !== learned.weights.length) {
      throw new OperationalError('R343', 'a model’s weights do not fit its features', {
        hint: 'train the model again',
      });
    }
    this.#learned = learned;
  }

  probabilities(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    const margins = this.#margins(features, rows);
    if (margins.length === 1) {
      for (let row = 0; row < rows; row++) {
        out[1][row] = 1 / (1 + Math.exp(-margins[0][row]));
        out[0][row] = 1 - out[1][row];
      }
      return;
    }
    for (let row = 0; row < rows; row++) {
      let largest = -Infinity;
      for (const own of margins) largest = Math.max(largest, own[row]);
      let sum = 0;
      for (let k = 0; k < margins.length; k++) sum += out[k][row] = Math.exp(margins[k][row] - largest);
      for (let k = 0; k < margins.length; k++) out[k][row] /= sum;
    }
  }

  margins(features: readonly Float64Array[], rows: number): Float64Array {
    return this.#margins(features, rows).at(-1)!.slice(0, rows);
  }

  contributions(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): Float64Array {
    const weights = this.#learned.weights.at(-1)!;
    const { means } = this.#learned;
    let base = this.#learned.intercepts.at(-1)!;
    for (let f = 0; f < this.#features; f++) {
      base += weights[f] * means[f];
      for (let row = 0; row < rows; row++) {
        const x = features[f][row];
        out[f][row] = Number.isNaN(x) ? 0 : weights[f] * (x - means[f]);
      }
    }
    return new Float64Array(rows).fill(base);
  }

  #margins(features: readonly Float64Array[], rows: number): Float64Array[] {
    assert(features.length === this.#features, 'as many features as the model has');
    const { weights, intercepts, means } = this.#learned;
    if (this.#scratch.length === 0 || this.#scratch[0].length < rows) {
      this.#scratch = intercepts.map(() => new Float64Array(rows));
    }
    intercepts.forEach((intercept, k) => {
      this.#scratch[k].fill(intercept, 0, rows);
      for (let f = 0; f < this.#features; f++) addColumn(features[f], means[f], weights[k][f], rows, this.#scratch[k]);
    });
    return this.#scratch;
  }
}

function addColumn(column: Float64Array, mean: number, weight: number, rows: number, out: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    const x = column[row];
    out[row] += weight * (Number.isNaN(x) ? mean : x);
  }
}
