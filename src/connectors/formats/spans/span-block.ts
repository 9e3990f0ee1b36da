/** Rows tokenised at a time: their bytes and spans stay in the second-level cache while each column walks over them. */
export const BLOCK_ROWS = 256;
/** Bytes that may be read past the end of any span: kernels load whole words. */
export const SLACK_BYTES = 16;

/** `end - start` of spans that are no text. */
export const EMPTY_TEXT = -1;
export const OTHER_KIND = -2;

/** A record that could not be cut into fields. Offsets into the block's bytes. */
export interface BrokenRecord {
  readonly code: string;
  readonly reason: string;
  readonly record: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What a tokenizer fills and columns read: the unread bytes, and for some rows where each wanted field's text lies. Spans are
 * column-major, `starts[slot * BLOCK_ROWS + row]`, and hold the text without quotes and escapes. `end === start` is a null;
 * one less is an empty text that was quoted, two less a value of a kind the column does not take. The slot after the last
 * takes the fields nobody wants.
 */
export class SpanBlock {
  bytes = new Uint8Array(SLACK_BYTES);
  view = new DataView(this.bytes.buffer);
  /** The same bytes, four at a time. */
  words = new Int32Array(this.bytes.buffer);
  /** How often bytes were appended: positions noted before are then others. */
  appended = 0;
  /** Unread bytes are `[at, end)`; `bytes[end]` is a line feed, so that scans stop there. */
  at = 0;
  end = 0;
  /** Bytes of the input before `bytes[0]`. */
  #gone = 0;
  /** Where the next unescaped text may be written: behind `end`, free again for each block. */
  scratch = 0;
  rows = 0;
  /** Records consumed so far, broken ones too. */
  records = 0;
  /** Bytes of records this batch may still take. */
  bytesLeft = 0;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly recordFrom = new Int32Array(BLOCK_ROWS);
  readonly recordTo = new Int32Array(BLOCK_ROWS);
  readonly recordNumber = new Float64Array(BLOCK_ROWS);
  broken: BrokenRecord[] = [];

  constructor(slots: number) {
    this.starts = new Int32Array((slots + 1) * BLOCK_ROWS);
    this.ends = new Int32Array((slots + 1) * BLOCK_ROWS);
  }

  /** Appends input behind what is unread. */
  append(input: Uint8Array, from: number, to: number): void {
    const unread = this.end - this.at;
    const needed = unread + (to - from);
    // Twice the text: unescaped texts are never longer than their record.
    const capacity = needed * 2 + SLACK_BYTES * 2;
    if (capacity > this.bytes.length) {
      const grown = new Uint8Array((Math.max(capacity, Math.ceil(this.bytes.length * 1.5)) + 3) & ~3);
      grown.set(this.bytes.subarray(this.at, this.end));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
      this.words = new Int32Array(grown.buffer);
    } else if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end);
    }
    this.bytes.set(input.subarray(from, to), unread);
    this.#gone += this.at;
    this.at = 0;
    this.end = needed;
    this.appended++;
  }

  /** Bytes of the input that have been read. */
  get consumed(): number {
    return this.#gone + this.at;
  }

  /** Forgets the rows taken; what is unread stays. */
  clear(): void {
    this.rows = 0;
    this.bytes[this.end] = 10;
    this.scratch = this.end + SLACK_BYTES;
    if (this.broken.length > 0) this.broken = [];
  }

  /** Counts a record `[from, to)` as consumed; true where it is one to keep, as row `rows`. */
  take(from: number, to: number, skipRecords: number): boolean {
    if (++this.records <= skipRecords) return false;
    const row = this.rows++;
    this.recordFrom[row] = from;
    this.recordTo[row] = to;
    this.recordNumber[row] = this.records;
    this.bytesLeft -= to - from;
    return true;
  }

  /** Counts a record that cannot be read. */
  reject(code: string, reason: string, from: number, to: number, skipRecords: number): void {
    if (++this.records <= skipRecords) return;
    this.broken.push({ code, reason, record: this.records, from, to });
  }
}

/** Cuts bytes into records and fields. */
export interface Tokenizer {
  /**
   * Takes up to `rows` records off the block's unread bytes. `final`: nothing follows, so an unfinished record is a record.
   * False when it needs more bytes.
   */
  fill(block: SpanBlock, rows: number, final: boolean): boolean;
}
