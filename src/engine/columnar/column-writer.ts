import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Column, Dictionary } from '../contract/batch.ts';
import type { RowValue } from '../contract/function.ts';
import type { Type } from '../contract/types.ts';
import { createDictionary, DICTIONARY_LIMIT } from './dictionary.ts';
import { validityBytes } from './validity.ts';

const FIRST_CAPACITY = 1024;

/**
 * Columns row by row, with no object per row: a decoder takes the concrete writer of each field once and calls its typed
 * `append…`. A writer is reused: `finish` copies what was written out and starts again at row 0.
 */
export type ColumnWriter = NumberWriter | BoolWriter | StringWriter | ListWriter | RecordWriter | FeaturesWriter;

/** What every writer does. */
interface Writer {
  /** Rows written since the last `finish`. */
  readonly rows: number;
  appendNull(): void;
  /** For edges that hold values, not for decoders: `append…` chosen by the value. */
  appendValue(value: RowValue): void;
  /** Forgets the rows from `rows` on: a record found bad half-way. */
  rewind(rows: number): void;
  finish(): Column;
}

export function columnWriter(type: Type): ColumnWriter {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'timestamp':
    case 'date':
    case 'duration':
      return new NumberWriter();
    case 'bool':
      return new BoolWriter();
    case 'string':
    case 'enum':
    case 'secret':
      return new StringWriter();
    case 'list':
      return new ListWriter(columnWriter(type.item));
    case 'record':
      return new RecordWriter(
        type.fields.map(field => field.name),
        type.fields.map(field => columnWriter(field.type)),
      );
    case 'features':
      return new FeaturesWriter(type.names);
    case 'tensor':
      throw new OperationalError('R403', 'tensor columns cannot be held in memory yet');
  }
}

/** Null marks: 1 = null, so that appending a present value need not touch them. */
class NullMarks {
  #bits = new Uint8Array(validityBytes(FIRST_CAPACITY));
  #count = 0;

  mark(row: number): void {
    if (row >> 3 >= this.#bits.length) {
      const larger = new Uint8Array(Math.max((row >> 3) + 1, this.#bits.length * 2));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[row >> 3] |= 1 << (row & 7);
    this.#count += 1;
  }

  rewind(from: number, to: number): void {
    if (this.#count === 0) return;
    for (let row = from; row < to && row >> 3 < this.#bits.length; row++) {
      const bit = 1 << (row & 7);
      if ((this.#bits[row >> 3] & bit) === 0) continue;
      this.#bits[row >> 3] &= ~bit;
      this.#count -= 1;
    }
  }

  finish(rows: number): Uint8Array | null {
    if (this.#count === 0) return null;
    const validity = new Uint8Array(validityBytes(rows));
    for (let i = 0; i < validity.length; i++) validity[i] = ~(i < this.#bits.length ? this.#bits[i] : 0);
    if ((rows & 7) !== 0) validity[rows >> 3] &= (1 << (rows & 7)) - 1;
    this.#bits.fill(0);
    this.#count = 0;
    return validity;
  }
}

/** `int`, `float`, `timestamp`, `date`, `duration`. */
export class NumberWriter implements Writer {
  rows = 0;
  #values = new Float64Array(FIRST_CAPACITY);
  readonly #nulls = new NullMarks();

  append(value: number): void {
    if (this.rows === this.#values.length) {
      const larger = new Float64Array(this.rows * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.rows] = value;
    this.rows += 1;
  }
  appendNull(): void {
    this.#nulls.mark(this.rows);
    this.append(0);
  }
  appendValue(value: RowValue): void {
    if (value === null) {
      this.appendNull();
      return;
    }
    assert(typeof value === 'number', 'a number column takes numbers');
    this.append(value);
  }
  rewind(rows: number): void {
    this.#nulls.rewind(rows, this.rows);
    this.rows = rows;
  }
  finish(): Column & { kind: 'number' } {
    const values = this.#values.slice(0, this.rows);
    const validity = this.#nulls.finish(this.rows);
    this.rows = 0;
    return { kind: 'number', values, validity };
  }
}

export class BoolWriter implements Writer {
  rows = 0;
  #values = new Uint8Array(FIRST_CAPACITY);
  readonly #nulls = new NullMarks();

  /** `value`: 0 or 1. */
  append(value: number): void {
    if (this.rows === this.#values.length) {
      const larger = new Uint8Array(this.rows * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.rows] = value;
    this.rows += 1;
  }
  appendNull(): void {
    this.#nulls.mark(this.rows);
    this.append(0);
  }
  appendValue(value: RowValue): void {
    if (value === null) {
      this.appendNull();
      return;
    }
    assert(typeof value === 'boolean', 'a bool column takes booleans');
    this.append(value ? 1 : 0);
  }
  rewind(rows: number): void {
    this.#nulls.rewind(rows, this.rows);
    this.rows = rows;
  }
  finish(): Column & { kind: 'bool' } {
    const values = this.#values.slice(0, this.rows);
    const validity = this.#nulls.finish(this.rows);
    this.rows = 0;
    return { kind: 'bool', values, validity };
  }
}

/** `string` and `enum`. Keeps its dictionary over batches and starts a new one at a batch's start once past the limit. */
export class StringWriter implements Writer {
  rows = 0;
  dictionary: Dictionary = createDictionary();
  #ids = new Int32Array(FIRST_CAPACITY);
  readonly #nulls = new NullMarks();

  /** An id of `this.dictionary`. */
  append(id: number): void {
    if (this.rows === this.#ids.length) {
      const larger = new Int32Array(this.rows * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.rows] = id;
    this.rows += 1;
  }
  appendText(text: string): void {
    this.append(this.dictionary.intern(text));
  }
  /** Well-formed UTF-8 in `bytes[from, to)`. */
  appendBytes(bytes: Uint8Array, from: number, to: number): void {
    this.append(this.dictionary.internBytes(bytes, from, to));
  }
  appendNull(): void {
    this.#nulls.mark(this.rows);
    this.append(0);
  }
  appendValue(value: RowValue): void {
    if (value === null) {
      this.appendNull();
      return;
    }
    assert(typeof value === 'string', 'a string column takes strings');
    this.appendText(value);
  }
  rewind(rows: number): void {
    this.#nulls.rewind(rows, this.rows);
    this.rows = rows;
  }
  finish(): Column & { kind: 'string' } {
    const { dictionary } = this;
    const ids = this.#ids.slice(0, this.rows);
    const validity = this.#nulls.finish(this.rows);
    this.rows = 0;
    if (dictionary.size >= DICTIONARY_LIMIT) this.dictionary = createDictionary();
    return { kind: 'string', ids, dictionary, validity };
  }
}

/** Append the items of a row to `items`, then `endRow()`. */
export class ListWriter implements Writer {
  rows = 0;
  readonly items: ColumnWriter;
  #offsets = new Int32Array(FIRST_CAPACITY + 1);
  readonly #nulls = new NullMarks();

  constructor(items: ColumnWriter) {
    this.items = items;
  }
  endRow(): void {
    if (this.rows + 1 === this.#offsets.length) {
      const larger = new Int32Array(this.#offsets.length * 2);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    this.rows += 1;
    this.#offsets[this.rows] = this.items.rows;
  }
  appendNull(): void {
    this.#nulls.mark(this.rows);
    this.endRow();
  }
  appendValue(value: RowValue): void {
    if (value === null) {
      this.appendNull();
      return;
    }
    assert(Array.isArray(value), 'a list column takes lists');
    for (const item of value) this.items.appendValue(item);
    this.endRow();
  }
  rewind(rows: number): void {
    this.#nulls.rewind(rows, this.rows);
    this.rows = rows;
    this.items.rewind(this.#offsets[rows]);
  }
  finish(): Column & { kind: 'list' } {
    const offsets = this.#offsets.slice(0, this.rows + 1);
    const validity = this.#nulls.finish(this.rows);
    this.rows = 0;
    return { kind: 'list', offsets, items: this.items.finish(), validity };
  }
}

/** Append one value to each of `children`, then `endRow()`. */
export class RecordWriter implements Writer {
  rows = 0;
  readonly names: readonly string[];
  readonly children: readonly ColumnWriter[];
  readonly #nulls = new NullMarks();

  constructor(names: readonly string[], children: readonly ColumnWriter[]) {
    this.names = names;
    this.children = children;
  }
  endRow(): void {
    this.rows += 1;
  }
  appendNull(): void {
    for (const child of this.children) child.appendNull();
    this.#nulls.mark(this.rows);
    this.rows += 1;
  }
  appendValue(value: RowValue): void {
    if (value === null) {
      this.appendNull();
      return;
    }
    assert(typeof value === 'object' && !Array.isArray(value), 'a record column takes records');
    const record = value as { readonly [field: string]: RowValue };
    for (let i = 0; i < this.names.length; i++) this.children[i].appendValue(record[this.names[i]] ?? null);
    this.rows += 1;
  }
  rewind(rows: number): void {
    this.#nulls.rewind(rows, this.rows);
    this.rows = rows;
    for (const child of this.children) child.rewind(Math.min(rows, child.rows));
  }
  finish(): Column & { kind: 'record' } {
    const validity = this.#nulls.finish(this.rows);
    this.rows = 0;
    return { kind: 'record', children: this.children.map(child => child.finish()), validity };
  }
}

/** A feature matrix from records by feature name; a feature left out or null is missing. */
export class FeaturesWriter implements Writer {
  rows = 0;
  readonly names: readonly string[];
  #columns: Float64Array[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.#columns = names.map(() => new Float64Array(16));
  }
  appendNull(): void {
    this.appendValue({});
  }
  appendValue(value: RowValue): void {
    assert(typeof value === 'object' && !Array.isArray(value), 'a features column takes records');
    const record = (value ?? {}) as { readonly [field: string]: RowValue };
    this.names.forEach((name, i) => {
      const feature = record[name] ?? null;
      assert(feature === null || typeof feature === 'number', 'a feature is a number');
      if (this.rows === this.#columns[i].length) {
        const larger = new Float64Array(this.rows * 2);
        larger.set(this.#columns[i]);
        this.#columns[i] = larger;
      }
      this.#columns[i][this.rows] = feature ?? Number.NaN;
    });
    this.rows += 1;
  }
  rewind(rows: number): void {
    this.rows = rows;
  }
  finish(): Column & { kind: 'features' } {
    const columns = this.#columns.map(column => column.slice(0, this.rows));
    this.rows = 0;
    return { kind: 'features', columns };
  }
}
