import { OperationalError } from '../../engine/base/operational-error.ts';
import { type CodedColumn, codeBlock, codedColumn, MISSING_RIGHT } from './coded-column.ts';
import type { Forest } from './forest.ts';

/** Rows scored together: their codes stay in the first cache while all trees run over them. */
const BLOCK_ROWS = 256;
/** column · block, threshold code, left child, spare. */
const NODE_INTS = 4;

/**
 * A forest for scoring many rows. Each feature is cut once per block at the thresholds the trees use, to a byte; a node
 * then compares bytes. Missing is code 255 where it goes right and 0 where it goes left, in a column of its own for each,
 * so a walk has no branch. A leaf leads to itself. A row's margin is base, then its trees in order, whatever the block.
 */
export class CompiledForest {
  readonly #inputs: readonly CodedColumn[];
  readonly #nodes: Int32Array;
  readonly #values: Float64Array;
  readonly #roots: Int32Array;
  readonly #depths: Int32Array;
  readonly #output: Int32Array;
  readonly #codes: Uint8Array;
  readonly #base: readonly number[];

  constructor(forest: Forest, base: readonly number[], features: number) {
    const cuts = thresholdsByFeature(forest, features);
    const inputs: CodedColumn[] = [];
    const columnOf = new Map<number, number>();
    const nodes = forest.feature.length;
    this.#nodes = new Int32Array(nodes * NODE_INTS);
    this.#values = forest.value;
    this.#roots = forest.treeStart.slice(0, -1);
    this.#depths = new Int32Array(this.#roots.length);
    this.#output = forest.output;
    this.#base = base;
    for (let tree = 0; tree < this.#roots.length; tree++) {
      const start = forest.treeStart[tree];
      const depth = new Int32Array(forest.treeStart[tree + 1] - start);
      for (let node = 0; node < depth.length; node++) {
        const now = start + node;
        const feature = forest.feature[now];
        this.#nodes.set([0, MISSING_RIGHT, now * NODE_INTS], now * NODE_INTS);
        this.#depths[tree] = Math.max(this.#depths[tree], depth[node]);
        if (feature < 0) continue;
        const left = forest.left[now];
        depth[left] = depth[left + 1] = depth[node] + 1;
        const key = feature * 2 + forest.missingLeft[now];
        let column = columnOf.get(key);
        if (column === undefined) {
          column = inputs.push(codedColumn(feature, cuts[feature], forest.missingLeft[now] === 1)) - 1;
          columnOf.set(key, column);
        }
        const code = cuts[feature].indexOf(forest.threshold[now]);
        this.#nodes.set([column * BLOCK_ROWS, code, (start + left) * NODE_INTS], now * NODE_INTS);
      }
    }
    this.#inputs = inputs;
    this.#codes = new Uint8Array(Math.max(1, inputs.length) * BLOCK_ROWS);
  }

  /** `out[output][row]` for `rows` rows. */
  margins(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      this.#inputs.forEach((input, column) => {
        codeBlock(input, features[input.feature], from, count, this.#codes, column * BLOCK_ROWS);
      });
      for (let k = 0; k < out.length; k++) out[k].fill(this.#base[k], from, from + count);
      for (let tree = 0; tree < this.#roots.length; tree++) {
        const root = this.#roots[tree] * NODE_INTS;
        const margins = out[this.#output[tree]];
        addTree(this.#nodes, this.#values, root, this.#depths[tree], this.#codes, count, margins, from);
      }
    }
  }
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

/** Four rows side by side, so that their chains of loads overlap. */
function addTree(
  nodes: Int32Array,
  values: Float64Array,
  root: number,
  depth: number,
  codes: Uint8Array,
  count: number,
  margins: Float64Array,
  from: number,
): void {
  let row = 0;
  for (; row + 3 < count; row += 4) {
    let a = root;
    let b = root;
    let c = root;
    let d = root;
    for (let level = 0; level < depth; level++) {
      a = nodes[a + 2] + (((nodes[a + 1] - codes[nodes[a] + row]) >>> 31) << 2);
      b = nodes[b + 2] + (((nodes[b + 1] - codes[nodes[b] + row + 1]) >>> 31) << 2);
      c = nodes[c + 2] + (((nodes[c + 1] - codes[nodes[c] + row + 2]) >>> 31) << 2);
      d = nodes[d + 2] + (((nodes[d + 1] - codes[nodes[d] + row + 3]) >>> 31) << 2);
    }
    margins[from + row] += values[a >>> 2];
    margins[from + row + 1] += values[b >>> 2];
    margins[from + row + 2] += values[c >>> 2];
    margins[from + row + 3] += values[d >>> 2];
  }
  for (; row < count; row++) {
    let a = root;
    for (let level = 0; level < depth; level++) {
      a = nodes[a + 2] + (((nodes[a + 1] - codes[nodes[a] + row]) >>> 31) << 2);
    }
    margins[from + row] += values[a >>> 2];
  }
}
