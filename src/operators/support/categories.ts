import { assert } from '../../engine/base/assert.ts';
import { isValid } from '../../engine/columnar/validity.ts';
import type { Batch, Column, Dictionary } from '../../engine/contract/batch.ts';

/** The category a value stands for: strings as they are, numbers and booleans as a flow writes them. */
const NAMES_OF_BOOL = ['false', 'true'];

/** How often each category is there, in order of first sight, and how many nulls. */
export function categoryCounts(batches: readonly Batch[]): { counts: Map<string, number>; nulls: number } {
  const table = new CategoryTable([]);
  const counts: number[] = [];
  let nulls = 0;
  for (const batch of batches) {
    const ids = table.grow(batch.columns[0], batch.rows);
    while (counts.length < table.size) counts.push(0);
    for (let row = 0; row < batch.rows; row++) {
      if (ids[row] < 0) nulls++;
      else counts[ids[row]]++;
    }
  }
  return { counts: new Map(table.names().map((name, id) => [name, counts[id]])), nulls };
}

/** Category ids by row; what is not a known category is `UNSEEN`, a null is `NULL`. */
export const NULL = -1;
export const UNSEEN = -2;

export class CategoryTable {
  readonly #ids = new Map<string, number>();
  readonly #byEntry = new WeakMap<Dictionary, Int32Array>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#ids.set(name, this.#ids.size);
  }

  get size(): number {
    return this.#ids.size;
  }
  names(): readonly string[] {
    return [...this.#ids.keys()];
  }

  /** Ids of the rows' categories; new ones become `UNSEEN`. */
  find(column: Column, rows: number): Int32Array {
    return this.#idsOf(column, rows, name => this.#ids.get(name) ?? UNSEEN);
  }

  /** Ids of the rows' categories; new ones are added. */
  grow(column: Column, rows: number): Int32Array {
    return this.#idsOf(column, rows, name => {
      const known = this.#ids.get(name);
      if (known !== undefined) return known;
      this.#ids.set(name, this.#ids.size);
      return this.#ids.size - 1;
    });
  }

  #idsOf(column: Column, rows: number, idOf: (name: string) => number): Int32Array {
    const ids = new Int32Array(rows);
    if (column.kind === 'string') {
      const table = this.#entries(column.dictionary);
      for (let row = 0; row < rows; row++) {
        if (!isValid(column.validity, row)) {
          ids[row] = NULL;
          continue;
        }
        const entry = column.ids[row];
        if (table[entry] === UNKNOWN_ENTRY) table[entry] = idOf(column.dictionary.text(entry));
        ids[row] = table[entry];
      }
      return ids;
    }
    assert(column.kind === 'bool' || column.kind === 'number', `no categories in a ${column.kind} column`);
    const seen = new Map<number, number>();
    for (let row = 0; row < rows; row++) {
      if (!isValid(column.validity, row)) {
        ids[row] = NULL;
        continue;
      }
      const value = column.values[row];
      let id = seen.get(value);
      if (id === undefined) {
        id = idOf(column.kind === 'bool' ? NAMES_OF_BOOL[value] : String(value));
        seen.set(value, id);
      }
      ids[row] = id;
    }
    return ids;
  }

  /** Ids by dictionary entry, grown with the dictionary. */
  #entries(dictionary: Dictionary): Int32Array {
    const known = this.#byEntry.get(dictionary);
    if (known !== undefined && known.length >= dictionary.size) return known;
    const grown = new Int32Array(Math.max(16, dictionary.size * 2)).fill(UNKNOWN_ENTRY);
    if (known !== undefined) grown.set(known);
    this.#byEntry.set(dictionary, grown);
    return grown;
  }
}
const UNKNOWN_ENTRY = -3;

const tables = new WeakMap<object, CategoryTable>();

/** The table of what a rule has learned, made once per fitted value. */
export function tableFor(fitted: object, names: readonly string[]): CategoryTable {
  let table = tables.get(fitted);
  if (table === undefined) tables.set(fitted, (table = new CategoryTable(names)));
  return table;
}

/** Category names in the order models see them: plain code units, so that it depends on no locale. */
export function sortedNames(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
