import { assert } from '../../engine/base/assert.ts';
import { wasmLoops, wasmMemory } from '../support/wasm-host.ts';
import { histogramCode } from './histogram-code.ts';

/** Doubles of a column's sums: gradient and hessian of 256 slots. */
export const COLUMN_SUMS = 512;

/**
 * A partition's arrays that histograms are made of, in one memory that the loop reads. Rows' slots are four columns to a word:
 * column c of a row is byte c % 4 of `words[⌊c / 4⌋ · rows + row]`; `bytes` are the same memory.
 */
export interface HistogramMemory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly rows: Int32Array;
  /** Gradient and hessian of the node's rows, in their order. */
  readonly ordered: Float64Array;
  /** Sums of a word's four columns, `COLUMN_SUMS` each. */
  readonly sums: Float64Array;
  /** Adds rows[from, to) to `sums` of the columns in the set (bit k: the word's column k). */
  readonly add: (word: number, set: number, from: number, to: number) => void;
}

/** `compiled` false, or no room for a memory that compiled code may use: the same in JavaScript. */
export function histogramMemory(rows: number, columns: number, compiled = true): HistogramMemory {
  const words = Math.ceil(columns / 4) * rows;
  assert(words < 2 ** 29, 'a partition’s slots are counted in 31 bits');
  const orderedAt = 4 * COLUMN_SUMS * 8;
  const rowsAt = orderedAt + rows * 16;
  const wordsAt = rowsAt + rows * 4;
  const length = wordsAt + words * 4;
  const memory = compiled ? wasmMemory(length) : null;
  const buffer = memory?.buffer ?? new ArrayBuffer(length);
  const arrays = {
    words: new Int32Array(buffer, wordsAt, words),
    bytes: new Uint8Array(buffer, wordsAt, words * 4),
    rows: new Int32Array(buffer, rowsAt, rows),
    ordered: new Float64Array(buffer, orderedAt, rows * 2),
    sums: new Float64Array(buffer, 0, 4 * COLUMN_SUMS),
  };
  if (memory === null) {
    return {
      ...arrays,
      add: (word, set, from, to) => {
        for (let k = 0; k < 4; k++) {
          if (((set >> k) & 1) === 0) continue;
          addColumn(
            arrays.sums,
            k * COLUMN_SUMS,
            arrays.words,
            word * rows,
            k * 8,
            arrays.rows,
            from,
            to,
            arrays.ordered,
          );
        }
      },
    };
  }
  const exports = wasmLoops(histogramCode(), memory);
  const loops = Array.from({ length: 16 }, (_, set) => exports[`add${set}`]);
  return {
    ...arrays,
    add: (word, set, from, to) => {
      if (from === to) return;
      loops[set](0, wordsAt + word * rows * 4, rowsAt + from * 4, rowsAt + to * 4, orderedAt);
    },
  };
}

function addColumn(
  sums: Float64Array,
  base: number,
  words: Int32Array,
  first: number,
  shift: number,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const at = base + (((words[first + rows[i]] >>> shift) & 255) << 1);
    sums[at] += ordered[o];
    sums[at + 1] += ordered[o + 1];
  }
}
