import { BLOCK_ROWS, blockOfCodes, type CodedForest, codeRows, NODE_INTS } from './coded-forest.ts';
import type { Forest } from './forest.ts';
import { type WideForest, wideForest } from './wide-forest.ts';

/** For fewer rows, walks are faster. */
const WIDE_ROWS = 16;

/**
 * A forest for scoring many rows. A row's margin is base, then its trees in order, whatever the block and the way: rows walk
 * the trees only where compiled code cannot have them all at once.
 */
export class CompiledForest {
  readonly #coded: CodedForest;
  readonly #values: Float64Array;
  readonly #roots: Int32Array;
  readonly #output: Int32Array;
  readonly #codes: Uint8Array;
  readonly #base: readonly number[];
  readonly #wide: WideForest | null;

  constructor(forest: Forest, coded: CodedForest, base: readonly number[], compiled = true) {
    this.#coded = coded;
    this.#values = forest.value;
    this.#roots = forest.treeStart.slice(0, -1);
    this.#output = forest.output;
    this.#base = base;
    this.#wide = compiled ? wideForest(forest, coded, base.length) : null;
    this.#codes = this.#wide?.codes ?? blockOfCodes(coded);
  }

  /** `out[output][row]` for `rows` rows. */
  margins(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    const { nodes, depths } = this.#coded;
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      codeRows(this.#coded, features, from, count, this.#codes);
      if (this.#wide !== null && count >= WIDE_ROWS) {
        this.#addWide(this.#wide, from, count, out);
        continue;
      }
      for (let k = 0; k < out.length; k++) out[k].fill(this.#base[k], from, from + count);
      for (let tree = 0; tree < this.#roots.length; tree++) {
        const root = this.#roots[tree] * NODE_INTS;
        const margins = out[this.#output[tree]];
        addTree(nodes, this.#values, root, depths[tree], this.#codes, count, margins, from);
      }
    }
  }

  #addWide(wide: WideForest, from: number, count: number, out: readonly Float64Array[]): void {
    for (let k = 0; k < out.length; k++) wide.margins.fill(this.#base[k], k * BLOCK_ROWS, (k + 1) * BLOCK_ROWS);
    wide.addTrees(count);
    for (let k = 0; k < out.length; k++)
      out[k].set(wide.margins.subarray(k * BLOCK_ROWS, k * BLOCK_ROWS + count), from);
  }
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
