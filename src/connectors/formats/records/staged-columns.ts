import { assert } from '../../../engine/base/assert.ts';
import { type ColumnWriter, columnWriter } from '../../../engine/columnar/column-writer.ts';
import { takeColumn } from '../../../engine/columnar/take.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import type { RowValue } from '../../../engine/contract/function.ts';
import type { Field } from '../../../engine/contract/types.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { BLOCK_ROWS, type SpanBlock } from '../spans/span-block.ts';
import {
  ABSENT,
  BAD_RANGE,
  explainState,
  type FieldRules,
  PRESENT,
  type SpanColumn,
  tally,
} from '../spans/span-column.ts';
import { StringSpanColumn } from '../spans/string-column.ts';

/**
 * What a binary format puts down of a block's rows, slot by slot: numbers and bools as they are, texts as spans of the block, lists and
 * records as values. A state of PRESENT is what is put down; any other stands.
 */
export class Staging {
  readonly numbers: readonly Float64Array[];
  readonly values: readonly RowValue[][];
  readonly states: readonly Uint8Array[];

  constructor(fields: readonly Field[]) {
    this.numbers = fields.map(({ type }) => new Float64Array(isNumber(type.kind) ? BLOCK_ROWS : 0));
    this.values = fields.map(() => []);
    this.states = fields.map(() => new Uint8Array(BLOCK_ROWS));
  }
  /** All slots of a row are absent until something is put down. */
  clear(block: SpanBlock, row: number): void {
    for (let slot = 0; slot < this.states.length; slot++) {
      this.states[slot][row] = ABSENT;
      block.starts[slot * BLOCK_ROWS + row] = block.ends[slot * BLOCK_ROWS + row] = 0;
    }
  }
}

const isNumber = (kind: string): boolean => ['int', 'float', 'timestamp', 'date', 'duration', 'bool'].includes(kind);

export function stagedColumn(rules: FieldRules, slot: number, staging: Staging): SpanColumn {
  const { kind } = rules.field.type;
  if (kind === 'string' || kind === 'enum') return new StringSpanColumn(rules);
  if (isNumber(kind)) return new NumbersColumn(rules, staging.numbers[slot], staging.states[slot]);
  return new ValuesColumn(rules, staging.values[slot], staging.states[slot]);
}

/** Numbers, times and bools. */
class NumbersColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #numbers: Float64Array;
  readonly #states: Uint8Array;
  readonly #isBool: boolean;
  #values: Float64Array | Uint8Array = new Float64Array(0);

  constructor(rules: FieldRules, numbers: Float64Array, states: Uint8Array) {
    this.#rules = rules;
    this.#numbers = numbers;
    this.#states = states;
    this.#isBool = rules.field.type.kind === 'bool';
  }
  begin(capacity: number): void {
    this.#values = this.#isBool ? new Uint8Array(capacity) : new Float64Array(capacity);
  }
  grow(capacity: number): void {
    const before = this.#values;
    this.begin(capacity);
    this.#values.set(before);
  }
  read(block: SpanBlock, _slot: number, at: number, states: Uint8Array): number {
    const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = this.#rules.field.range ?? {};
    const values = this.#values;
    for (let row = 0; row < block.rows; row++) {
      const value = this.#numbers[row];
      let state = this.#states[row];
      if (state === PRESENT && !(value >= low && value <= high)) state = BAD_RANGE;
      if (state === BAD_RANGE && this.#rules.onRange === 'null') state = ABSENT;
      values[at + row] = state === PRESENT ? value : 0;
      states[row] = state;
    }
    return tally(states, block.rows);
  }
  keep(at: number, kept: Int32Array, count: number): void {
    const values = this.#values;
    for (let i = 0; i < count; i++) values[at + i] = values[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    if (this.#isBool) return { kind: 'bool', values: this.#values as Uint8Array, validity };
    return { kind: 'number', values: this.#values as Float64Array, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}

/** Lists and records, value by value: these are rare, and their items are few. */
class ValuesColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #staged: readonly RowValue[];
  readonly #states: Uint8Array;
  readonly #writer: ColumnWriter;
  /** Rows of the writer that stay. */
  #kept: number[] = [];

  constructor(rules: FieldRules, staged: readonly RowValue[], states: Uint8Array) {
    this.#rules = rules;
    this.#staged = staged;
    this.#states = states;
    this.#writer = columnWriter(rules.field.type);
  }
  begin(): void {
    this.#kept = [];
  }
  grow(): void {}
  read(block: SpanBlock, _slot: number, _at: number, states: Uint8Array): number {
    for (let row = 0; row < block.rows; row++) {
      this.#kept.push(this.#writer.rows);
      states[row] = this.#states[row];
      if (states[row] === PRESENT) this.#writer.appendValue(this.#staged[row]);
      else this.#writer.appendNull();
    }
    return tally(states, block.rows);
  }
  keep(at: number, kept: Int32Array, count: number): void {
    const rows = this.#kept.slice(at);
    this.#kept.length = at;
    for (let i = 0; i < count; i++) this.#kept.push(rows[kept[i]]);
  }
  finish(rows: number): Column {
    assert(rows === this.#kept.length, 'a nested column has the rows of its batch');
    const written = this.#writer.rows;
    const column = this.#writer.finish();
    return rows === written ? column : takeColumn(column, Int32Array.from(this.#kept), rows);
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}
