import { assert } from '../../engine/base/assert.ts';
import { type SlotLayout, slotOf } from './slot-layout.ts';

/** Writes rows' slots, reading each feature's bins once and letting go of them. `bytes` are as in `HistogramMemory`. */
export function writeSlotColumns(
  layout: SlotLayout,
  bins: (Uint8Array | null)[],
  rows: number,
  bytes: Uint8Array,
): void {
  bins.forEach((own, feature) => {
    const table = new Uint8Array(256);
    for (let bin = 0; bin < layout.binsOf[feature]; bin++) table[bin] = slotOf(layout, feature, bin);
    assert(own !== null, 'bins are there until read');
    writeSlots(own, table, rows, bytes, firstByte(layout.columnOf[feature], rows));
    bins[feature] = null;
  });
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
