import type { SpanBlock } from '../spans/span-block.ts';

/**
 * Where in a block's unread bytes those up to a given value stand, in order; behind the last place comes the block's end.
 * Found four bytes at a time and without a branch: the lengths of fields are what no processor can guess.
 */
export class MarkIndex {
  places = new Int32Array(16);
  readonly #add: number;
  #appended = -1;

  /** `largest`: below 128. */
  constructor(largest: number) {
    // Added to a byte below 128, it sets the high bit of those that are larger.
    this.#add = Math.imul(0x7f - largest, 0x01010101);
  }

  /** Looks again if bytes were appended; true then. */
  update(block: SpanBlock): boolean {
    if (block.appended === this.#appended) return false;
    this.#appended = block.appended;
    const { at, end, words } = block;
    if (this.places.length < end - at + 16) this.places = new Int32Array(Math.ceil((end - at) * 1.5) + 16);
    const found = findMarks(words, at >> 2, (end + 3) >> 2, this.#add, this.places);
    // The last word may hold bytes behind the end: stale ones, or the line feed at the end.
    let last = found;
    while (last > 0 && this.places[last - 1] >= end) last--;
    this.places[last] = end;
    return true;
  }
}

function findMarks(words: Int32Array, from: number, to: number, add: number, places: Int32Array): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const word = words[i];
    const hits = ~(((word & 0x7f7f7f7f) + add) | word) & 0x80808080;
    const place = i << 2;
    places[count] = place;
    count += (hits >>> 7) & 1;
    places[count] = place + 1;
    count += (hits >>> 15) & 1;
    places[count] = place + 2;
    count += (hits >>> 23) & 1;
    places[count] = place + 3;
    count += hits >>> 31;
  }
  return count;
}
