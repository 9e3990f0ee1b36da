import { assert } from '../../engine/base/assert.ts';
import { type SlotLayout, slotOf } from './slot-layout.ts';

/**
 * A partition's rows as slots, four columns to a word, so that one load serves four histograms: column c of a row is byte
 * c % 4 of `words[⌊c / 4⌋ · rows + row]`. `bytes` are the same memory.
 */
export interface SlotColumns {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

/** Reads each feature's bins once, and lets go of them. */
export function slotColumns(layout: SlotLayout, bins: (Uint8Array | null)[], rows: number): SlotColumns {
  const length = Math.ceil(layout.columns / 4) * rows;
  assert(length < 2 ** 29, 'a partition’s slots are counted in 31 bits');
  const words = new Int32Array(length);
  const bytes = new Uint8Array(words.buffer);
  bins.forEach((own, feature) => {
    const table = new Uint8Array(256);
    for (let bin = 0; bin < layout.binsOf[feature]; bin++) table[bin] = slotOf(layout, feature, bin);
    assert(own !== null, 'bins are there until read');
    writeSlots(own, table, rows, bytes, firstByte(layout.columnOf[feature], rows));
    bins[feature] = null;
  });
  return { words, bytes };
}

/** Where a column's slots begin among the bytes; they are four bytes apart. */
export function firstByte(column: number, rows: number): number {
  return (column >> 2) * rows * 4 + (column & 3);
}

function writeSlots(bins: Uint8Array, table: Uint8Array, rows: number, out: Uint8Array, first: number): void {
  for (let row = 0; row < rows; row++) {
    const slot = table[bins[row]];
    if (slot !== 0) out[first + (row << 2)] = slot;
  }
}
