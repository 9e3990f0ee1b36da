import type { SpanBlock } from '../spans/span-block.ts';
import { BLOCK_ROWS, EMPTY_TEXT, OTHER_KIND } from '../spans/span-block.ts';
import type { Takes } from './json-paths.ts';
import {
  BACKSLASH,
  QUOTE,
  resolveEscapes,
  skipBlanks,
  skipNumber,
  skipPlain,
  skipString,
  skipValue,
  skipWord,
} from './json-scan.ts';

/** One value of a record, as the generic parser met it. Offsets into the block. */
export interface SeenValue {
  readonly from: number;
  readonly to: number;
  readonly slot: number;
  readonly takes: Takes;
  /** Objects it is in. */
  readonly depth: number;
}

const STEP_STRING = 0;
const STEP_NUMBER = 1;
const STEP_OTHER = 2;

/**
 * The layout records of one producer share: the same keys in the same order with the same punctuation, so a record is literal
 * bytes and values in turn. Literals are compared a word at a time; a record that differs anywhere is no match, and says
 * nothing about being well formed.
 */
export class JsonShape {
  /** All literals, each padded to whole words. */
  readonly #words: Int32Array;
  /** Of each literal: first word, length in bytes, and mask of its last word. The last one is the record's tail. */
  readonly #firsts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #masks: Int32Array;
  /** Of each value: what it must be, and its slot's first span; −1 for unwanted values. */
  readonly #kinds: Uint8Array;
  readonly #bases: Int32Array;
  readonly #depths: Uint8Array;
  readonly #takes: readonly Takes[];
  /** First spans of the slots that records of this shape leave out. */
  readonly #absent: Int32Array;

  constructor(block: SpanBlock, from: number, to: number, values: readonly SeenValue[], slots: number) {
    const { bytes } = block;
    const edges = [...values.map(value => value.from), to];
    const starts = [from, ...values.map(value => value.to)];
    const words: number[] = [];
    this.#firsts = new Int32Array(edges.length);
    this.#lengths = new Int32Array(edges.length);
    this.#masks = new Int32Array(edges.length);
    edges.forEach((edge, i) => {
      const length = edge - starts[i];
      this.#firsts[i] = words.length;
      this.#lengths[i] = length;
      this.#masks[i] = (length & 3) === 0 ? -1 : (1 << ((length & 3) * 8)) - 1;
      for (let p = 0; p < length; p += 4) {
        let word = 0;
        for (let i2 = 0; i2 < 4 && p + i2 < length; i2++) word |= bytes[starts[i] + p + i2] << (i2 * 8);
        words.push(word);
      }
    });
    this.#words = Int32Array.from(words);
    this.#kinds = Uint8Array.from(values, ({ slot, takes }) =>
      slot < 0 ? STEP_OTHER : takes === 'string' ? STEP_STRING : takes === 'number' ? STEP_NUMBER : STEP_OTHER,
    );
    this.#bases = Int32Array.from(values, ({ slot }) => (slot < 0 ? -1 : slot * BLOCK_ROWS));
    this.#depths = Uint8Array.from(values, ({ depth }) => depth);
    const all = Array.from({ length: slots }, (_, slot) => slot);
    this.#absent = Int32Array.from(
      all.filter(slot => !values.some(value => value.slot === slot)),
      slot => slot * BLOCK_ROWS,
    );
    this.#takes = values.map(({ takes }) => takes);
  }

  /**
   * Fills the spans of `row` from the record at `from` and returns where the line feed after it stands. −1 where it has another
   * layout; then the spans are meaningless.
   */
  match(block: SpanBlock, from: number, row: number): number {
    const { bytes, view, starts, ends, end } = block;
    const words = this.#words;
    const firsts = this.#firsts;
    const lengths = this.#lengths;
    const masks = this.#masks;
    const kinds = this.#kinds;
    const bases = this.#bases;
    const depths = this.#depths;
    const values = kinds.length;
    let p = from;
    for (let i = 0; i <= values; i++) {
      const length = lengths[i];
      if (p + length > end) return -1;
      let word = firsts[i];
      let rest = length;
      for (; rest > 4; rest -= 4, p += 4) if (view.getInt32(p, true) !== words[word++]) return -1;
      if (rest > 0) {
        if ((view.getInt32(p, true) & masks[i]) !== words[word]) return -1;
        p += rest;
      }
      if (i === values) break;
      const base = bases[i];
      const kind = kinds[i];
      const first = bytes[p];
      if (base < 0) {
        p = first === QUOTE ? skipString(bytes, p) : skipValue(bytes, p, depths[i]);
        if (p < 0) return -1;
      } else if (kind === STEP_STRING && first === QUOTE) {
        const start = p + 1;
        p = skipPlain(bytes, start);
        if (bytes[p] === QUOTE) {
          starts[base + row] = start;
          ends[base + row] = p > start ? p : start + EMPTY_TEXT;
          p++;
        } else {
          if (bytes[p] !== BACKSLASH || (p = skipString(bytes, start - 1)) < 0) return -1;
          placeEscaped(block, start, p - 1, base + row);
        }
      } else if (kind === STEP_NUMBER && first < 58 && first !== QUOTE) {
        const start = p;
        p = skipNumber(bytes, p);
        if (p < 0) return -1;
        starts[base + row] = start;
        ends[base + row] = p;
      } else {
        const start = p;
        const takes = this.#takes[i];
        if (first === 110) p = skipWord(bytes, p);
        else if (takes === 'bool' && (first === 116 || first === 102)) p = skipWord(bytes, p);
        else if ((takes === 'list' && first === 91) || (takes === 'record' && first === 123))
          p = skipValue(bytes, p, depths[i]);
        else return -1;
        if (p < 0) return -1;
        starts[base + row] = start;
        ends[base + row] = first === 110 ? start : p;
      }
    }
    const absent = this.#absent;
    for (let i = 0; i < absent.length; i++) starts[absent[i] + row] = ends[absent[i] + row] = from;
    p = skipBlanks(bytes, p);
    return bytes[p] === 10 ? p : -1;
  }
}

/** Stores a span for a string with escapes, `[from, to)` inside its quotes. */
function placeEscaped(block: SpanBlock, from: number, to: number, span: number): void {
  const out = block.scratch;
  const end = resolveEscapes(block.bytes, from, to, out);
  block.starts[span] = out;
  block.ends[span] = end > out ? end : out + EMPTY_TEXT;
  block.scratch = end;
}

/** Stores what a value that was skipped over is to a field: null, its text, or of another kind. */
export function placeValue(
  block: SpanBlock,
  from: number,
  to: number,
  takes: Takes,
  span: number,
  nulls: ReadonlySet<string>,
): void {
  const { bytes, starts, ends } = block;
  const first = bytes[from];
  starts[span] = from;
  if (first === 110) ends[span] = from;
  else if (first === QUOTE) {
    placeEscaped(block, from + 1, to - 1, span);
    if (takes === 'string') return;
    const text = new TextDecoder().decode(bytes.subarray(starts[span], ends[span]));
    ends[span] = starts[span] + (ends[span] > starts[span] && nulls.has(text) ? 0 : OTHER_KIND);
  } else {
    const kind = first === 123 ? 'record' : first === 91 ? 'list' : first === 116 || first === 102 ? 'bool' : 'number';
    ends[span] = kind === takes ? to : from + OTHER_KIND;
  }
}
