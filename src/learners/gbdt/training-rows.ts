import type { LearnPartition } from '../../engine/contract/learner.ts';
import { rowHash } from '../support/row-hash.ts';
import { logisticGradients, softmax, softmaxGradients } from './gradients.ts';
import { addToFourHistograms, addToHistogram, gatherGradients, partitionRows } from './histogram.ts';
import type { SplitOrder, TreeStart } from './messages.ts';
import type { GbdtParameters } from './parameters.ts';
import { type SlotLayout, slotColumns, slotOf } from './slot-layout.ts';
import { addByRange, addLeafValues, type TreeRoutes, treeRoutes } from './tree-routes.ts';

/** A partition's training rows as slots, their margins and gradients, and the tree under way: which rows are in which node. */
export class TrainingRows {
  readonly #params: GbdtParameters;
  readonly #seed: number;
  readonly #data: LearnPartition;
  readonly #layout: SlotLayout;
  readonly #quantum: number;
  /** `[column · rows + row]`, and views of each column. */
  readonly #slots: Uint8Array;
  readonly #columns: Uint8Array[];
  readonly #margins: Float64Array[];
  readonly #probabilities: Float64Array[];
  readonly #gradients: Float64Array;
  readonly #ordered: Float64Array;
  readonly #rows: Int32Array;
  readonly #spare: Int32Array;
  /** Rows [from, to) of a node. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #routes: TreeRoutes;
  readonly #sums: Float64Array;
  #sampled = 0;
  #active: Int32Array = new Int32Array(0);

  constructor(
    params: GbdtParameters,
    seed: number,
    data: LearnPartition,
    bins: readonly Uint8Array[],
    layout: SlotLayout,
    quantum: number,
    outputs: number,
    nodes: number,
  ) {
    this.#params = params;
    this.#seed = seed;
    this.#data = data;
    this.#layout = layout;
    this.#quantum = quantum;
    this.#slots = slotColumns(layout, bins, data.rows);
    this.#columns = Array.from({ length: layout.columns }, (_, column) =>
      this.#slots.subarray(column * data.rows, (column + 1) * data.rows),
    );
    this.#margins = Array.from({ length: outputs }, () => new Float64Array(data.rows));
    this.#probabilities = outputs > 1 ? this.#margins.map(() => new Float64Array(data.rows)) : [];
    this.#gradients = new Float64Array(data.rows * 2);
    this.#ordered = new Float64Array(data.rows * 2);
    this.#rows = new Int32Array(data.rows);
    this.#spare = new Int32Array(data.rows);
    this.#from = new Int32Array(nodes);
    this.#to = new Int32Array(nodes);
    this.#routes = treeRoutes(nodes);
    // The merge reads an answer before the next step begins, so one buffer serves all; shared, it crosses threads uncopied.
    const built = 2 ** Math.max(0, params.depth - 2);
    this.#sums = new Float64Array(new SharedArrayBuffer(built * layout.slotStart[layout.columns] * 2 * 8));
  }

  restart(base: Float64Array): void {
    this.#margins.forEach((margins, output) => {
      margins.fill(base[output]);
    });
  }

  /** Gradients and the sample of rows for a new tree; returns the root's histogram. */
  start(tree: TreeStart): Float64Array {
    const { rows, labels, weights } = this.#data;
    if (this.#margins.length === 1) {
      const weight = this.#params.positive_weight;
      logisticGradients(this.#margins[0], labels, weights, weight, rows, this.#quantum, this.#gradients);
    } else {
      // All classes' trees of a round start from the margins the round began with.
      if (tree.output === 0) softmax(this.#margins, rows, this.#probabilities);
      softmaxGradients(this.#probabilities, tree.output, labels, weights, rows, this.#quantum, this.#gradients);
    }
    this.#sample(tree);
    this.#active = tree.columns;
    this.#routes.left.fill(0);
    this.#from[0] = 0;
    this.#to[0] = this.#sampled;
    return this.#histograms([0]);
  }

  /** Rows drawn come first in `rows`, in order; those left out are behind, reversed. */
  #sample(tree: TreeStart): void {
    const { rows } = this.#data;
    const share = this.#params.row_fraction;
    const limit = share * 2 ** 32;
    const draw = tree.bag * 65_536 + tree.round;
    let kept = 0;
    let left = rows;
    for (let row = 0; row < rows; row++) {
      if (share >= 1 || rowHash(this.#seed, draw, row) < limit) this.#rows[kept++] = row;
      else this.#rows[--left] = row;
    }
    this.#sampled = kept;
  }

  /** Carries out a level's splits; returns the histograms of the children to build, in order. */
  split(orders: readonly SplitOrder[]): Float64Array {
    const layout = this.#layout;
    const { column, left, goesLeft } = this.#routes;
    for (const order of orders) {
      const missing = layout.binsOf[order.feature] - 1;
      const own = layout.columnOf[order.feature];
      const table = goesLeft.subarray(order.node * 256, order.node * 256 + 256);
      // Slots of other features that share the column: this one is at its usual bin there.
      const usual = layout.usualBin[order.feature];
      table.fill(binGoesLeft(order, usual, missing));
      for (let bin = 0; bin <= missing; bin++) {
        table[slotOf(layout, order.feature, bin)] = binGoesLeft(order, bin, missing);
      }
      column[order.node] = own;
      left[order.node] = order.left;
      const from = this.#from[order.node];
      const to = this.#to[order.node];
      const middle = partitionRows(this.#rows, from, to, this.#columns[own], table, this.#spare);
      this.#from[order.left] = from;
      this.#to[order.left] = middle;
      this.#from[order.left + 1] = middle;
      this.#to[order.left + 1] = to;
    }
    return this.#histograms(orders.map(order => order.build).filter(node => node >= 0));
  }

  finishTree(values: Float64Array, output: number): void {
    const margins = this.#margins[output];
    const { column, left, goesLeft } = this.#routes;
    for (let node = 0; node < values.length; node++) {
      if (left[node] === 0) addByRange(margins, this.#rows, this.#from[node], this.#to[node], values[node]);
    }
    const { rows } = this.#data;
    const outside = this.#rows.subarray(this.#sampled);
    addLeafValues(this.#slots, rows, outside, outside.length, column, left, goesLeft, values, margins);
  }

  #histograms(nodes: readonly number[]): Float64Array {
    const { slotStart, columns } = this.#layout;
    const stride = slotStart[columns] * 2;
    const sums = this.#sums.subarray(0, nodes.length * stride);
    const active = this.#active;
    nodes.forEach((node, at) => {
      const base = at * stride;
      const from = this.#from[node];
      const to = this.#to[node];
      gatherGradients(this.#gradients, this.#rows, from, to, this.#ordered);
      for (const column of active) sums.fill(0, base + slotStart[column] * 2, base + slotStart[column + 1] * 2);
      let i = 0;
      const bases = new Int32Array(4);
      for (; i + 3 < active.length; i += 4) {
        for (let k = 0; k < 4; k++) bases[k] = base + slotStart[active[i + k]] * 2;
        const a = this.#columns[active[i]];
        const b = this.#columns[active[i + 1]];
        const c = this.#columns[active[i + 2]];
        const d = this.#columns[active[i + 3]];
        addToFourHistograms(sums, bases, a, b, c, d, this.#rows, from, to, this.#ordered);
      }
      for (; i < active.length; i++) {
        const column = active[i];
        const first = base + slotStart[column] * 2;
        addToHistogram(sums, first, this.#columns[column], this.#rows, from, to, this.#ordered);
      }
    });
    return sums;
  }
}

function binGoesLeft(order: SplitOrder, bin: number, missing: number): number {
  return bin === missing ? (order.missingLeft ? 1 : 0) : bin <= order.bin ? 1 : 0;
}
