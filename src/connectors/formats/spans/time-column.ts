import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { isBlank, nullTexts, trimBlanks } from '../text/blanks.ts';
import { durationOfText } from '../text/duration.ts';
import { dateOfBytes, timestampOfBytes } from '../text/iso-time.ts';
import { latin1 } from './number-column.ts';
import { BLOCK_ROWS, OTHER_KIND, type SpanBlock } from './span-block.ts';
import {
  ABSENT,
  BAD_RANGE,
  BAD_TYPE,
  explainTime,
  type FieldRules,
  PRESENT,
  type SpanColumn,
  tally,
} from './span-column.ts';

type Parse = (bytes: Uint8Array, from: number, to: number) => number;

/** `timestamp`, `date` and `duration`. */
export class TimeSpanColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #nulls: ReadonlySet<string>;
  readonly #parse: Parse;
  #values = new Float64Array(0);

  constructor(rules: FieldRules) {
    this.#rules = rules;
    this.#nulls = nullTexts(rules.nulls);
    this.#parse = parserOf(rules);
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
    const low = this.#rules.field.range?.low ?? Number.NEGATIVE_INFINITY;
    const high = this.#rules.field.range?.high ?? Number.POSITIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const from = starts[base + row];
      const to = ends[base + row];
      const value = to <= from ? Number.NaN : this.#parse(bytes, from, to);
      if (value >= low && value <= high) {
        values[at + row] = value;
        states[row] = PRESENT;
        continue;
      }
      values[at + row] = 0;
      if (!Number.isNaN(value)) states[row] = this.#rules.onRange === 'null' ? ABSENT : BAD_RANGE;
      else states[row] = this.#absent(bytes, from, to) ? ABSENT : BAD_TYPE;
    }
    return tally(states, rows);
  }

  #absent(bytes: Uint8Array, from: number, to: number): boolean {
    if (to <= from) return to - from !== OTHER_KIND;
    const text = trimBlanks(latin1(bytes, from, to));
    return text === '' || this.#nulls.has(text);
  }

  keep(at: number, kept: Int32Array, count: number): void {
    const values = this.#values;
    for (let i = 0; i < count; i++) values[at + i] = values[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    return { kind: 'number', values: this.#values, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainTime(this.#rules.field, state, this.#rules.zone);
  }
}

/** A text that is null may also read as a date (`1900-01-01`), so it is asked first where it could. */
function parserOf(rules: FieldRules): Parse {
  const parse = plainParserOf(rules);
  const nulls = nullTexts(rules.nulls.filter(text => /\d/.test(text)));
  if (nulls.size === 0) return parse;
  return (bytes, from, to) => (nulls.has(trimBlanks(latin1(bytes, from, to))) ? Number.NaN : parse(bytes, from, to));
}

function plainParserOf(rules: FieldRules): Parse {
  switch (rules.field.type.kind) {
    case 'date':
      return trimmed(dateOfBytes);
    case 'duration':
      return (bytes, from, to) => durationOfText(latin1(bytes, from, to));
    default: {
      const { zone } = rules;
      return trimmed((bytes, from, to) => timestampOfBytes(bytes, from, to, zone));
    }
  }
}

function trimmed(parse: Parse): Parse {
  return (bytes, from, to) => {
    while (from < to && isBlank(bytes[from])) from++;
    while (from < to && isBlank(bytes[to - 1])) to--;
    return parse(bytes, from, to);
  };
}
