import type { LearnPartition } from '../../engine/contract/learner.ts';
import { rowHash } from '../support/row-hash.ts';
import { logisticGradients, softmax, softmaxGradients } from './gradients.ts';
import { gatherGradients, partitionRows, takeSums } from './histogram.ts';
import { COLUMN_SUMS, type HistogramMemory, histogramMemory } from './histogram-memory.ts';
import type { SplitOrder, TreeStart } from './messages.ts';
import type { GbdtParameters } from './parameters.ts';
import { firstByte, writeSlotColumns } from './slot-columns.ts';
import { type SlotLayout, slotOf } from './slot-layout.ts';
import { addByRange, addLeafValues, type TreeRoutes, treeRoutes } from './tree-routes.ts';

/** A partition's training rows as slots, their margins and gradients, and the tree under way: which rows are in which node. */
export class TrainingRows {
  readonly #params: GbdtParameters;
  readonly #seed: number;
  readonly #data: LearnPartition;
  readonly #layout: SlotLayout;
  readonly #quantum: number;
  readonly #memory: HistogramMemory;
  readonly #margins: Float64Array[];
  readonly #probabilities: Float64Array[];
  readonly #gradients: Float64Array;
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
    bins: (Uint8Array | null)[],
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
    this.#memory = histogramMemory(data.rows, layout.columns);
    writeSlotColumns(layout, bins, data.rows, this.#memory.bytes);
    this.#rows = this.#memory.rows;
    this.#margins = Array.from({ length: outputs }, () => new Float64Array(data.rows));
    this.#probabilities = outputs > 1 ? this.#margins.map(() => new Float64Array(data.rows)) : [];
    this.#gradients = new Float64Array(data.rows * 2);
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
    this.#sample(tree);
    if (this.#margins.length === 1) {
      const weight = this.#params.positive_weight;
      const count = this.#sampled;
      logisticGradients(this.#margins[0], labels, weights, weight, this.#rows, count, this.#quantum, this.#gradients);
    } else {
      // All classes' trees of a round start from the margins the round began with.
      if (tree.output === 0) softmax(this.#margins, rows, this.#probabilities);
      softmaxGradients(this.#probabilities, tree.output, labels, weights, rows, this.#quantum, this.#gradients);
    }
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
    const { first, left, goesLeft } = this.#routes;
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
      first[order.node] = firstByte(own, this.#data.rows);
      left[order.node] = order.left;
      const from = this.#from[order.node];
      const to = this.#to[order.node];
      const middle = partitionRows(this.#rows, from, to, this.#memory.bytes, first[order.node], table, this.#spare);
      this.#from[order.left] = from;
      this.#to[order.left] = middle;
      this.#from[order.left + 1] = middle;
      this.#to[order.left + 1] = to;
    }
    return this.#histograms(orders.map(order => order.build).filter(node => node >= 0));
  }

  finishTree(values: Float64Array, output: number): void {
    const margins = this.#margins[output];
    const { first, left, goesLeft } = this.#routes;
    for (let node = 0; node < values.length; node++) {
      if (left[node] === 0) addByRange(margins, this.#rows, this.#from[node], this.#to[node], values[node]);
    }
    const outside = this.#rows.subarray(this.#sampled);
    addLeafValues(this.#memory.bytes, 2, outside, outside.length, first, left, goesLeft, values, margins);
  }

  #histograms(nodes: readonly number[]): Float64Array {
    const { slotStart, columns } = this.#layout;
    const stride = slotStart[columns] * 2;
    const sums = this.#sums.subarray(0, nodes.length * stride);
    for (let at = 0; at < nodes.length; at++) {
      const from = this.#from[nodes[at]];
      const to = this.#to[nodes[at]];
      gatherGradients(this.#gradients, this.#rows, from, to, this.#memory.ordered);
      this.#addColumns(sums, at * stride, from, to);
    }
    return sums;
  }

  /** Active columns that share a word are summed together. */
  #addColumns(sums: Float64Array, base: number, from: number, to: number): void {
    const { slotStart } = this.#layout;
    const active = this.#active;
    const memory = this.#memory;
    for (let i = 0; i < active.length; ) {
      const word = active[i] >> 2;
      let set = 0;
      let end = i;
      for (; end < active.length && active[end] >> 2 === word; end++) set |= 1 << (active[end] & 3);
      memory.add(word, set, from, to);
      for (; i < end; i++) {
        const own = slotStart[active[i]];
        const length = (slotStart[active[i] + 1] - own) * 2;
        takeSums(memory.sums, (active[i] & 3) * COLUMN_SUMS, length, sums, base + own * 2);
      }
    }
  }
}

function binGoesLeft(order: SplitOrder, bin: number, missing: number): number {
  return bin === missing ? (order.missingLeft ? 1 : 0) : bin <= order.bin ? 1 : 0;
}
