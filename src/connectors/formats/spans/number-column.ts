import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { nullTexts, trimBlanks } from '../text/blanks.ts';
import { EXACT_DIGITS, floatOfText, intOfText, POWERS_OF_TEN } from '../text/decimal.ts';
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
        ? readInts(bytes, starts, ends, base, rows, values, at, states, this.#low, this.#high)
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

/** Digits with a sign, up to 15 of them; everything else is UNDECIDED. */
function readInts(
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
    let value = -1;
    if (digits <= 9) {
      let small = 0;
      let digit = 0;
      while (p < to && (digit = bytes[p] - 48) >>> 0 <= 9) {
        small = (Math.imul(small, 10) + digit) | 0;
        p++;
      }
      if (p === to && digits > 0) value = small;
    } else if (digits <= EXACT_DIGITS) {
      let large = 0;
      let digit = 0;
      while (p < to && (digit = bytes[p] - 48) >>> 0 <= 9) {
        large = large * 10 + digit;
        p++;
      }
      if (p === to) value = large;
    }
    if (value >= 0) {
      if (negative) value = 0 - value;
      if (value >= low && value <= high) {
        values[at + row] = value;
        states[row] = PRESENT;
        continue;
      }
    }
    states[row] = UNDECIDED;
    undecided = true;
  }
  return undecided ? -1 : absent;
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
