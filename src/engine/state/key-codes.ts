import { assert } from '../base/assert.ts';
import { columnOf } from '../columnar/take.ts';
import { isValid, validityBytes } from '../columnar/validity.ts';
import type { Batch, Column, Dictionary } from '../contract/batch.ts';
import type { Field } from '../contract/types.ts';
import type { TextTable } from './text-table.ts';

/**
 * Keys as columns of numbers: two keys are equal when their codes are. A string is its id in the table's texts, a bool 0
 * or 1, −1 is null; a number is itself (−0 as 0), with a second column that says null where the field may be.
 */
export function codeWidth(field: Field): number {
  return isNumber(field) && field.nullable ? 2 : 1;
}

function isNumber(field: Field): boolean {
  const { kind } = field.type;
  return kind !== 'bool' && kind !== 'string' && kind !== 'enum';
}

export function checkKeyField(field: Field): void {
  const { kind } = field.type;
  const ok = isNumber(field) ? ['int', 'float', 'timestamp', 'date', 'duration'].includes(kind) : true;
  assert(ok, `a key of type ${kind} was let through by the checker`);
}

/** Codes of the rows' keys, one array per code column. Texts not seen before are added to `texts`. */
export function keyCodes(batch: Batch, fields: readonly Field[], names: readonly string[], texts: TextTable) {
  const codes: Float64Array[] = [];
  for (let f = 0; f < fields.length; f++) {
    const column = columnOf(batch, names[f]);
    const code = new Float64Array(batch.rows);
    codes.push(code);
    if (column.kind === 'string')
      stringCodes(column.ids, column.validity, texts.mapOf(column.dictionary), texts, column.dictionary, code);
    else if (column.kind === 'bool') boolCodes(column.values, column.validity, code);
    else {
      assert(column.kind === 'number', 'a key column is of a plain type');
      numberCodes(column.values, column.validity, code);
      if (codeWidth(fields[f]) === 2) codes.push(nullCodes(column.validity, batch.rows));
    }
  }
  return codes;
}

function stringCodes(
  ids: Int32Array,
  validity: Uint8Array | null,
  known: Int32Array,
  texts: TextTable,
  dictionary: Dictionary,
  out: Float64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    if (!isValid(validity, row)) {
      out[row] = -1;
      continue;
    }
    const id = ids[row];
    let code = known[id];
    if (code < 0) code = known[id] = texts.internFrom(dictionary, id);
    out[row] = code;
  }
}

function boolCodes(values: Uint8Array, validity: Uint8Array | null, out: Float64Array): void {
  for (let row = 0; row < out.length; row++) out[row] = isValid(validity, row) ? values[row] : -1;
}

function numberCodes(values: Float64Array, validity: Uint8Array | null, out: Float64Array): void {
  for (let row = 0; row < out.length; row++) out[row] = isValid(validity, row) ? values[row] + 0 : 0;
}

function nullCodes(validity: Uint8Array | null, rows: number): Float64Array {
  const out = new Float64Array(rows);
  if (validity !== null) for (let row = 0; row < rows; row++) out[row] = isValid(validity, row) ? 0 : 1;
  return out;
}

/** The key columns of ids again. `keys` are the code columns by id. */
export function keyColumnsOf(
  fields: readonly Field[],
  keys: readonly Float64Array[],
  ids: Int32Array,
  rows: number,
  dictionary: Dictionary,
): Column[] {
  let at = 0;
  return fields.map(field => {
    const codes = keys[at];
    const nulls = codeWidth(field) === 2 ? keys[at + 1] : null;
    at += codeWidth(field);
    const present = (id: number): boolean => (isNumber(field) ? nulls === null || nulls[id] === 0 : codes[id] >= 0);
    const validity = field.nullable ? validityOf(ids, rows, present) : null;
    if (isNumber(field)) {
      const values = new Float64Array(rows);
      for (let row = 0; row < rows; row++) values[row] = codes[ids[row]];
      return { kind: 'number', values, validity };
    }
    if (field.type.kind === 'bool') {
      const values = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) values[row] = Math.max(0, codes[ids[row]]);
      return { kind: 'bool', values, validity };
    }
    return { kind: 'string', ids: textIds(codes, ids, rows), dictionary, validity };
  });
}

/** Text ids of a code column or text slot; 0 under an absent one. */
export function textIds(codes: Float64Array, ids: Int32Array, rows: number): Int32Array {
  const out = new Int32Array(rows);
  for (let row = 0; row < rows; row++) out[row] = Math.max(0, codes[ids[row]]);
  return out;
}

/** A bitmap of the rows whose id passes, or null when all do. */
export function validityOf(ids: Int32Array, rows: number, present: (id: number) => boolean): Uint8Array | null {
  const bits = new Uint8Array(validityBytes(rows));
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    if (present(ids[row])) bits[row >> 3] |= 1 << (row & 7);
    else missing++;
  }
  return missing === 0 ? null : bits;
}
