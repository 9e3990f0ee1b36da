import { type WasmLoop, wasmLoops, wasmMemory } from '../support/wasm-host.ts';
import { BLOCK_ROWS, type CodedForest, NODE_INTS } from './coded-forest.ts';
import type { Forest } from './forest.ts';
import { forestCode } from './forest-code.ts';

/** A leaf's number within its tree is a byte. */
const LEAVES_LIMIT = 256;
const LANE_BYTES = 16;

/** A forest in a memory of its own, for the loop of `forest-code.ts`. */
export interface WideForest {
  /** A block's codes, `[column · BLOCK_ROWS + row]`. */
  readonly codes: Uint8Array;
  /** A block's margins, `[output · BLOCK_ROWS + row]`. */
  readonly margins: Float64Array;
  /** Adds all trees to the margins of the block's first `rows` rows; those behind are undefined after. */
  readonly addTrees: (rows: number) => void;
}

/** Null where a tree has more leaves than a byte counts, or the address space no room. */
export function wideForest(forest: Forest, coded: CodedForest, outputs: number): WideForest | null {
  const trees = treesOf(forest);
  if (trees.some(tree => tree.leaves.length > LEAVES_LIMIT)) return null;
  const numbersAt = coded.columns.length * BLOCK_ROWS;
  const resultsAt = numbersAt + LEAVES_LIMIT * LANE_BYTES;
  const marginsAt = resultsAt + trees.reduce((most, tree) => Math.max(most, tree.inner.length), 0) * LANE_BYTES;
  const nodesAt = marginsAt + outputs * BLOCK_ROWS * 8;
  const valuesAt = nodesAt + trees.reduce((sum, tree) => sum + tree.inner.length, 0) * 16;
  const length = valuesAt + trees.reduce((sum, tree) => sum + tree.leaves.length, 0) * 8;
  const memory = wasmMemory(length);
  if (memory === null) return null;
  const bytes = new Uint8Array(memory.buffer);
  for (let leaf = 0; leaf < LEAVES_LIMIT; leaf++) {
    bytes.fill(leaf, numbersAt + leaf * LANE_BYTES, numbersAt + (leaf + 1) * LANE_BYTES);
  }
  const calls = new Int32Array(trees.length * 4);
  const words = new Int32Array(memory.buffer);
  let node = nodesAt;
  let value = valuesAt;
  trees.forEach(({ inner, leaves, place }, tree) => {
    calls.set([node, node + inner.length * 16, value, marginsAt + forest.output[tree] * BLOCK_ROWS * 8], tree * 4);
    const at = (child: number): number =>
      forest.feature[child] < 0 ? numbersAt + place[child] * LANE_BYTES : resultsAt + place[child] * LANE_BYTES;
    const root = forest.treeStart[tree];
    for (const one of inner) {
      const left = root + forest.left[root + one];
      const [column, code] = coded.nodes.subarray((root + one) * NODE_INTS);
      words.set([column, code, at(left + 1), at(left)], node >> 2);
      node += 16;
    }
    new Float64Array(memory.buffer, value, leaves.length).set(leaves);
    value += leaves.length * 8;
  });
  const margins = new Float64Array(memory.buffer, marginsAt, outputs * BLOCK_ROWS);
  const loop = wasmLoops(forestCode(), memory)['addTree'];
  return {
    codes: bytes.subarray(0, numbersAt),
    margins,
    addTrees: rows => {
      addTrees(loop, calls, resultsAt, Math.ceil(rows / 16) * 128, memory.buffer);
    },
  };
}

interface WideTree {
  /** Inner nodes within the tree, children before parents. */
  readonly inner: readonly number[];
  readonly leaves: readonly number[];
  /** By node of the forest: an inner node's place in `inner`, a leaf's in `leaves`. */
  readonly place: Int32Array;
}

function treesOf(forest: Forest): WideTree[] {
  const place = new Int32Array(forest.feature.length);
  return Array.from(forest.output, (_, tree) => {
    const start = forest.treeStart[tree];
    const inner: number[] = [];
    const leaves: number[] = [];
    for (let now = forest.treeStart[tree + 1] - 1; now >= start; now--) {
      place[now] = forest.feature[now] < 0 ? leaves.push(forest.value[now]) - 1 : inner.push(now - start) - 1;
    }
    return { inner, leaves, place };
  });
}

/** `calls`: of each tree, where its nodes begin and end, its values, and the margins it adds to. */
function addTrees(loop: WasmLoop, calls: Int32Array, results: number, length: number, buffer: ArrayBuffer): void {
  for (let at = 0; at < calls.length; at += 4) {
    const margins = calls[at + 3];
    if (calls[at] === calls[at + 1]) {
      const [only] = new Float64Array(buffer, calls[at + 2], 1);
      const own = new Float64Array(buffer, margins, length / 8);
      for (let row = 0; row < own.length; row++) own[row] += only;
      continue;
    }
    loop(calls[at], calls[at + 1], calls[at + 2], margins, margins + length, results);
  }
}
