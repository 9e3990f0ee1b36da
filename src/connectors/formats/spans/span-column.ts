import type { Column } from '../../../engine/contract/batch.ts';
import type { Field } from '../../../engine/contract/types.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import type { SpanBlock } from './span-block.ts';

/** What became of one value of a block, a byte a row. From BAD_TYPE on the row is bad. */
export const ABSENT = 0;
export const PRESENT = 1;
/** Left by a kernel for the slow path; never leaves a column. */
export const UNDECIDED = 2;
export const BAD_TYPE = 3;
export const BAD_RANGE = 4;
export const BAD_ENUM = 5;
export const BAD_UTF8 = 6;
export const BAD_MISSING = 7;
/** Something inside a list or record; the column says what. */
export const BAD_INSIDE = 8;

/** What a column is told about its field. */
export interface FieldRules {
  readonly field: Field;
  /** Texts that mean null. */
  readonly nulls: readonly string[];
  readonly onRange: 'bad' | 'null';
  readonly zone: string | null;
}

/** One wanted column: turns a block's spans into values, batch after batch. */
export interface SpanColumn {
  /** Starts a batch with room for `capacity` rows. */
  begin(capacity: number): void;
  /** Makes room for `capacity` rows; what the batch has so far stays. */
  grow(capacity: number): void;
  /**
   * Reads the block's rows into the batch's rows from `at` on and writes what became of each to `states`; the slot of an
   * absent value holds 0. Returns 0 where all are PRESENT, how many are absent where no other is bad, else −1.
   */
  read(block: SpanBlock, slot: number, at: number, states: Uint8Array): number;
  /** Keeps of the rows from `at` on only those listed (ascending, relative to `at`). */
  keep(at: number, kept: Int32Array, count: number): void;
  finish(rows: number, validity: Uint8Array | null): Column;
  /** Code and sentence of a bad state; `row` of the last block read. */
  explain(state: number, row: number): { readonly code: RowErrorCode; readonly reason: string };
}

/** The sentences every kind of column shares. Values never appear in them. */
export function explainState(field: Field, state: number): { readonly code: RowErrorCode; readonly reason: string } {
  const { name } = field;
  switch (state) {
    case BAD_RANGE:
      return { code: 'R415', reason: `\`${name}\` is outside ${rangeText(field)}` };
    case BAD_ENUM:
      return { code: 'R417', reason: `\`${name}\` is none of its enum's values` };
    case BAD_UTF8:
      return { code: 'R413', reason: `\`${name}\` is not valid UTF-8` };
    case BAD_MISSING:
      return { code: 'R416', reason: `\`${name}\` is missing, and it is not nullable` };
    default:
      return { code: 'R414', reason: `\`${name}\` is not ${article(field.type.kind)}` };
  }
}

/** The same, of a time too, which may want an offset or a zone. */
export function explainTime(
  field: Field,
  state: number,
  zone: string | null,
): { readonly code: RowErrorCode; readonly reason: string } {
  const why = explainState(field, state);
  if (state !== BAD_TYPE || field.type.kind !== 'timestamp' || zone !== null) return why;
  return { code: why.code, reason: `${why.reason} with an offset (the source names no zone)` };
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function rangeText(field: Field): string {
  if (field.range === undefined) {
    const isTime = field.type.kind === 'timestamp' || field.type.kind === 'date';
    return isTime ? 'the years 0000 to 9999' : '±(2^53−1), the whole numbers held exactly';
  }
  return `its range ${field.range.low ?? ''}..${field.range.high ?? ''}`;
}

/** What `read` returns for these states. */
export function tally(states: Uint8Array, rows: number): number {
  let absent = 0;
  let bad = false;
  for (let row = 0; row < rows; row++) {
    if (states[row] === ABSENT) absent++;
    else if (states[row] !== PRESENT) bad = true;
  }
  return bad ? -1 : absent;
}
