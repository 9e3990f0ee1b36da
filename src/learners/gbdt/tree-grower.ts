import { bestSplit, type Split, type SplitLimits } from './best-split.ts';
import type { GrownNode, GrownTree } from './forest.ts';
import { addInto, copyInto } from './histogram.ts';
import type { SplitOrder, TreeStart } from './messages.ts';
import type { SlotLayout } from './slot-layout.ts';

/** Where a node's histogram comes from: summed from the partitions, or its parent's less its sibling's. */
interface Open {
  readonly node: number;
  readonly parentAt: number;
  readonly built: boolean;
}

/**
 * Grows one tree level by level from the partitions' histograms. Only the lighter child of a split is summed over rows;
 * the other's histogram is what is left of the parent's.
 */
export class TreeGrower {
  readonly #layout: SlotLayout;
  readonly #limits: SplitLimits;
  readonly #depth: number;
  readonly #tree: TreeStart;
  readonly #features: Int32Array;
  readonly #stride: number;
  readonly #scratch = new Float64Array(512);
  readonly #buffers: [Float64Array, Float64Array];
  readonly nodes: GrownNode[] = [];
  #open: Open[] = [{ node: 0, parentAt: -1, built: true }];
  #level = 0;

  constructor(
    layout: SlotLayout,
    limits: SplitLimits,
    depth: number,
    tree: TreeStart,
    features: Int32Array,
    buffers: [Float64Array, Float64Array],
  ) {
    this.#layout = layout;
    this.#limits = limits;
    this.#depth = depth;
    this.#tree = tree;
    this.#features = features;
    this.#stride = layout.slotStart[layout.columns] * 2;
    this.#buffers = buffers;
  }

  /** Doubles that each of the two buffers must hold. */
  static bufferLength(layout: SlotLayout, depth: number): number {
    return 2 ** (depth - 1) * layout.slotStart[layout.columns] * 2;
  }

  /** Takes a level's histograms, in partition order, and says which splits follow; `finished` when none opens a new level. */
  level(parts: readonly Float64Array[]): { readonly splits: readonly SplitOrder[]; readonly finished: boolean } {
    const sums = this.#buffers[this.#level % 2];
    this.#merge(parts, sums);
    if (this.#level === 0) this.nodes.push(this.#rootNode(sums));
    this.#level += 1;
    const splits: SplitOrder[] = [];
    const open: Open[] = [];
    const isLast = this.#level === this.#depth;
    this.#open.forEach((one, at) => {
      const node = this.nodes[one.node];
      const found = bestSplit(
        sums,
        at * this.#stride,
        this.#layout,
        this.#features,
        node.gradient,
        node.hessian,
        this.#limits,
        this.#scratch,
      );
      if (found === null) return;
      const left = this.nodes.length;
      this.#apply(node, found, left);
      const lighter = found.leftHessian <= node.hessian - found.leftHessian ? left : left + 1;
      splits.push({
        node: one.node,
        feature: found.feature,
        bin: found.bin,
        missingLeft: node.missingLeft,
        left,
        build: isLast ? -1 : lighter,
      });
      for (const child of [left, left + 1]) open.push({ node: child, parentAt: at, built: child === lighter });
    });
    this.#open = open;
    return { splits, finished: isLast || splits.length === 0 };
  }

  /** Leaf values −G / (H + λ) times `rate`, by node. */
  finish(rate: number): { readonly tree: GrownTree; readonly values: Float64Array } {
    const values = new Float64Array(this.nodes.length);
    this.nodes.forEach((node, at) => {
      if (node.left !== 0) return;
      const hessian = node.hessian + this.#limits.lambda;
      node.value = hessian > 0 ? (-node.gradient / hessian) * rate : 0;
      values[at] = node.value;
    });
    return { tree: { bag: this.#tree.bag, output: this.#tree.output, nodes: this.nodes }, values };
  }

  #apply(node: GrownNode, found: Split, left: number): void {
    const rightHessian = node.hessian - found.leftHessian;
    node.feature = found.feature;
    node.bin = found.bin;
    node.gain = found.gain;
    node.left = left;
    // Where training had no missing value here, one met later goes with the heavier side.
    node.missingLeft = found.anyMissing ? found.missingLeft : found.leftHessian >= rightHessian;
    this.nodes.push(leaf(found.leftGradient, found.leftHessian));
    this.nodes.push(leaf(node.gradient - found.leftGradient, rightHessian));
  }

  #merge(parts: readonly Float64Array[], sums: Float64Array): void {
    const parents = this.#buffers[(this.#level + 1) % 2];
    const { slotStart } = this.#layout;
    const stride = this.#stride;
    let built = 0;
    for (let at = 0; at < this.#open.length; at++) {
      const one = this.#open[at];
      if (!one.built) continue;
      const shift = (built++ - at) * stride;
      // Column by column, so that what was added up is still at hand for the sibling.
      const sibling = one.parentAt < 0 ? 0 : at % 2 === 0 ? stride : -stride;
      const above = (one.parentAt - at) * stride;
      for (const column of this.#tree.columns) {
        const from = at * stride + slotStart[column] * 2;
        const to = at * stride + slotStart[column + 1] * 2;
        copyInto(sums, parts[0], from, to, shift);
        for (let p = 1; p < parts.length; p++) addInto(sums, parts[p], from, to, shift);
        if (sibling !== 0) subtract(parents, above, sums, from, to, sibling);
      }
    }
  }

  /** All slots of any one column add up to the node's total. */
  #rootNode(sums: Float64Array): GrownNode {
    const column = this.#tree.columns[0];
    let gradient = 0;
    let hessian = 0;
    for (let at = this.#layout.slotStart[column] * 2; at < this.#layout.slotStart[column + 1] * 2; at += 2) {
      gradient += sums[at];
      hessian += sums[at + 1];
    }
    return leaf(gradient, hessian);
  }
}

function leaf(gradient: number, hessian: number): GrownNode {
  return { feature: -1, bin: 0, missingLeft: false, left: 0, value: 0, gradient, hessian, gain: 0 };
}

/** The sibling's sums: those of the parent less `sums[from, to)`. */
function subtract(
  parents: Float64Array,
  above: number,
  sums: Float64Array,
  from: number,
  to: number,
  sibling: number,
): void {
  for (let i = from; i < to; i++) sums[i + sibling] = parents[i + above] - sums[i];
}
