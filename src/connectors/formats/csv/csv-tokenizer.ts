import { OperationalError } from '../../../engine/base/operational-error.ts';
import type { Schema } from '../../../engine/contract/types.ts';
import { BLOCK_ROWS, type SpanBlock, type Tokenizer } from '../spans/span-block.ts';
import { type CsvLayout, headerNames, layoutOf } from './csv-header.ts';
import { MarkIndex } from './mark-index.ts';

const LF = 10;
const CR = 13;
const QUOTE = 34;

export interface CsvTokenizerOptions {
  readonly split: string;
  readonly schema: Schema;
  readonly names: Readonly<Record<string, string>>;
  /** One ASCII character. */
  readonly delimiter: string;
  /** Names of the columns where the file has no header; null: its first record names them. */
  readonly columns: readonly string[] | null;
  readonly maxRecordBytes: number;
  readonly skipRecords: number;
}

/**
 * RFC 4180. A quote opens a field only at its start and is doubled inside; lines end in LF or CRLF, and a CR elsewhere is text.
 * Blank lines are passed over, unless records have a single field. A record with a misplaced or unclosed quote, or one that is
 * too long, ends at the first line break after its start, so one stray quote costs one line.
 */
export class CsvTokenizer implements Tokenizer {
  readonly #options: CsvTokenizerOptions;
  readonly #delimiter: number;
  /** Places of all bytes up to the largest that means something: delimiters, quotes, line ends, and some that mean nothing. */
  readonly #marks: MarkIndex;
  /** The next of those places to look at. */
  #mark = 0;
  #layout: CsvLayout | null = null;
  /** First index of each field's slot in the block's spans; those without one, and any surplus field, share the last slot. */
  #bases = new Int32Array(1);
  #started = false;
  /** Inside a record that is too long, looking for the end of its line. */
  #skippingLine = false;

  constructor(options: CsvTokenizerOptions) {
    this.#options = options;
    this.#delimiter = options.delimiter.charCodeAt(0);
    this.#marks = new MarkIndex(Math.max(this.#delimiter, QUOTE));
    if (options.columns !== null) this.#useColumns(options.columns);
  }

  #useColumns(names: readonly string[]): void {
    const { schema, split } = this.#options;
    const layout = layoutOf(names, schema, this.#options.names, split);
    this.#layout = layout;
    const nobody = schema.fields.length;
    this.#bases = Int32Array.from([...layout.slots, nobody], slot => (slot < 0 ? nobody : slot) * BLOCK_ROWS);
  }

  fill(block: SpanBlock, rows: number, final: boolean): boolean {
    if (!this.#started && !this.#start(block, final)) return false;
    if (this.#skippingLine && !this.#skipLine(block)) return false;
    if (this.#layout === null && !this.#readHeader(block, final)) return false;
    const more = this.#records(block, rows, final);
    for (const { slot, from } of this.#layout!.copies) copySlot(block, slot, from);
    return more;
  }

  /** Passes a byte order mark. False when there are too few bytes to tell. */
  #start(block: SpanBlock, final: boolean): boolean {
    const { bytes, at, end } = block;
    if (end - at < 3 && !final) return false;
    if (end - at >= 2 && (bytes[at] === 0xff || bytes[at] === 0xfe) && bytes[at] + bytes[at + 1] === 0x1fd) {
      throw new OperationalError('R223', `${this.#options.split} is UTF-16 text`, { hint: 'save it as UTF-8' });
    }
    if (end - at >= 3 && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) block.at += 3;
    this.#started = true;
    return true;
  }

  #readHeader(block: SpanBlock, final: boolean): boolean {
    const { bytes, end } = block;
    let at = block.at;
    while (at < end && (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF))) at++;
    let p = at;
    for (let quoted = false; p < end && (quoted || bytes[p] !== LF); p++) if (bytes[p] === QUOTE) quoted = !quoted;
    const { split, maxRecordBytes } = this.#options;
    if (p - at > maxRecordBytes) {
      throw new OperationalError('R224', `the header of ${split} is longer than ${maxRecordBytes} bytes`, {
        hint: 'is it a CSV file, and are the quotes of its first line closed?',
      });
    }
    if (p === end && !final) return false;
    if (p === at) throw new OperationalError('R225', `${split} is empty: it has no header`, {});
    const to = bytes[p - 1] === CR ? p - 1 : p;
    this.#useColumns(headerNames(new TextDecoder().decode(bytes.subarray(at, to)), this.#options.delimiter));
    block.at = Math.min(p + 1, end);
    return true;
  }

  /** The hot loop: from mark to mark. */
  #records(block: SpanBlock, rows: number, final: boolean): boolean {
    const { bytes, end, starts, ends } = block;
    const bases = this.#bases;
    const fields = bases.length - 1;
    const delimiter = this.#delimiter;
    const { skipRecords, maxRecordBytes } = this.#options;
    if (this.#marks.update(block)) this.#mark = 0;
    const marks = this.#marks.places;
    let mark = this.#mark;
    while (block.rows < rows && block.bytesLeft > 0) {
      const from = block.at;
      if (from >= end) return false;
      // A record that was refused may have been looked at far beyond where the next one begins.
      while (mark > 0 && marks[mark - 1] >= from) mark--;
      while (marks[mark] < from) mark++;
      const row = block.rows;
      let field = 0;
      let start = from;
      let p = marks[mark];
      let byte = bytes[p];
      for (;;) {
        if (byte === delimiter) {
          const span = bases[field] + row;
          starts[span] = start;
          ends[span] = p;
          if (field < fields) field++;
          start = p + 1;
        } else if (byte === QUOTE) {
          if (p !== start) break;
          const span = bases[field] + row;
          p = this.#quoted(block, p, span);
          if (p < 0) break;
          byte = bytes[p];
          if (byte === delimiter) {
            if (field < fields) field++;
            start = p + 1;
          } else {
            if (byte === CR && bytes[p + 1] !== LF) byte = QUOTE;
            break;
          }
          while (marks[mark] < p) mark++;
        } else if (byte === LF || (byte === CR && bytes[p + 1] === LF)) {
          const span = bases[field] + row;
          starts[span] = start;
          ends[span] = p;
          break;
        }
        p = marks[++mark];
        byte = bytes[p];
      }
      this.#mark = mark;
      const lineFeed = byte === CR ? p + 1 : p;
      if (p < 0 || (lineFeed >= end && !final)) {
        if (!this.#unfinished(block, from, final)) return false;
      } else if (byte !== LF && byte !== CR) {
        const where = p - from > maxRecordBytes ? 'R418' : 'R412';
        if (
          !this.#reject(
            block,
            from,
            where,
            'a quote stands inside a field that does not begin with one, or text follows a closing quote',
            final,
          )
        )
          return false;
      } else if (p - from > maxRecordBytes) {
        if (!this.#reject(block, from, 'R418', '', final)) return false;
      } else {
        block.at = lineFeed < end ? lineFeed + 1 : end;
        if (field === fields - 1) {
          if (p > from || fields === 1) block.take(from, p, skipRecords);
        } else if (p > from) {
          block.reject('R411', this.#wrongCount(field + 1), from, p, skipRecords);
        }
      }
    }
    return true;
  }

  #wrongCount(found: number): string {
    const fields = this.#bases.length - 1;
    return `the record has ${found > fields ? 'more' : found} fields, and the header has ${fields}`;
  }

  /** Stores the span of the quoted field at `p`. The position behind its closing quote; −1 where that is not there. */
  #quoted(block: SpanBlock, p: number, span: number): number {
    const { bytes, end } = block;
    const from = p + 1;
    let quote = from;
    while (quote < end && bytes[quote] !== QUOTE) quote++;
    if (quote >= end) return -1;
    if (bytes[quote + 1] !== QUOTE) {
      block.starts[span] = from;
      block.ends[span] = quote > from ? quote : from - 1;
      return quote + 1;
    }
    let out = block.scratch;
    for (let i = from; i < quote; i++) bytes[out++] = bytes[i];
    for (;;) {
      // `quote` is the first of two.
      bytes[out++] = QUOTE;
      for (quote += 2; quote < end && bytes[quote] !== QUOTE; quote++) bytes[out++] = bytes[quote];
      if (quote >= end) return -1;
      if (bytes[quote + 1] !== QUOTE) break;
    }
    block.starts[span] = block.scratch;
    block.ends[span] = out;
    block.scratch = out;
    return quote + 1;
  }

  /** A record that goes on past the bytes at hand. False to wait for more. */
  #unfinished(block: SpanBlock, from: number, final: boolean): boolean {
    // Two more than the limit: a record just as long as allowed may wait for its CR and LF.
    const tooLong = block.end - from > this.#options.maxRecordBytes + (final ? 0 : 2);
    if (!tooLong && !final) return false;
    return this.#reject(block, from, tooLong ? 'R418' : 'R412', 'a quoted field is never closed', final);
  }

  /** Refuses the record at `from` and goes on behind its first line break. False to wait for that. */
  #reject(block: SpanBlock, from: number, code: 'R412' | 'R418', reason: string, final: boolean): boolean {
    const { bytes, end } = block;
    const { maxRecordBytes, skipRecords } = this.#options;
    const lineFeed = bytes.indexOf(LF, from);
    if (lineFeed >= end && !final && end - from <= maxRecordBytes + 2) return false;
    const to = lineFeed > from && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    const tooLong = code === 'R418' || to - from > maxRecordBytes;
    block.reject(
      tooLong ? 'R418' : code,
      tooLong ? `the record is longer than ${maxRecordBytes} bytes` : reason,
      from,
      Math.min(to, from + maxRecordBytes),
      skipRecords,
    );
    this.#skippingLine = lineFeed >= end && !final;
    block.at = Math.min(lineFeed + 1, end);
    return true;
  }

  /** False when the line goes on past the bytes at hand. */
  #skipLine(block: SpanBlock): boolean {
    const lineFeed = block.bytes.indexOf(LF, block.at);
    block.at = Math.min(lineFeed + 1, block.end);
    this.#skippingLine = lineFeed >= block.end;
    return !this.#skippingLine;
  }
}

function copySlot(block: SpanBlock, slot: number, from: number): void {
  const rows = block.rows;
  for (const spans of [block.starts, block.ends]) {
    spans.copyWithin(slot * BLOCK_ROWS, from * BLOCK_ROWS, from * BLOCK_ROWS + rows);
  }
}
