import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { nullTexts, trimBlanks } from '../text/blanks.ts';
import { EXACT_DIGITS, floatOfText, intOfText, POWERS_OF_TEN } from '../text/decimal.ts';
import { FIRST_MASKS, SECOND_MASKS } from './byte-lookup.ts';
import { BLOCK_ROWS, OTHER_KIND, type SpanBlock } from './span-block.ts';
import {
  ABSENT,
  BAD_RANGE,
  BAD_TYPE,
  explainState,
  type FieldRules,
  PRESENT,
  type SpanColumn,
  tally,
  UNDECIDED,
} from './span-column.ts';

/** `int` and `float`. */
export class NumberSpanColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #whole: boolean;
  readonly #nulls: ReadonlySet<string>;
  /** True where a text of `nulls` reads as a number, so that every text must be compared first. */
  readonly #nullsFirst: boolean;
  readonly #low: number;
  readonly #high: number;
  #values = new Float64Array(0);

  constructor(rules: FieldRules) {
    this.#rules = rules;
    this.#whole = rules.field.type.kind === 'int';
    this.#nulls = nullTexts(rules.nulls);
    this.#nullsFirst = rules.nulls.some(text => !Number.isNaN(floatOfText(text)));
    this.#low = rules.field.range?.low ?? Number.NEGATIVE_INFINITY;
    this.#high = rules.field.range?.high ?? Number.POSITIVE_INFINITY;
  }

  begin(capacity: number): void {
    this.#values = new Float64Array(capacity);
  }

  grow(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }

  read(block: SpanBlock, slot: number, at: number, states: Uint8Array): number {
    const { bytes, starts, ends, rows } = block;
    const base = slot * BLOCK_ROWS;
    const values = this.#values;
    let rest = rows;
    if (this.#nullsFirst) {
      states.fill(UNDECIDED, 0, rows);
      rest = -1;
    } else {
      rest = this.#whole
        ? readInts(
            block.view,
            bytes,
            starts,
            ends,
            base,
            rows,
            values,
            at,
            states,
            this.#low,
            this.#high,
            FIRST_MASKS,
            SECOND_MASKS,
            FIRST_SHIFTS,
            SECOND_SHIFTS,
            FIRST_WEIGHTS,
          )
        : readFloats(bytes, starts, ends, base, rows, values, at, states, POWERS_OF_TEN, this.#low, this.#high);
    }
    if (rest >= 0) return rest;
    for (let row = 0; row < rows; row++) {
      if (states[row] === UNDECIDED) this.#decide(block, base + row, row, at, states);
    }
    return tally(states, rows);
  }

  #decide(block: SpanBlock, span: number, row: number, at: number, states: Uint8Array): void {
    const from = block.starts[span];
    const to = block.ends[span];
    this.#values[at + row] = 0;
    if (to - from === OTHER_KIND) {
      states[row] = BAD_TYPE;
      return;
    }
    const text = to <= from ? '' : trimBlanks(latin1(block.bytes, from, to));
    if (text === '' || this.#nulls.has(text)) {
      states[row] = ABSENT;
      return;
    }
    const value = this.#whole ? intOfText(text) : floatOfText(text);
    if (Number.isNaN(value)) states[row] = BAD_TYPE;
    else if (!Number.isFinite(value) && !this.#whole) states[row] = ABSENT;
    else if (!Number.isFinite(value) || value < this.#low || value > this.#high) {
      states[row] = this.#rules.onRange === 'null' ? ABSENT : BAD_RANGE;
    } else {
      states[row] = PRESENT;
      this.#values[at + row] = value;
    }
  }

  keep(at: number, kept: Int32Array, count: number): void {
    const values = this.#values;
    for (let i = 0; i < count; i++) values[at + i] = values[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    return { kind: 'number', values: this.#values, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}

/** Text of a span byte by byte: numbers and dates are ASCII, and what is not fails later anyway. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

/** Of a text of so many digits, up to eight: how far the first and the second word are shifted, so that the last digit is on top. */
const FIRST_SHIFTS = Int32Array.of(0, 24, 16, 8, 0, 0, 0, 0, 0);
const SECOND_SHIFTS = Int32Array.of(0, 0, 0, 0, 0, 24, 16, 8, 0);
/** What the first word's number is worth then. */
const FIRST_WEIGHTS = Int32Array.of(1, 1, 1, 1, 1, 10, 100, 1000, 10_000);
const ASCII_ZEROS = 0x30303030;

/**
 * Up to eight digits without a branch on how many: as two words of four. Longer ones and those with a sign go digit by digit;
 * what is no plain integer is UNDECIDED.
 */
function readInts(
  view: DataView,
  bytes: Uint8Array,
  starts: Int32Array,
  ends: Int32Array,
  base: number,
  rows: number,
  values: Float64Array,
  at: number,
  states: Uint8Array,
  low: number,
  high: number,
  firstMasks: Int32Array,
  secondMasks: Int32Array,
  firstShifts: Int32Array,
  secondShifts: Int32Array,
  firstWeights: Int32Array,
): number {
  let absent = 0;
  let undecided = false;
  for (let row = 0; row < rows; row++) {
    const from = starts[base + row];
    const length = ends[base + row] - from;
    if (length >>> 0 <= 8) {
      const first = ((view.getInt32(from, true) ^ ASCII_ZEROS) & firstMasks[length]) << firstShifts[length];
      const second = ((view.getInt32(from + 4, true) ^ ASCII_ZEROS) & secondMasks[length]) << secondShifts[length];
      // The high bit of a byte that is no digit.
      const wrong = ((first + 0x76767676) | first | (second + 0x76767676) | second) & 0x80808080;
      const value = Math.imul(fourDigits(first), firstWeights[length]) + fourDigits(second);
      if (wrong === 0 && ((value >= low && value <= high) || length === 0)) {
        const present = Math.min(length, 1);
        values[at + row] = value;
        states[row] = present;
        absent += 1 - present;
        continue;
      }
    }
    const value = length > 0 ? longInt(bytes, from, from + length) : Number.NaN;
    const good = value >= low && value <= high;
    values[at + row] = good ? value : 0;
    states[row] = good ? PRESENT : length === OTHER_KIND ? BAD_TYPE : length <= 0 ? ABSENT : UNDECIDED;
    if (!good) undecided = true;
  }
  return undecided ? -1 : absent;
}

/** The number of four digits, a byte each, the first in the lowest. */
function fourDigits(digits: number): number {
  const pairs = (Math.imul(digits, 2561) >>> 8) & 0x00ff00ff;
  return Math.imul(pairs, 6553601) >>> 16;
}

/** An integer of up to 15 digits, maybe with a minus; NaN for anything else. */
function longInt(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === 45;
  let p = negative ? from + 1 : from;
  if (to === p || to - p > EXACT_DIGITS) return Number.NaN;
  let value = 0;
  for (; p < to; p++) {
    const digit = bytes[p] - 48;
    if (digit >>> 0 > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

/** Digits with a sign and a point, up to 15 of them: the integer of the digits over a power of ten rounds once, correctly. */
function readFloats(
  bytes: Uint8Array,
  starts: Int32Array,
  ends: Int32Array,
  base: number,
  rows: number,
  values: Float64Array,
  at: number,
  states: Uint8Array,
  powers: Float64Array,
  low: number,
  high: number,
): number {
  let absent = 0;
  let undecided = false;
  for (let row = 0; row < rows; row++) {
    let p = starts[base + row];
    const to = ends[base + row];
    values[at + row] = 0;
    if (to <= p) {
      const other = to - p === OTHER_KIND;
      states[row] = other ? BAD_TYPE : ABSENT;
      if (other) undecided = true;
      else absent++;
      continue;
    }
    const negative = bytes[p] === 45;
    if (negative) p++;
    const digits = to - p;
    if (digits <= EXACT_DIGITS + 1) {
      let mantissa = 0;
      let fraction = -1;
      let digit = 0;
      for (; p < to; p++) {
        digit = bytes[p] - 48;
        if (digit >>> 0 <= 9) mantissa = mantissa * 10 + digit;
        else if (digit === -2 && fraction < 0) fraction = to - p - 1;
        else break;
      }
      // With a point there is one digit fewer; without one there may not be sixteen, nor none at all.
      if (p === to && (fraction >= 0 ? digits > 1 : digits > 0 && digits <= EXACT_DIGITS)) {
        const size = fraction > 0 ? mantissa / powers[fraction] : mantissa;
        const value = negative ? -size : size;
        if (value >= low && value <= high) {
          values[at + row] = value;
          states[row] = PRESENT;
          continue;
        }
      }
    }
    states[row] = UNDECIDED;
    undecided = true;
  }
  return undecided ? -1 : absent;
}
