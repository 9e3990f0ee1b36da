import { createDictionary } from '../../../engine/columnar/dictionary.ts';
import { isValid, packValidity } from '../../../engine/columnar/validity.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import type { Field } from '../../../engine/contract/types.ts';
import { ABSENT, BAD_ENUM, BAD_MISSING, BAD_RANGE, type FieldRules, PRESENT } from '../spans/span-column.ts';

export interface Conformed {
  readonly column: Column;
  /** What became of each value, as `SpanColumn.read` tells it. */
  readonly states: Uint8Array;
  /** The field inside a list or record that is at fault, by row. */
  readonly inside: ReadonlyMap<number, Field>;
}
const NOTHING: ReadonlyMap<number, Field> = new Map();

/** A column of another table under the rules of a field. */
export function conformedColumn(rules: FieldRules, column: Column, rows: number): Conformed {
  const states = new Uint8Array(rows);
  if (column.kind === 'features') return { column, states: states.fill(PRESENT), inside: NOTHING };
  for (let row = 0; row < rows; row++) states[row] = isValid(column.validity, row) ? PRESENT : ABSENT;
  if (column.kind === 'number') {
    const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = rules.field.range ?? {};
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      if (states[row] === ABSENT) continue;
      const value = column.values[row];
      if (value >= low && value <= high) values[row] = value;
      else states[row] = rules.onRange === 'null' ? ABSENT : BAD_RANGE;
    }
    return { column: { kind: 'number', values, validity: validityOf(states, rows) }, states, inside: NOTHING };
  }
  if (column.kind !== 'string') {
    const inside = missingInside(column, rules.field, rows);
    for (const row of inside.keys()) states[row] = BAD_MISSING;
    return { column, states, inside };
  }
  const { type } = rules.field;
  const nulls = new Set(rules.nulls);
  // What each entry means is decided once.
  const dictionary = createDictionary();
  const meanings = new Map<number, number>();
  const ids = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    if (states[row] === ABSENT) continue;
    const from = column.ids[row];
    let id = meanings.get(from);
    if (id === undefined) {
      const text = column.dictionary.text(from);
      if (nulls.has(text) || (type.kind === 'enum' && text === '' && !type.values.includes(text))) id = -1;
      else id = type.kind === 'enum' && !type.values.includes(text) ? -2 : dictionary.intern(text);
      meanings.set(from, id);
    }
    if (id >= 0) ids[row] = id;
    else states[row] = id === -1 ? ABSENT : BAD_ENUM;
  }
  return { column: { kind: 'string', ids, dictionary, validity: validityOf(states, rows) }, states, inside: NOTHING };
}

/** Rows whose list or record holds a null where none may be, each with the field that is. Items of a list are never null. */
function missingInside(column: Column, { name, type }: Field, rows: number): ReadonlyMap<number, Field> {
  const found = new Map<number, Field>();
  if (column.kind === 'list' && type.kind === 'list') {
    const item: Field = { name: `${name}[]`, type: type.item, nullable: false };
    const missing = missingIn(column.items, item, column.offsets[rows]);
    if (missing.size === 0) return found;
    for (let row = 0; row < rows; row++) {
      if (!isValid(column.validity, row)) continue;
      for (let i = column.offsets[row]; i < column.offsets[row + 1] && !found.has(row); i++) {
        const field = missing.get(i);
        if (field !== undefined) found.set(row, field);
      }
    }
  } else if (column.kind === 'record' && type.kind === 'record') {
    type.fields.forEach((field, i) => {
      for (const [row, inner] of missingIn(column.children[i], { ...field, name: `${name}.${field.name}` }, rows)) {
        if (isValid(column.validity, row) && !found.has(row)) found.set(row, inner);
      }
    });
  }
  return found;
}

function missingIn(column: Column, field: Field, rows: number): ReadonlyMap<number, Field> {
  const found = new Map(missingInside(column, field, rows));
  if (field.nullable || column.kind === 'features' || column.validity === null) return found;
  for (let row = 0; row < rows; row++) if (!isValid(column.validity, row)) found.set(row, field);
  return found;
}

function validityOf(states: Uint8Array, rows: number): Uint8Array | null {
  return packValidity(
    states.map(state => (state === PRESENT ? 1 : 0)),
    rows,
  );
}
