import { OperationalError } from '../../engine/base/operational-error.ts';
import { type CodedColumn, codeBlock, codedColumn, MISSING_RIGHT } from './coded-column.ts';
import type { Forest } from './forest.ts';

/** Rows worked on together: their codes stay in the first cache while all trees run over them. */
export const BLOCK_ROWS = 256;
/** Entries of a node in `nodes`: column · block, threshold code, left child, spare. */
export const NODE_INTS = 4;

/**
 * A forest whose features are bytes: each feature is cut at the thresholds the trees use, and a node then compares codes.
 * Missing is code 255 where it goes right and 0 where it goes left, in a column of its own for each, so a walk has no branch.
 */
export interface CodedForest {
  readonly columns: readonly CodedColumn[];
  /**
   * `NODE_INTS` entries per node: where its column's codes begin in a block, the largest code that goes left, and the
   * entry of the left child. A leaf leads to itself.
   */
  readonly nodes: Int32Array;
  /** Levels below each tree's root. */
  readonly depths: Int32Array;
}

/** @throws OperationalError R343 when a feature has more thresholds than a byte tells apart. */
export function codedForest(forest: Forest, features: number): CodedForest {
  const cuts = thresholdsByFeature(forest, features);
  const columns: CodedColumn[] = [];
  const columnOf = new Map<number, number>();
  const nodes = new Int32Array(forest.feature.length * NODE_INTS);
  const depths = new Int32Array(forest.treeStart.length - 1);
  for (let tree = 0; tree < depths.length; tree++) {
    const start = forest.treeStart[tree];
    const depth = new Int32Array(forest.treeStart[tree + 1] - start);
    for (let node = 0; node < depth.length; node++) {
      const now = start + node;
      const feature = forest.feature[now];
      setNode(nodes, now, 0, MISSING_RIGHT, now);
      depths[tree] = Math.max(depths[tree], depth[node]);
      if (feature < 0) continue;
      const left = forest.left[now];
      depth[left] = depth[left + 1] = depth[node] + 1;
      const key = feature * 2 + forest.missingLeft[now];
      let column = columnOf.get(key);
      if (column === undefined) {
        column = columns.push(codedColumn(feature, cuts[feature], forest.missingLeft[now] === 1)) - 1;
        columnOf.set(key, column);
      }
      setNode(nodes, now, column * BLOCK_ROWS, cuts[feature].indexOf(forest.threshold[now]), start + left);
    }
  }
  return { columns, nodes, depths };
}

function setNode(nodes: Int32Array, node: number, column: number, code: number, left: number): void {
  nodes[node * NODE_INTS] = column;
  nodes[node * NODE_INTS + 1] = code;
  nodes[node * NODE_INTS + 2] = left * NODE_INTS;
}

export function blockOfCodes(coded: CodedForest, block = BLOCK_ROWS): Uint8Array {
  return new Uint8Array(Math.max(1, coded.columns.length) * block);
}

/** `codes[column · block + i]` of rows `from + i`. */
export function codeRows(
  coded: CodedForest,
  features: readonly Float64Array[],
  from: number,
  count: number,
  codes: Uint8Array,
  block = BLOCK_ROWS,
): void {
  coded.columns.forEach((input, column) => {
    codeBlock(input, features[input.feature], from, count, codes, column * block);
  });
}

function thresholdsByFeature(forest: Forest, features: number): number[][] {
  const found = Array.from({ length: features }, () => new Set<number>());
  forest.feature.forEach((feature, node) => {
    if (feature >= 0) found[feature].add(forest.threshold[node]);
  });
  return found.map(set => {
    if (set.size > 255) throw new OperationalError('R343', 'a model’s feature has more than 255 thresholds');
    return [...set].sort((a, b) => a - b);
  });
}
