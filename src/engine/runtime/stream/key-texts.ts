import { assert } from '../../base/assert.ts';
import { formatDate, formatInstant } from '../../columnar/instants.ts';
import { isValid } from '../../columnar/validity.ts';
import type { Column, StringColumn } from '../../contract/batch.ts';
import type { Type } from '../../contract/types.ts';

/** The texts of a key column: each once, in UTF-8, and by row which of them it is; −1: null. */
export interface KeyTexts {
  readonly ids: Int32Array;
  readonly texts: readonly Uint8Array[];
}

/** As the function `string` tells values: texts as they are, numbers in decimal, times in ISO 8601. */
export function keyTexts(type: Type, column: Column, rows: number): KeyTexts {
  if (column.kind === 'string') return ofStrings(column, rows);
  assert(column.kind === 'number' || column.kind === 'bool', 'keys are plain values');
  const { values, validity } = column;
  const known = new Map<number, number>();
  const texts: Uint8Array[] = [];
  const ids = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    if (!isValid(validity, row)) {
      ids[row] = -1;
      continue;
    }
    const value = values[row] + 0; // −0 + 0 is 0
    let id = known.get(value);
    if (id === undefined) {
      id = texts.length;
      known.set(value, id);
      texts.push(Buffer.from(plainText(type, value)));
    }
    ids[row] = id;
  }
  return { ids, texts };
}

function ofStrings({ ids, dictionary, validity }: StringColumn, rows: number): KeyTexts {
  const own = new Int32Array(rows);
  const places = new Int32Array(dictionary.size).fill(-1);
  const texts: Uint8Array[] = [];
  for (let row = 0; row < rows; row++) {
    if (!isValid(validity, row)) {
      own[row] = -1;
      continue;
    }
    const id = ids[row];
    if (places[id] < 0) {
      places[id] = texts.length;
      texts.push(dictionary.bytes(id));
    }
    own[row] = places[id];
  }
  return { ids: own, texts };
}

function plainText(type: Type, value: number): string {
  switch (type.kind) {
    case 'bool':
      return value === 1 ? 'true' : 'false';
    case 'timestamp':
      return formatInstant(value);
    case 'date':
      return formatDate(value);
    case 'duration':
      return `${value}ms`;
    default:
      return String(value);
  }
}
