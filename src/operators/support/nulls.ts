import { assert } from '../../engine/base/assert.ts';
import { andValidity, packValidity, type Validity } from '../../engine/columnar/validity.ts';
import type { Column } from '../../engine/contract/batch.ts';

/** The column with nulls where `matched[row]` is −1; slots under them become 0, as the layout asks. */
export function withNulls(column: Column, matched: Int32Array, rows: number): Column {
  const present = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) present[row] = matched[row] < 0 ? 0 : 1;
  return masked(column, present, packValidity(present, rows), rows);
}

function masked(column: Column, present: Uint8Array, bits: Validity, rows: number): Column {
  assert(column.kind !== 'features', 'features are never null');
  const validity = andValidity(column.validity, bits, rows);
  switch (column.kind) {
    case 'number':
      return { ...column, values: column.values.map((value, row) => (present[row] === 1 ? value : 0)), validity };
    case 'bool':
      return { ...column, values: column.values.map((value, row) => (present[row] === 1 ? value : 0)), validity };
    case 'string':
      return { ...column, ids: column.ids.map((id, row) => (present[row] === 1 ? id : 0)), validity };
    case 'list':
      return { ...column, validity };
    case 'record':
      return { ...column, children: column.children.map(child => masked(child, present, bits, rows)), validity };
  }
}
