import { createDictionary } from '../../../engine/columnar/dictionary.ts';
import { isValid, packValidity } from '../../../engine/columnar/validity.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import { ABSENT, BAD_ENUM, BAD_RANGE, type FieldRules, PRESENT } from '../spans/span-column.ts';

/** A column of another table under the rules of a field: what became of each value, as `SpanColumn.read` tells it. */
export function conformedColumn(
  rules: FieldRules,
  column: Column,
  rows: number,
): { readonly column: Column; readonly states: Uint8Array } {
  const states = new Uint8Array(rows);
  if (column.kind === 'features') return { column, states: states.fill(PRESENT) };
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
    return { column: { kind: 'number', values, validity: validityOf(states, rows) }, states };
  }
  if (column.kind !== 'string') return { column, states };
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
  return { column: { kind: 'string', ids, dictionary, validity: validityOf(states, rows) }, states };
}

function validityOf(states: Uint8Array, rows: number): Uint8Array | null {
  return packValidity(
    states.map(state => (state === PRESENT ? 1 : 0)),
    rows,
  );
}
