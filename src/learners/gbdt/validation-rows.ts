import type { LearnPartition } from '../../engine/contract/learner.ts';
import { binColumn } from './bins.ts';
import { encodeScored, type FoldedEncoding } from './category-encoding.ts';
import { softmax } from './gradients.ts';
import { MARGIN_BINS, marginBin } from './margin-auroc.ts';
import type { SplitOrder, ValidationSums } from './messages.ts';
import { addLeafValues, type TreeRoutes, treeRoutes } from './tree-routes.ts';

/** A partition's early-stopping rows: their bins by feature, and their margins as the trees grow. */
export class ValidationRows {
  readonly #rows: LearnPartition;
  readonly #bins: Uint8Array;
  readonly #all: Int32Array;
  readonly #routes: TreeRoutes;
  readonly #margins: Float64Array[];
  readonly #byMargin: Float64Array;

  constructor(
    rows: LearnPartition,
    edges: readonly Float64Array[],
    encodings: readonly FoldedEncoding[],
    outputs: number,
    nodes: number,
    wantsAuroc: boolean,
  ) {
    // The bins stand for the values.
    this.#rows = { ...rows, features: [] };
    this.#bins = new Uint8Array(rows.rows * edges.length);
    const encoded = new Float64Array(rows.rows);
    edges.forEach((own, feature) => {
      const encoding = encodings.find(one => one.feature === feature);
      if (encoding !== undefined) encodeScored(encoding, rows.features[feature], rows.rows, encoded);
      const column = encoding === undefined ? rows.features[feature] : encoded;
      binColumn(column, rows.rows, own, this.#bins.subarray(feature * rows.rows));
    });
    this.#all = Int32Array.from({ length: rows.rows }, (_, row) => row);
    this.#routes = treeRoutes(nodes);
    this.#margins = Array.from({ length: outputs }, () => new Float64Array(rows.rows));
    this.#byMargin = new Float64Array(wantsAuroc ? MARGIN_BINS * 2 : 0);
  }

  restart(base: Float64Array): void {
    this.#margins.forEach((margins, output) => {
      margins.fill(base[output]);
    });
  }

  split(order: SplitOrder, missingBin: number): void {
    this.#routes.first[order.node] = order.feature * this.#rows.rows;
    this.#routes.left[order.node] = order.left;
    const table = this.#routes.goesLeft.subarray(order.node * 256, order.node * 256 + 256).fill(0);
    table.fill(1, 0, order.bin + 1);
    table[missingBin] = order.missingLeft ? 1 : 0;
  }

  finishTree(values: Float64Array, output: number): void {
    const { first, left, goesLeft } = this.#routes;
    const rows = this.#rows.rows;
    addLeafValues(this.#bins, 0, this.#all, rows, first, left, goesLeft, values, this.#margins[output]);
    left.fill(0);
  }

  sums(): ValidationSums {
    return this.#margins.length > 1 ? this.#softmaxSums() : this.#logisticSums();
  }

  #logisticSums(): ValidationSums {
    const { rows, labels, weights } = this.#rows;
    const margins = this.#margins[0];
    let loss = 0;
    let total = 0;
    this.#byMargin.fill(0);
    for (let row = 0; row < rows; row++) {
      const weight = weights === null ? 1 : weights[row];
      const signed = labels[row] === 1 ? margins[row] : -margins[row];
      total += weight;
      loss += weight * (signed > 0 ? Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed)) - signed);
      if (this.#byMargin.length > 0) this.#byMargin[marginBin(margins[row]) * 2 + labels[row]] += weight;
    }
    return { loss, weight: total, byMargin: this.#byMargin };
  }

  #softmaxSums(): ValidationSums {
    const { rows, labels, weights } = this.#rows;
    const probabilities = this.#margins.map(() => new Float64Array(rows));
    softmax(this.#margins, rows, probabilities);
    let loss = 0;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const weight = weights === null ? 1 : weights[row];
      total += weight;
      loss -= weight * Math.log(Math.max(probabilities[labels[row]][row], 1e-300));
    }
    return { loss, weight: total, byMargin: this.#byMargin };
  }
}
