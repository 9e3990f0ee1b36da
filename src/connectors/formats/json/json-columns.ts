import { isUtf8 } from 'node:buffer';
import { assert } from '../../../engine/base/assert.ts';
import { type ColumnWriter, columnWriter } from '../../../engine/columnar/column-writer.ts';
import { takeColumn } from '../../../engine/columnar/take.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { scalarColumn } from '../spans/column-of.ts';
import { BLOCK_ROWS, OTHER_KIND, type SpanBlock } from '../spans/span-block.ts';
import {
  ABSENT,
  BAD_INSIDE,
  BAD_TYPE,
  BAD_UTF8,
  explainState,
  type FieldRules,
  PRESENT,
  type SpanColumn,
  tally,
} from '../spans/span-column.ts';
import { JsonValueReader, ValueError } from './json-values.ts';

export function jsonColumn(rules: FieldRules): SpanColumn {
  const { kind } = rules.field.type;
  return kind === 'list' || kind === 'record' ? new NestedColumn(rules) : scalarColumn(rules);
}

/** A list or record column, value by value: these are rare, and their items are few. */
class NestedColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #reader: JsonValueReader;
  readonly #writer: ColumnWriter;
  /** Rows of the writer that stay; it holds those of bad rows too. */
  #kept: number[] = [];
  #errors = new Map<number, ValueError>();

  constructor(rules: FieldRules) {
    this.#rules = rules;
    this.#reader = new JsonValueReader(rules);
    this.#writer = columnWriter(rules.field.type);
  }

  begin(): void {
    this.#kept = [];
  }
  grow(): void {}

  read(block: SpanBlock, slot: number, _at: number, states: Uint8Array): number {
    this.#errors.clear();
    for (let row = 0; row < block.rows; row++) {
      this.#kept.push(this.#writer.rows);
      states[row] = this.#readRow(block, slot * BLOCK_ROWS + row, row);
      if (states[row] !== PRESENT) this.#writer.appendNull();
    }
    return tally(states, block.rows);
  }

  #readRow(block: SpanBlock, span: number, row: number): number {
    const from = block.starts[span];
    const to = block.ends[span];
    if (to <= from) return to - from === OTHER_KIND ? BAD_TYPE : ABSENT;
    const bytes = block.bytes.subarray(from, to);
    if (!isUtf8(bytes)) return BAD_UTF8;
    try {
      this.#writer.appendValue(this.#reader.read(Buffer.from(bytes).toString('utf8')));
      return PRESENT;
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.#errors.set(row, error);
      return BAD_INSIDE;
    }
  }

  keep(at: number, kept: Int32Array, count: number): void {
    const rows = this.#kept.slice(at);
    this.#kept.length = at;
    for (let i = 0; i < count; i++) this.#kept.push(rows[kept[i]]);
  }

  finish(rows: number, _validity: Uint8Array | null): Column {
    assert(rows === this.#kept.length, 'a nested column has the rows of its batch');
    const written = this.#writer.rows;
    const column = this.#writer.finish();
    return rows === written ? column : takeColumn(column, Int32Array.from(this.#kept), rows);
  }

  explain(state: number, row: number): { readonly code: RowErrorCode; readonly reason: string } {
    const error = state === BAD_INSIDE ? this.#errors.get(row) : undefined;
    return error === undefined ? explainState(this.#rules.field, state) : { code: error.code, reason: error.message };
  }
}
