import { createDictionary } from '../columnar/dictionary.ts';
import type { Dictionary } from '../contract/batch.ts';

/** Texts below this are not worth looking for garbage in. */
const FIRST_CHECK = 4096;
/** A dictionary's offset, hash and place in its table. */
const BYTES_PER_TEXT = 16;

/** The texts of one table's keys and text slots, and which of them the dictionaries of incoming batches mean. */
export class TextTable {
  dictionary: Dictionary = createDictionary();
  /** Of the texts alone, each once. */
  byteLength = 0;
  /** Texts that are in `byteLength`. */
  #known = 0;
  /** By a batch's dictionary: own id of each of its ids, −1 where not asked for yet. */
  #maps = new WeakMap<Dictionary, Int32Array>();
  /** Size at which texts that nothing refers to are worth looking for. */
  #checkAt = FIRST_CHECK;

  mapOf(dictionary: Dictionary): Int32Array {
    let map = this.#maps.get(dictionary);
    if (map === undefined || map.length < dictionary.size) {
      const grown = new Int32Array(Math.max(dictionary.size, 2 * (map?.length ?? 0))).fill(-1);
      if (map !== undefined) grown.set(map);
      this.#maps.set(dictionary, (map = grown));
    }
    return map;
  }

  internFrom(dictionary: Dictionary, id: number): number {
    const bytes = dictionary.bytes(id);
    return this.#count(this.dictionary.internBytes(bytes, 0, bytes.length));
  }
  intern(text: string): number {
    return this.#count(this.dictionary.intern(text));
  }
  #count(id: number): number {
    if (this.dictionary.size > this.#known) {
      this.#known = this.dictionary.size;
      this.byteLength += this.dictionary.byteLength(id);
    }
    return id;
  }

  /** Bytes of the texts and of what finds them. */
  get bytes(): number {
    return this.byteLength + this.dictionary.size * BYTES_PER_TEXT;
  }
  get worthCollecting(): boolean {
    return this.dictionary.size >= this.#checkAt;
  }

  /**
   * Drops the texts whose id is in none of the columns' first `rows` values and renumbers those. Ids held elsewhere lose
   * their meaning; batches that were emitted keep the old dictionary.
   */
  collect(columns: readonly Float64Array[], rows: number): void {
    const old = this.dictionary;
    const renumbered = new Int32Array(old.size).fill(-1);
    let live = 0;
    for (const column of columns) {
      for (let i = 0; i < rows; i++) {
        const id = column[i];
        if (id < 0 || renumbered[id] >= 0) continue;
        renumbered[id] = 0;
        live++;
      }
    }
    this.#checkAt = Math.max(FIRST_CHECK, 2 * live);
    if (old.size < 2 * live) return;
    const dictionary = createDictionary();
    this.byteLength = 0;
    for (let id = 0; id < renumbered.length; id++) {
      if (renumbered[id] < 0) continue;
      const bytes = old.bytes(id);
      renumbered[id] = dictionary.internBytes(bytes, 0, bytes.length);
      this.byteLength += bytes.length;
    }
    for (const column of columns) for (let i = 0; i < rows; i++) if (column[i] >= 0) column[i] = renumbered[column[i]];
    this.dictionary = dictionary;
    this.#known = dictionary.size;
    this.#maps = new WeakMap();
  }
}
