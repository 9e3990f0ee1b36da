import { assert } from '../base/assert.ts';
import { createDictionary } from '../columnar/dictionary.ts';
import { valueAt } from '../columnar/rows.ts';
import { isValid } from '../columnar/validity.ts';
import type { Batch, Column } from '../contract/batch.ts';
import type { SlotSpec } from '../contract/state.ts';
import type { Field, Schema } from '../contract/types.ts';
import { textIds, validityOf } from './key-codes.ts';
import type { KeyedTable } from './keyed-table.ts';

/** What the rows of a table are: the key's columns and a column a slot, `@phi` where they tell of a person. */
export function tableSchema({ key, slotSpecs }: Pick<KeyedTable, 'key' | 'slotSpecs'>): Schema {
  return { fields: [...key, ...slotSpecs.map(slotField)] };
}
function slotField({ name, kind, phi }: SlotSpec): Field {
  return {
    name,
    type: { kind: kind === 'text' ? 'string' : 'float' },
    nullable: true,
    ...(phi ? { phi } : {}),
  };
}

/**
 * A table's rows, `batchRows` at a time, in an order that the keys alone say: by key group, then by the key's values. So the tables of the
 * partitions of a chain, one after another, give the same rows in the same order however many partitions there are.
 */
export function* tableRows(table: KeyedTable, batchRows: number): Generator<Batch> {
  const schema = tableSchema(table);
  const ids = idsInOrder(table);
  for (let from = 0; from < ids.length; from += batchRows) {
    const some = ids.subarray(from, from + batchRows);
    const slots = table.slotSpecs.map((slot, i) => slotColumn(table, slot, i, some));
    yield { schema, rows: some.length, columns: [...table.keyColumns(some, some.length), ...slots] };
  }
}

/** A number that is none, as of a minimum of nothing, is null. */
function slotColumn(table: KeyedTable, { kind }: SlotSpec, place: number, ids: Int32Array): Column {
  const values = table.slotAt(place);
  const rows = ids.length;
  if (kind === 'text') {
    const validity = validityOf(ids, rows, id => values[id] >= 0);
    return { kind: 'string', ids: textIds(values, ids, rows), dictionary: table.texts.dictionary, validity };
  }
  const validity = validityOf(ids, rows, id => Number.isFinite(values[id]));
  return { kind: 'number', values: Float64Array.from(ids, id => values[id]), validity };
}

function idsInOrder(table: KeyedTable): Int32Array {
  const ids = Int32Array.from({ length: table.size }, (_, id) => id);
  const columns = table.keyColumns(ids, ids.length);
  const compares = columns.map((column, i) => comparison(column, table.key[i]));
  return ids.sort((a, b) => {
    const byGroup = table.groupOf(a) - table.groupOf(b);
    if (byGroup !== 0) return byGroup;
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** Nulls first, NaN last; texts by their bytes. */
function comparison(column: Column, { type }: Field): (a: number, b: number) => number {
  if (column.kind === 'string') {
    const { ids, dictionary } = column;
    const isThere = presence(column);
    return (a, b) => isThere(a) - isThere(b) || Buffer.compare(dictionary.bytes(ids[a]), dictionary.bytes(ids[b]));
  }
  const numberOf = (row: number): number => {
    const value = valueAt(column, type, row);
    return value === null ? Number.NEGATIVE_INFINITY : Number(value);
  };
  const isThere = presence(column);
  return (a, b) => {
    const [x, y] = [numberOf(a), numberOf(b)];
    return isThere(a) - isThere(b) || Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || (x < y ? -1 : x > y ? 1 : 0);
  };
}
function presence(column: Column): (row: number) => number {
  assert(column.kind !== 'features', 'a key is of plain values');
  return row => Number(isValid(column.validity, row));
}

const MASK = '***';

/** The rows with a text that says nothing in place of every `@phi` value, null or not. */
export function masked({ schema, rows, columns }: Batch): Batch {
  const dictionary = createDictionary();
  const ids = new Int32Array(rows).fill(dictionary.intern(MASK));
  return {
    rows,
    schema: {
      fields: schema.fields.map(field => (field.phi ? { ...field, type: { kind: 'string' }, nullable: false } : field)),
    },
    columns: schema.fields.map((field, i) =>
      field.phi ? { kind: 'string', ids, dictionary, validity: null } : columns[i],
    ),
  };
}
