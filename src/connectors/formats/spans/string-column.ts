import { createDictionary, DICTIONARY_LIMIT } from '../../../engine/columnar/dictionary.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { isWellFormed } from '../text/utf8.ts';
import { ByteLookup } from './byte-lookup.ts';
import { CODE_ABSENT, CODE_BAD, codeSpans } from './coded-spans.ts';
import { BLOCK_ROWS, type SpanBlock } from './span-block.ts';
import { BAD_ENUM, BAD_UTF8, explainState, type FieldRules, PRESENT, type SpanColumn } from './span-column.ts';

/** Texts in the lookup from which on it is asked whether they repeat. */
const MANY_TEXTS = 2048;

const encoder = new TextEncoder();

/**
 * `string` and `enum`: bytes straight to dictionary ids. The lookup in front of the dictionary also holds the texts that mean
 * null, so those, unknown enum values and malformed texts never enter the dictionary.
 */
export class StringSpanColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #lookup = new ByteLookup();
  readonly #codes = new Int32Array(BLOCK_ROWS);
  #dictionary = createDictionary();
  #emptyIsNull = false;
  /** Rows read, and whether so few of their texts came again that looking them up first does not pay. */
  #seen = 0;
  #rarelyRepeats = false;
  #ids = new Int32Array(0);
  #block: SpanBlock | null = null;
  readonly #decide = (from: number, to: number): number => this.#decideText(from, to);

  constructor(rules: FieldRules) {
    this.#rules = rules;
    this.#learnFixedTexts();
  }

  /** Nulls, and for an enum its values: all a new lookup knows. */
  #learnFixedTexts(): void {
    const { field, nulls } = this.#rules;
    this.#add('', CODE_ABSENT);
    if (field.type.kind === 'enum') {
      for (const value of field.type.values) this.#add(value, this.#dictionary.intern(value));
    }
    for (const text of nulls) {
      if (text === '') this.#emptyIsNull = true;
      else this.#add(text, CODE_ABSENT);
    }
  }
  #add(text: string, code: number): void {
    const bytes = encoder.encode(text.padEnd(text.length + 16));
    this.#lookup.add(new DataView(bytes.buffer), 0, bytes.length - 16, code);
  }

  begin(capacity: number): void {
    this.#ids = new Int32Array(capacity);
    if (this.#dictionary.size < DICTIONARY_LIMIT) return;
    this.#dictionary = createDictionary();
    this.#lookup.clear();
    this.#learnFixedTexts();
  }

  grow(capacity: number): void {
    const ids = new Int32Array(capacity);
    ids.set(this.#ids);
    this.#ids = ids;
  }

  read(block: SpanBlock, slot: number, at: number, states: Uint8Array): number {
    this.#block = block;
    codeSpans(block, slot, this.#lookup, this.#codes, this.#decide);
    this.#seen += block.rows;
    if (!this.#rarelyRepeats && this.#lookup.size >= MANY_TEXTS && this.#lookup.size * 2 > this.#seen) {
      this.#rarelyRepeats = true;
      this.#lookup.clear();
      this.#learnFixedTexts();
    }
    return placeIds(this.#codes, block.rows, this.#ids, at, states);
  }

  #decideText(from: number, to: number): number {
    const { bytes, view } = this.#block!;
    if (from === to && this.#emptyIsNull) return CODE_ABSENT;
    if (this.#rules.field.type.kind === 'enum') {
      if (from < to) return CODE_BAD - BAD_ENUM;
      return this.#rules.field.type.values.includes('') ? this.#dictionary.intern('') : CODE_ABSENT;
    }
    if (!isWellFormed(bytes, from, to)) return CODE_BAD - BAD_UTF8;
    const id = this.#dictionary.internBytes(bytes, from, to);
    if (from < to && !this.#rarelyRepeats) this.#lookup.add(view, from, to, id);
    return id;
  }

  keep(at: number, kept: Int32Array, count: number): void {
    const ids = this.#ids;
    for (let i = 0; i < count; i++) ids[at + i] = ids[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    return { kind: 'string', ids: this.#ids, dictionary: this.#dictionary, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}

/** Codes to ids and states; without branches, as nulls come at random. */
function placeIds(codes: Int32Array, rows: number, ids: Int32Array, at: number, states: Uint8Array): number {
  let absent = 0;
  let least = 0;
  for (let row = 0; row < rows; row++) {
    const code = codes[row];
    // −1 where negative.
    const sign = code >> 31;
    ids[at + row] = code & ~sign;
    states[row] = PRESENT + sign;
    absent -= sign;
    least = Math.min(least, code);
  }
  return least < CODE_ABSENT ? placeBad(codes, rows, states) : absent;
}

function placeBad(codes: Int32Array, rows: number, states: Uint8Array): number {
  for (let row = 0; row < rows; row++) if (codes[row] < CODE_ABSENT) states[row] = CODE_BAD - codes[row];
  return -1;
}
