import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch, Column } from '../contract/batch.ts';
import type { RowValue } from '../contract/function.ts';
import type { Schema, Type } from '../contract/types.ts';
import { columnWriter } from './column-writer.ts';
import { isValid } from './validity.ts';

/** A row as an object by field name. Only at edges that speak of rows: tests, the oracle, JSON. Never in a hot loop. */
export type Row = Readonly<Record<string, RowValue>>;

/**
 * Rows as columns. A field left out is null. Throws `OperationalError` R401 for a null in a field that takes none and R402
 * for a value of another type than the field's; the message names the field only.
 */
export function batchFromRows(schema: Schema, rows: readonly Row[]): Batch {
  const columns = schema.fields.map(field => {
    const writer = columnWriter(field.type);
    for (const row of rows) {
      const value = row[field.name] ?? null;
      if (value === null && !field.nullable) {
        throw new OperationalError('R401', `field ${field.name} takes no null`);
      }
      if (!fits(field.type, value))
        throw new OperationalError('R402', `a value of field ${field.name} has another type`);
      writer.appendValue(value);
    }
    return writer.finish();
  });
  return { schema, rows: rows.length, columns };
}

/** The rows of a batch, hidden fields included. Features are an object by feature name, NaN as null. */
export function rowsOfBatch(batch: Batch): Record<string, RowValue>[] {
  return Array.from({ length: batch.rows }, (_, row) => rowOfBatch(batch, row));
}

/** One row of a batch. */
export function rowOfBatch(batch: Batch, row: number): Record<string, RowValue> {
  const { fields } = batch.schema;
  return Object.fromEntries(fields.map((field, i) => [field.name, valueAt(batch.columns[i], field.type, row)]));
}

/** The value of one row of a column, as the oracle sees it. */
export function valueAt(column: Column, type: Type, row: number): RowValue {
  if (column.kind === 'features') {
    assert(type.kind === 'features', `a features column of type ${type.kind}`);
    const values = type.names.map((name, i) => [
      name,
      Number.isNaN(column.columns[i][row]) ? null : column.columns[i][row],
    ]);
    return Object.fromEntries(values);
  }
  if (!isValid(column.validity, row)) return null;
  switch (column.kind) {
    case 'number':
      return column.values[row];
    case 'bool':
      return column.values[row] === 1;
    case 'string':
      return column.dictionary.text(column.ids[row]);
    case 'list': {
      assert(type.kind === 'list', `a list column of type ${type.kind}`);
      const items: RowValue[] = [];
      for (let i = column.offsets[row]; i < column.offsets[row + 1]; i++) {
        items.push(valueAt(column.items, type.item, i));
      }
      return items;
    }
    case 'record': {
      assert(type.kind === 'record', `a record column of type ${type.kind}`);
      const { children } = column;
      return Object.fromEntries(type.fields.map((field, i) => [field.name, valueAt(children[i], field.type, row)]));
    }
  }
}

/** Whether a value is one of the type. Null fits every type; features must be given whole or not at all. */
function fits(type: Type, value: RowValue): boolean {
  if (value === null) return true;
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
    case 'timestamp':
    case 'date':
    case 'duration':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'secret':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'string' && type.values.includes(value);
    case 'list':
      return Array.isArray(value) && value.every(item => fits(type.item, item));
    case 'record':
      return isRecord(value) && type.fields.every(field => fits(field.type, value[field.name] ?? null));
    case 'features':
      return isRecord(value);
    case 'tensor':
      return false;
  }
}

function isRecord(value: RowValue): value is { readonly [field: string]: RowValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
