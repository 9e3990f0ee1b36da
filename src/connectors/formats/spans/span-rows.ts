import { OperationalError } from '../../../engine/base/operational-error.ts';
import { validityBytes } from '../../../engine/columnar/validity.ts';
import { isZone } from '../../../engine/columnar/zones.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { BadRow } from '../../../engine/contract/connector.ts';
import type { Field, Schema } from '../../../engine/contract/types.ts';
import { BLOCK_ROWS, type SpanBlock } from './span-block.ts';
import { ABSENT, BAD_MISSING, type FieldRules, PRESENT, type SpanColumn } from './span-column.ts';

/** What the rows of a batch are to be. */
export interface RowRules {
  readonly schema: Schema;
  readonly nulls: readonly string[];
  readonly onRange: 'bad' | 'null';
  readonly zone: string | null;
  /** At most so many are taken in before they are taken out. */
  readonly batchRows: number;
  readonly split: string;
  bad(row: BadRow): void;
}

/** The rows of a batch as it fills: each column reads its own spans of a block, and rows found bad are taken out. */
export class SpanRows {
  readonly #rules: RowRules;
  readonly #columns: readonly SpanColumn[];
  readonly #fields: readonly Field[];
  readonly #validities: (Uint8Array | null)[];
  readonly #states: Uint8Array[];
  readonly #kept = new Int32Array(BLOCK_ROWS);
  /** Rows of the batch being filled. */
  rows = 0;
  /** Room in the columns, 0 between batches; grows up to the rules', so that a trickle of rows costs little memory. */
  #capacity = 0;
  #lastRows = 0;

  /** `columnOf` is asked for each field by its slot. Throws R228. */
  constructor(rules: RowRules, columnOf: (rules: FieldRules, slot: number) => SpanColumn) {
    if (rules.zone !== null && !isZone(rules.zone)) {
      throw new OperationalError('R228', `there is no time zone ${rules.zone}`, {
        hint: 'zones have names like "Europe/Berlin"',
      });
    }
    this.#rules = rules;
    this.#fields = rules.schema.fields;
    this.#columns = this.#fields.map((field, slot) => columnOf({ ...rules, field }, slot));
    this.#validities = this.#fields.map(() => null);
    this.#states = this.#fields.map(() => new Uint8Array(BLOCK_ROWS));
  }

  /** Takes the block's rows in, but for bad ones, which it tells of in their order. */
  read(block: SpanBlock): void {
    const { rows } = block;
    if (rows === 0) {
      if (block.broken.length > 0) this.#report(block, null);
      return;
    }
    this.#reserve(this.rows + rows);
    let firstBad: Int8Array | null = null;
    for (let slot = 0; slot < this.#columns.length; slot++) {
      const states = this.#states[slot];
      const absent = this.#columns[slot].read(block, slot, this.rows, states);
      if (absent === 0) continue;
      const { nullable } = this.#fields[slot];
      if (absent < 0 || !nullable) {
        firstBad ??= new Int8Array(rows);
        markBad(states, rows, nullable, firstBad);
      }
      const validity = (this.#validities[slot] ??= allPresent(this.#rules.batchRows));
      markAbsent(states, rows, validity, this.rows);
    }
    if (firstBad !== null || block.broken.length > 0) this.#report(block, firstBad);
    this.rows += firstBad === null ? rows : this.#takeOut(firstBad);
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    const begun = this.#capacity > 0;
    const wish = Math.max(rows, BLOCK_ROWS, begun ? this.#capacity * 4 : this.#lastRows);
    this.#capacity = Math.min(wish, this.#rules.batchRows);
    for (const column of this.#columns) {
      if (begun) column.grow(this.#capacity);
      else column.begin(this.#capacity);
    }
  }

  /** Closes the gaps that bad rows left; returns how many rows stay. */
  #takeOut(bad: Int8Array): number {
    const kept = this.#kept;
    let count = 0;
    for (let row = 0; row < bad.length; row++) if (bad[row] === 0) kept[count++] = row;
    for (const column of this.#columns) column.keep(this.rows, kept, count);
    for (const validity of this.#validities)
      if (validity !== null) keepBits(validity, this.rows, kept, count, bad.length);
    return count;
  }

  /** Reports the block's bad records in their order. */
  #report(block: SpanBlock, bad: Int8Array | null): void {
    const rows: BadRow[] = [];
    const { split } = this.#rules;
    for (const { code, reason, record, from, to } of block.broken) {
      rows.push({ code, reason, split, record, raw: block.bytes.slice(from, to) });
    }
    for (let row = 0; bad !== null && row < bad.length; row++) {
      if (bad[row] === 0) continue;
      const slot = this.#states.findIndex(states => states[row] > PRESENT);
      rows.push({
        ...this.#columns[slot].explain(this.#states[slot][row], row),
        split,
        record: block.recordNumber[row],
        raw: block.bytes.slice(block.recordFrom[row], block.recordTo[row]),
      });
    }
    rows.sort((a, b) => a.record - b.record);
    for (const row of rows) this.#rules.bad(row);
  }

  /** The rows so far as a batch; the next ones begin another. */
  take(): Batch {
    const { rows } = this;
    const columns = this.#columns.map((column, slot): Column => {
      const validity = this.#validities[slot];
      return column.finish(rows, validity === null ? null : trimmedBits(validity, rows));
    });
    this.rows = 0;
    this.#lastRows = rows;
    this.#capacity = 0;
    this.#validities.fill(null);
    return { schema: this.#rules.schema, rows, columns };
  }
}

function allPresent(rows: number): Uint8Array {
  return new Uint8Array(validityBytes(rows)).fill(0xff);
}

/** Writes the bits of a block's rows: 0 where the value is absent. Eight at a time without branches where they begin a byte. */
function markAbsent(states: Uint8Array, rows: number, validity: Uint8Array, at: number): void {
  let row = 0;
  if ((at & 7) === 0) {
    for (; row + 8 <= rows; row += 8) {
      validity[(at + row) >> 3] =
        Math.min(states[row], 1) |
        (Math.min(states[row + 1], 1) << 1) |
        (Math.min(states[row + 2], 1) << 2) |
        (Math.min(states[row + 3], 1) << 3) |
        (Math.min(states[row + 4], 1) << 4) |
        (Math.min(states[row + 5], 1) << 5) |
        (Math.min(states[row + 6], 1) << 6) |
        (Math.min(states[row + 7], 1) << 7);
    }
  }
  for (; row < rows; row++) {
    if (states[row] === ABSENT) validity[(at + row) >> 3] &= ~(1 << ((at + row) & 7));
  }
}

/** Marks the rows this column finds bad; absent values are where the field is not nullable. */
function markBad(states: Uint8Array, rows: number, nullable: boolean, bad: Int8Array): void {
  for (let row = 0; row < rows; row++) {
    if (states[row] === ABSENT && !nullable) states[row] = BAD_MISSING;
    if (states[row] > PRESENT) bad[row] = 1;
  }
}

/** Moves the bits of the rows listed together and sets those left over. */
function keepBits(bits: Uint8Array, at: number, kept: Int32Array, count: number, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const from = at + kept[i];
    const present = i >= count || ((bits[from >> 3] >> (from & 7)) & 1) === 1;
    const to = at + i;
    if (present) bits[to >> 3] |= 1 << (to & 7);
    else bits[to >> 3] &= ~(1 << (to & 7));
  }
}

/** The bitmap of the first `rows` rows, 0 behind; null where all are present. */
function trimmedBits(bits: Uint8Array, rows: number): Uint8Array | null {
  const trimmed = bits.subarray(0, validityBytes(rows));
  if ((rows & 7) !== 0) trimmed[rows >> 3] &= (1 << (rows & 7)) - 1;
  const whole = rows >> 3;
  for (let i = 0; i < whole; i++) if (trimmed[i] !== 0xff) return trimmed;
  return (rows & 7) !== 0 && trimmed[whole] !== (1 << (rows & 7)) - 1 ? trimmed : null;
}
