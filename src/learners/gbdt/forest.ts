import { OperationalError } from '../../engine/base/operational-error.ts';
import type { ValueContent } from '../../engine/contract/value.ts';
import { bytesOf, float64sFrom, int32sFrom, uint8sFrom } from '../support/float-bytes.ts';

/**
 * Trees as parallel arrays over all nodes, tree after tree. A row goes left where its value ≤ threshold, or where it is
 * missing and `missingLeft` is 1. Node 0 of a tree is its root; a right child is the node after the left one.
 */
export interface Forest {
  /** Index of each tree's first node; trees + 1 entries. */
  readonly treeStart: Int32Array;
  /** Which margin each tree adds to. */
  readonly output: Int32Array;
  /** -1 for a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly missingLeft: Uint8Array;
  /** Left child within the tree; 0 for a leaf. */
  readonly left: Int32Array;
  /** Leaf value in margin units; 0 for an inner node. */
  readonly value: Float64Array;
  /** Sum of hessians of the training rows in the node: the weights of path-dependent TreeSHAP. */
  readonly cover: Float64Array;
}

/** One finished tree, thresholds as bins of the training run's edges. */
export interface GrownTree {
  readonly bag: number;
  readonly output: number;
  readonly nodes: readonly GrownNode[];
}
export interface GrownNode {
  feature: number;
  bin: number;
  missingLeft: boolean;
  left: number;
  value: number;
  readonly gradient: number;
  readonly hessian: number;
  gain: number;
}

/** Leaf values are multiplied by `scale` (1 / bags), so that bags are averaged by their sum. */
export function forestOf(trees: readonly GrownTree[], edges: readonly Float64Array[], scale: number): Forest {
  const treeStart = new Int32Array(trees.length + 1);
  trees.forEach((tree, t) => {
    treeStart[t + 1] = treeStart[t] + tree.nodes.length;
  });
  const nodes = trees.flatMap(tree => tree.nodes);
  return {
    treeStart,
    output: Int32Array.from(trees, tree => tree.output),
    feature: Int32Array.from(nodes, node => node.feature),
    threshold: Float64Array.from(nodes, node => (node.feature < 0 ? 0 : thresholdOf(edges[node.feature], node.bin))),
    missingLeft: Uint8Array.from(nodes, node => (node.missingLeft ? 1 : 0)),
    left: Int32Array.from(nodes, node => node.left),
    value: Float64Array.from(nodes, node => node.value * scale),
    cover: Float64Array.from(nodes, node => node.hessian),
  };
}

/** The last bin has no upper edge: such a split parts missing from known. */
function thresholdOf(edges: Float64Array, bin: number): number {
  return bin < edges.length ? edges[bin] : Infinity;
}

export function forestBytes(forest: Forest): Record<string, Uint8Array> {
  return {
    tree_start: bytesOf(forest.treeStart),
    output: bytesOf(forest.output),
    feature: bytesOf(forest.feature),
    threshold: bytesOf(forest.threshold),
    missing_left: bytesOf(forest.missingLeft),
    left: bytesOf(forest.left),
    value: bytesOf(forest.value),
    cover: bytesOf(forest.cover),
  };
}

/** @throws OperationalError R343 where the parts do not fit together. */
export function forestFrom(bytes: ValueContent['bytes'], features: number, outputs: number): Forest {
  const forest: Forest = {
    treeStart: int32sFrom(bytes, 'tree_start'),
    output: int32sFrom(bytes, 'output'),
    feature: int32sFrom(bytes, 'feature'),
    threshold: float64sFrom(bytes, 'threshold'),
    missingLeft: uint8sFrom(bytes, 'missing_left'),
    left: int32sFrom(bytes, 'left'),
    value: float64sFrom(bytes, 'value'),
    cover: float64sFrom(bytes, 'cover'),
  };
  if (!isSound(forest, features, outputs)) {
    throw new OperationalError('R343', 'a model’s trees are damaged', { hint: 'train the model again' });
  }
  return forest;
}

/** Every child lies after its parent and inside its tree, so a walk always ends. */
function isSound(forest: Forest, features: number, outputs: number): boolean {
  const trees = forest.treeStart.length - 1;
  const nodes = forest.feature.length;
  const lengths = [forest.threshold, forest.missingLeft, forest.left, forest.value, forest.cover];
  if (trees < 0 || forest.output.length !== trees || lengths.some(array => array.length !== nodes)) return false;
  if (forest.treeStart[0] !== 0 || forest.treeStart[trees] !== nodes) return false;
  for (let t = 0; t < trees; t++) {
    const size = forest.treeStart[t + 1] - forest.treeStart[t];
    if (size < 1 || !(forest.output[t] >= 0 && forest.output[t] < outputs)) return false;
    for (let n = 0; n < size; n++) {
      const at = forest.treeStart[t] + n;
      const isLeaf = forest.feature[at] < 0;
      if (isLeaf ? forest.left[at] !== 0 : forest.left[at] <= n || forest.left[at] + 1 >= size) return false;
      if (forest.feature[at] >= features) return false;
    }
  }
  return true;
}
