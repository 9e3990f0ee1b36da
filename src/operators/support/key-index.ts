import { columnOf } from '../../engine/columnar/take.ts';
import { isValid } from '../../engine/columnar/validity.ts';
import type { Batch, Column, Dictionary } from '../../engine/contract/batch.ts';

/** Dense ids of keys by value, exact (no hash decides), null parts never found. Ids are given in order of first sight. */
export class KeyIndex {
  readonly #columns: readonly string[];
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Map<number, number>();
  /** Text id of each dictionary entry (−2 not looked up yet), gone with the dictionary. */
  #cache = new WeakMap<Dictionary, Int32Array>();
  size = 0;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Ids of the rows' keys, new ones added; −1 where a part is null. */
  add(batch: Batch): Int32Array {
    return this.#ids(batch, true);
  }
  /** Ids of the rows' keys; −1 where a part is null or the key is unknown. */
  find(batch: Batch): Int32Array {
    return this.#ids(batch, false);
  }

  #ids(batch: Batch, add: boolean): Int32Array {
    const columns = this.#columns.map(name => columnOf(batch, name));
    const ids = new Int32Array(batch.rows);
    const [only] = columns;
    if (columns.length === 1 && only.kind === 'number') {
      for (let row = 0; row < batch.rows; row++) {
        ids[row] = isValid(only.validity, row) ? this.#number(only.values[row] + 0, add) : -1;
      }
    } else if (columns.length === 1 && only.kind === 'string') {
      const table = this.#table(only.dictionary);
      for (let row = 0; row < batch.rows; row++) {
        if (!isValid(only.validity, row)) {
          ids[row] = -1;
          continue;
        }
        const entry = only.ids[row];
        if (table[entry] === -2) table[entry] = this.#text(only.dictionary.text(entry), add);
        ids[row] = table[entry];
      }
    } else {
      for (let row = 0; row < batch.rows; row++) {
        const key = keyText(columns, row);
        ids[row] = key === null ? -1 : this.#text(key, add);
      }
    }
    return ids;
  }

  #number(value: number, add: boolean): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    if (!add) return -1;
    this.#numbers.set(value, this.size);
    return this.size++;
  }

  #text(key: string, add: boolean): number {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    if (!add) return -1;
    this.#texts.set(key, this.size);
    return this.size++;
  }

  #table(dictionary: Dictionary): Int32Array {
    let table = this.#cache.get(dictionary);
    if (table === undefined || table.length < dictionary.size) {
      const grown = new Int32Array(Math.max(dictionary.size, 2 * (table?.length ?? 0))).fill(-2);
      if (table !== undefined) grown.set(table);
      this.#cache.set(dictionary, (table = grown));
    }
    return table;
  }
}

/** The parts of a key as one text; the lengths in front keep `a, bc` and `ab, c` apart. Null where a part is null. */
function keyText(columns: readonly Column[], row: number): string | null {
  let key = '';
  for (const column of columns) {
    if (column.kind === 'features' || !isValid(column.validity, row)) return null;
    const part =
      column.kind === 'string'
        ? column.dictionary.text(column.ids[row])
        : column.kind === 'number' || column.kind === 'bool'
          ? String(column.values[row] + 0)
          : '';
    key += `${part.length}:${part}`;
  }
  return key;
}
