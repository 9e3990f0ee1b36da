import { OperationalError } from '../../../engine/base/operational-error.ts';
import type { RecordDecodeContext } from '../../../engine/contract/connector.ts';
import type { Schema } from '../../../engine/contract/types.ts';
import { MISS } from '../spans/byte-lookup.ts';
import { BLOCK_ROWS, OTHER_KIND, type SpanBlock, type Tokenizer } from '../spans/span-block.ts';
import { type PathNode, type Paths, pathsOf } from './json-paths.ts';
import {
  BACKSLASH,
  BROKEN,
  MAX_DEPTH,
  QUOTE,
  resolveEscapes,
  skipBlanks,
  skipPlain,
  skipString,
  skipValue,
  TOO_DEEP,
} from './json-scan.ts';
import { JsonShape, placeValue, type SeenValue } from './json-shape.ts';

const LF = 10;
const CR = 13;
/** Records in a row off the learned shape after which the next one's shape is learned instead. */
const RELEARN_AFTER = 16;

export interface JsonTokenizerOptions {
  readonly split: string;
  readonly schema: Schema;
  readonly names: Readonly<Record<string, string>>;
  readonly nulls: readonly string[];
  readonly maxRecordBytes: number;
  readonly skipRecords: number;
  /** Fields that are filled otherwise. */
  readonly except?: ReadonlySet<string>;
}

/**
 * JSON lines: an object a line; blank lines are passed over. Records of the shape learned from an earlier one are cut by
 * comparing; all others by the generic parser, with the same results. Of a key that comes twice the last one counts, as in
 * JSON.parse. What nobody wants is checked for JSON's grammar only.
 */
export class JsonTokenizer implements Tokenizer {
  /** Records the generic parser had to read. */
  genericRecords = 0;
  readonly #options: JsonTokenizerOptions;
  readonly #paths: Paths;
  readonly #nulls: ReadonlySet<string>;
  #shape: JsonShape | null = null;
  #misses = 0;
  #started = false;
  #skippingLine = false;
  /** Values of the record being read, for learning its shape; `#plain` false where it has none that can be learned. */
  #seen: SeenValue[] = [];
  #plain = true;

  constructor(options: JsonTokenizerOptions) {
    this.#options = options;
    this.#paths = pathsOf(options.schema, options.names, options.except);
    this.#nulls = new Set(options.nulls);
  }

  fill(block: SpanBlock, rows: number, final: boolean): boolean {
    if (!this.#started && !this.#start(block, final)) return false;
    const more = this.#records(block, rows, final);
    this.finish(block);
    return more;
  }

  /**
   * The one record in the block's `[from, to)`, which may be broken over lines, and behind which a byte may be written over.
   * True where it is a row.
   */
  one(block: SpanBlock, from: number, to: number): boolean {
    const { bytes, rows } = block;
    bytes[to] = LF;
    if (to - from > this.#options.maxRecordBytes) {
      this.#refuseLong(block, from);
      return false;
    }
    if (this.#shape !== null) {
      const { scratch } = block;
      if (this.#shape.match(block, from, rows) === to) {
        this.#misses = 0;
        return block.take(from, to, 0);
      }
      block.scratch = scratch;
    }
    // To JSON a line feed is what a carriage return is; to the scans it is the end.
    for (let p = bytes.indexOf(LF, from); p < to; p = bytes.indexOf(LF, p)) bytes[p] = CR;
    const start = to - from >= 3 && isByteOrderMark(bytes, from) ? from + 3 : from;
    if (skipBlanks(bytes, start) < to) this.#record(block, start, to);
    else block.reject('R419', 'the record is empty', from, to, 0);
    return block.rows > rows;
  }
  /** Once all records of a block are in. */
  finish(block: SpanBlock): void {
    for (const { slot, from, sameKind } of this.#paths.copies) copySlot(block, slot, from, sameKind);
  }
  #refuseLong(block: SpanBlock, from: number): void {
    const { maxRecordBytes, skipRecords } = this.#options;
    const reason = `the record is longer than ${maxRecordBytes} bytes`;
    block.reject('R418', reason, from, from + maxRecordBytes, skipRecords);
  }

  /** Passes a byte order mark. False when there are too few bytes to tell. */
  #start(block: SpanBlock, final: boolean): boolean {
    const { bytes, at, end } = block;
    if (end - at < 3 && !final) return false;
    if (end - at >= 2 && bytes[at] >= 0xfe && bytes[at] + bytes[at + 1] === 0x1fd) {
      throw new OperationalError('R223', `${this.#options.split} is UTF-16 text`, { hint: 'save it as UTF-8' });
    }
    if (end - at >= 3 && isByteOrderMark(bytes, at)) block.at += 3;
    this.#started = true;
    return true;
  }

  #records(block: SpanBlock, rows: number, final: boolean): boolean {
    const { bytes, end } = block;
    const { maxRecordBytes, skipRecords } = this.#options;
    while (block.rows < rows && block.bytesLeft > 0) {
      const from = block.at;
      if (from >= end) return false;
      if (!this.#skippingLine && this.#shape !== null) {
        const { scratch } = block;
        const matched = this.#shape.match(block, from, block.rows);
        if (matched >= 0 && (matched < end || final)) {
          const to = bytes[matched - 1] === 13 ? matched - 1 : matched;
          if (to - from <= maxRecordBytes) {
            this.#misses = 0;
            block.at = Math.min(matched + 1, end);
            block.take(from, to, skipRecords);
            continue;
          }
        }
        block.scratch = scratch;
      }
      const lineFeed = bytes.indexOf(LF, from);
      if (this.#skippingLine) {
        block.at = Math.min(lineFeed + 1, end);
        this.#skippingLine = lineFeed >= end;
        continue;
      }
      if (lineFeed >= end && !final) {
        if (end - from <= maxRecordBytes + 1) return false;
        this.#skippingLine = true;
      }
      block.at = Math.min(lineFeed + 1, end);
      const to = lineFeed > from && bytes[lineFeed - 1] === 13 ? lineFeed - 1 : lineFeed;
      if (to - from > maxRecordBytes) this.#refuseLong(block, from);
      else this.#record(block, from, to);
    }
    return true;
  }

  #record(block: SpanBlock, from: number, to: number): void {
    const { skipRecords } = this.#options;
    const start = skipBlanks(block.bytes, from);
    if (start >= to) return;
    this.genericRecords++;
    const end = this.#generic(block, start);
    if (end >= 0 && skipBlanks(block.bytes, end) >= to) {
      if (this.#shape === null || ++this.#misses >= RELEARN_AFTER) this.#learn(block, from, end);
      block.take(from, to, skipRecords);
    } else if (end === TOO_DEEP) {
      block.reject('R420', `the record is nested more than ${MAX_DEPTH} deep`, from, to, skipRecords);
    } else {
      const first = block.bytes[start];
      const reason =
        first === 123
          ? 'the record is not valid JSON'
          : `the record is not a JSON object${first === 91 ? ' but a list; each record is one object' : ''}`;
      block.reject('R419', reason, from, to, skipRecords);
    }
  }

  #learn(block: SpanBlock, from: number, to: number): void {
    this.#misses = 0;
    if (this.#plain) this.#shape = new JsonShape(block, from, to, this.#seen, this.#options.schema.fields.length);
  }

  #generic(block: SpanBlock, from: number): number {
    const { starts, ends, rows } = block;
    const slots = this.#options.schema.fields.length;
    for (let slot = 0; slot < slots; slot++) starts[slot * BLOCK_ROWS + rows] = ends[slot * BLOCK_ROWS + rows] = from;
    this.#seen = [];
    this.#plain = true;
    return block.bytes[from] === 123 ? this.#object(block, from, this.#paths.root, 1) : BROKEN;
  }

  /** Reads the object at `p`, of which `node` says what is wanted. */
  #object(block: SpanBlock, p: number, node: PathNode, depth: number): number {
    const { bytes, view } = block;
    const met = new Set<number>();
    p = skipBlanks(bytes, p + 1);
    if (bytes[p] === 125) return p + 1;
    for (;;) {
      if (bytes[p] !== QUOTE) return BROKEN;
      let keyFrom = p + 1;
      let keyTo = skipPlain(bytes, keyFrom);
      if (bytes[keyTo] === QUOTE) p = keyTo + 1;
      else {
        if (bytes[keyTo] !== BACKSLASH || (p = skipString(bytes, p)) < 0) return BROKEN;
        keyTo = resolveEscapes(bytes, keyFrom, p - 1, block.scratch);
        keyFrom = block.scratch;
        block.scratch = keyTo;
      }
      const index = node.keys.get(view, keyFrom, keyTo);
      p = skipBlanks(bytes, p);
      if (bytes[p] !== 58) return BROKEN;
      p = skipBlanks(bytes, p + 1);
      const from = p;
      if (index === MISS) {
        p = skipValue(bytes, p, depth);
        if (p < 0) return p;
        this.#seen.push({ from, to: p, slot: -1, takes: 'string', depth });
      } else {
        const member = node.members[index];
        if (met.has(index)) this.#forget(block, member.slots, from);
        met.add(index);
        const into = member.inner !== null && bytes[p] === 123;
        if (into) {
          if (depth >= MAX_DEPTH) return TOO_DEEP;
          p = this.#object(block, p, member.inner!, depth + 1);
        } else p = skipValue(bytes, p, depth);
        if (p < 0) return p;
        // An object that is read into and wanted whole as well is no single value of a shape.
        if (member.inner !== null && (member.slot >= 0 || !into)) this.#plain = false;
        if (!into) this.#seen.push({ from, to: p, slot: member.slot, takes: member.takes, depth });
        if (member.slot >= 0) {
          const span = member.slot * BLOCK_ROWS + block.rows;
          placeValue(block, from, p, member.takes, span, this.#nulls);
        }
      }
      p = skipBlanks(bytes, p);
      if (bytes[p] === 125) return p + 1;
      if (bytes[p] !== 44) return BROKEN;
      p = skipBlanks(bytes, p + 1);
    }
  }

  /** The key has come before: what it gave counts no more. */
  #forget(block: SpanBlock, slots: readonly number[], at: number): void {
    this.#plain = false;
    for (const slot of slots) {
      const span = slot * BLOCK_ROWS + block.rows;
      block.starts[span] = block.ends[span] = at;
    }
  }
}

function isByteOrderMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
}

function copySlot(block: SpanBlock, slot: number, from: number, sameKind: boolean): void {
  const { starts, ends, rows } = block;
  for (let row = 0; row < rows; row++) {
    const source = from * BLOCK_ROWS + row;
    const target = slot * BLOCK_ROWS + row;
    starts[target] = starts[source];
    ends[target] = sameKind || ends[source] === starts[source] ? ends[source] : starts[source] + OTHER_KIND;
  }
}

/** For values of a topic's records, a document each. */
export function recordTokenizer(
  { topic, schema, names, nulls, parts }: RecordDecodeContext<unknown>,
  maxRecordBytes: number,
): JsonTokenizer {
  const except = new Set(Object.keys(parts));
  return new JsonTokenizer({ split: topic, schema, names, nulls, maxRecordBytes, skipRecords: 0, except });
}
