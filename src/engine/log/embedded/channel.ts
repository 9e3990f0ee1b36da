import { assert } from '../../base/assert.ts';
import type { Segment } from './segment.ts';
import { payloadCost } from './segment.ts';

/** Where a payload is: segment number (0: nowhere), byte position in its file, length, CRC32C. */
export interface Place {
  readonly segment: number;
  readonly position: number;
  readonly length: number;
  readonly crc: number;
}

const WIDTH = 4;

/**
 * The offsets of one topic partition or changelog, and where each payload lies: 16 bytes an offset, in one growing array.
 * `first` to `end` can be read; `staged` is the next offset to hand out, ahead of `end` by what is not yet durable.
 */
export class Channel {
  readonly id: number;
  first: number;
  end: number;
  staged: number;
  /** Payload bytes between `first` and `end`. */
  bytes = 0;
  /** Row of `#table` that holds `first`. */
  #head = 0;
  #table = new Uint32Array(8 * WIDTH);

  constructor(id: number, first = 0, end = 0) {
    this.id = id;
    this.first = first;
    this.end = end;
    this.staged = end;
    this.#reserve(end - first);
  }

  /** Room for `rows` offsets from `first` on. */
  #reserve(rows: number): void {
    const needed = (this.#head + rows) * WIDTH;
    if (needed <= this.#table.length) return;
    const live = this.#table.subarray(this.#head * WIDTH);
    const grown = new Uint32Array(Math.max(rows * WIDTH, 2 * (this.end - this.first) * WIDTH, 8 * WIDTH));
    grown.set(live.length > grown.length ? live.subarray(0, grown.length) : live);
    this.#table = grown;
    this.#head = 0;
  }

  append(offset: number, place: Place): void {
    assert(offset === this.end, 'a partition grows by the next offset');
    this.#reserve(offset + 1 - this.first);
    this.#put(offset, place);
    this.bytes += place.length;
    this.end = offset + 1;
    if (this.staged < this.end) this.staged = this.end;
  }

  /** Sets where a known offset lies; gives where it was. */
  move(offset: number, place: Place): Place {
    const was = this.at(offset);
    this.#put(offset, place);
    this.bytes += place.length - was.length;
    return was;
  }

  has(offset: number): boolean {
    return offset >= this.first && offset < this.end;
  }

  at(offset: number): Place {
    assert(this.has(offset), 'an offset within the partition');
    const row = (this.#head + offset - this.first) * WIDTH;
    const table = this.#table;
    return { segment: table[row], position: table[row + 1], length: table[row + 2], crc: table[row + 3] };
  }

  /** Segment of an offset, without an object. */
  segmentAt(offset: number): number {
    return this.#table[(this.#head + offset - this.first) * WIDTH];
  }

  #put(offset: number, place: Place): void {
    const row = (this.#head + offset - this.first) * WIDTH;
    this.#table[row] = place.segment;
    this.#table[row + 1] = place.position;
    this.#table[row + 2] = place.length;
    this.#table[row + 3] = place.crc;
  }

  /** Forgets all before `before`, and counts it off its segments. */
  purge(before: number, segments: ReadonlyMap<number, Segment>): void {
    const to = Math.min(before, this.end);
    for (let offset = this.first; offset < to; offset++) {
      const row = (this.#head + offset - this.first) * WIDTH;
      const segment = segments.get(this.#table[row]);
      this.bytes -= this.#table[row + 2];
      if (segment !== undefined) segment.liveBytes -= payloadCost(this.#table[row + 2]);
    }
    if (to <= this.first) return;
    this.#head += to - this.first;
    this.first = to;
    if (this.#head * WIDTH > this.#table.length / 2) {
      this.#table = this.#table.slice(this.#head * WIDTH);
      this.#head = 0;
    }
  }
}
