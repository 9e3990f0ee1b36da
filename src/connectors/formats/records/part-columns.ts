import type { Part } from '../../../engine/columnar/record-frame.ts';
import { findHeader } from '../../../engine/columnar/record-headers.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import type { RecordPart } from '../../../engine/contract/connector.ts';
import type { RecordColumns } from '../../../engine/contract/record-topics.ts';
import type { Field } from '../../../engine/contract/types.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { BLOCK_ROWS, EMPTY_TEXT, type SpanBlock } from '../spans/span-block.ts';
import {
  ABSENT,
  BAD_RANGE,
  explainState,
  type FieldRules,
  PRESENT,
  type SpanColumn,
  tally,
} from '../spans/span-column.ts';

/** The years 0000 to 9999. */
const FIRST_TIME = -62_167_219_200_000;
const LAST_TIME = 253_402_300_799_999;

/** Fields that are filled from a record's key, time or headers: texts of these are spans like any other. */
export class PartSpans {
  readonly #parts: readonly { readonly slot: number; readonly part: RecordPart; readonly name: Uint8Array }[];
  /** Of the block's rows. */
  readonly times = new Float64Array(BLOCK_ROWS);
  readonly #found: Part = { bytes: new Uint8Array(0), from: -1, to: -1 };

  constructor(fields: readonly Field[], parts: Readonly<Record<string, RecordPart>>) {
    this.#parts = fields.flatMap((field, slot) => {
      const part = parts[field.name];
      if (part === undefined) return [];
      return [{ slot, part, name: new TextEncoder().encode(part.kind === 'header' ? part.name : '') }];
    });
  }

  /** Places the parts of a record in the row before the block's next; the block holds the records' bytes from `base` on. */
  place(block: SpanBlock, records: RecordColumns, record: number, base: number): void {
    const row = block.rows - 1;
    for (const { slot, part, name } of this.#parts) {
      if (part.kind === 'timestamp') this.times[row] = records.timestamp[record];
      else if (part.kind === 'key') {
        placeText(
          block,
          slot,
          row,
          records.keyStart[record] - base,
          records.keyEnd[record] - base,
          records.keyStart[record] < 0,
        );
      } else {
        const found = this.#found;
        findHeader(records, record, name, found);
        placeText(block, slot, row, found.from - base, found.to - base, found.from < 0);
      }
    }
  }
}

function placeText(block: SpanBlock, slot: number, row: number, from: number, to: number, isNull: boolean): void {
  const at = slot * BLOCK_ROWS + row;
  block.starts[at] = isNull ? 0 : from;
  block.ends[at] = isNull ? 0 : to > from ? to : from + EMPTY_TEXT;
}

/** A record's own time. */
export class TimesColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #times: Float64Array;
  #values = new Float64Array(0);

  constructor(rules: FieldRules, times: Float64Array) {
    this.#rules = rules;
    this.#times = times;
  }
  begin(capacity: number): void {
    this.#values = new Float64Array(capacity);
  }
  grow(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }
  read(block: SpanBlock, _slot: number, at: number, states: Uint8Array): number {
    const { low = FIRST_TIME, high = LAST_TIME } = this.#rules.field.range ?? {};
    for (let row = 0; row < block.rows; row++) {
      const time = this.#times[row];
      const isGood = time >= low && time <= high;
      // Kafka's word for no time.
      const isNone = time === -1;
      this.#values[at + row] = isGood && !isNone ? time : 0;
      states[row] = isNone ? ABSENT : isGood ? PRESENT : this.#rules.onRange === 'null' ? ABSENT : BAD_RANGE;
    }
    return tally(states, block.rows);
  }
  keep(at: number, kept: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.#values[at + i] = this.#values[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    return { kind: 'number', values: this.#values, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}
