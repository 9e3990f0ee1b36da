import { type ByteLookup, FIRST_MASKS, hashWords, SECOND_MASKS, sameTail, tailHash } from './byte-lookup.ts';
import { BLOCK_ROWS, OTHER_KIND, type SpanBlock } from './span-block.ts';
import { BAD_TYPE } from './span-column.ts';

/** Codes of spans that are no text of the column. Codes of texts are 0 and up. */
export const CODE_ABSENT = -1;
/** From here down: `CODE_BAD - state`. */
export const CODE_BAD = -2;

/**
 * Gives each span of a block its code: what `lookup` knows of its bytes, else what `decide` says, which may remember it there.
 * `lookup` holds the empty text as absent; `decide` gets quoted empty ones as an empty range.
 */
export function codeSpans(
  block: SpanBlock,
  slot: number,
  lookup: ByteLookup,
  codes: Int32Array,
  decide: (from: number, to: number) => number,
): void {
  const { view, starts, ends, rows } = block;
  const base = slot * BLOCK_ROWS;
  let row = 0;
  for (;;) {
    row = codeKnown(
      view,
      starts,
      ends,
      base,
      row,
      rows,
      codes,
      lookup.slots,
      lookup.tails,
      lookup.arena,
      lookup.tails.length - 1,
      FIRST_MASKS,
      SECOND_MASKS,
    );
    if (row === rows) return;
    const from = starts[base + row];
    const to = ends[base + row];
    codes[row] = to - from === OTHER_KIND ? CODE_BAD - BAD_TYPE : decide(from, Math.max(from, to));
    row++;
  }
}

/** Codes rows until one the table does not know, and returns that row. */
function codeKnown(
  view: DataView,
  starts: Int32Array,
  ends: Int32Array,
  base: number,
  row: number,
  rows: number,
  codes: Int32Array,
  slots: Int32Array,
  tails: Int32Array,
  arena: Int32Array,
  last: number,
  firstMasks: Int32Array,
  secondMasks: Int32Array,
): number {
  for (; row < rows; row++) {
    const from = starts[base + row];
    const length = ends[base + row] - from;
    if (length < 0) return row;
    // No branch on what varies from row to row: a misguessed one costs more than the whole lookup. So the empty text, which is
    // absent, is an entry like any other.
    const own = length < 8 ? length : 8;
    const w0 = view.getInt32(from, true) & firstMasks[own];
    const w1 = view.getInt32(from + 4, true) & secondMasks[own];
    let index = (hashWords(w0, w1, length) ^ (length > 8 ? tailHash(view, from, from + length) : 0)) & last;
    for (;;) {
      const slot = index << 2;
      if (
        slots[slot] === w0 &&
        slots[slot + 1] === w1 &&
        slots[slot + 2] === length &&
        (length <= 8 || sameTail(view, from, from + length, arena, tails[index]))
      ) {
        codes[row] = slots[slot + 3];
        break;
      }
      if (slots[slot + 2] < 0) return row;
      index = (index + 1) & last;
    }
  }
  return rows;
}
