import { assert } from '../base/assert.ts';
import { keyHashes } from '../columnar/key-hash.ts';
import type { Batch, Column } from '../contract/batch.ts';
import { KEY_GROUPS } from '../contract/log.ts';
import type { KeyedState, SlotSpec } from '../contract/state.ts';
import type { Field } from '../contract/types.ts';
import { checkKeyField, codeWidth, keyCodes, keyColumnsOf } from './key-codes.ts';
import { createKeyIndex, findKey, insertKey, removeKey, renameKey } from './key-index.ts';
import { DEFAULT_STATE_LIMITS, type StateLimits, tooManyKeys } from './state-limits.ts';
import { TextTable } from './text-table.ts';

const FIRST_CAPACITY = 16;
/** From here on capacity grows by half: of a large table at most a third then stands empty. */
const LARGE = 2 ** 20;

/** One operator's state: code columns and slots by dense id, the index over them, and what changed since the last delta. */
export class KeyedTable implements KeyedState {
  readonly name: string;
  key: readonly Field[];
  slotSpecs: readonly SlotSpec[];
  /** Key groups changed since the last snapshot. */
  readonly dirtyGroups = new Uint8Array(KEY_GROUPS);
  size = 0;
  #capacity = FIRST_CAPACITY;
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #keys: Float64Array[];
  #slots: Float64Array[];
  #touched = new Uint8Array(FIRST_CAPACITY);
  /** Ids to look at for the next delta; those no longer marked in `#touched` were forgotten. */
  #touchedIds = new Int32Array(FIRST_CAPACITY);
  #touchedCount = 0;
  /** Key columns of forgotten keys, until the next delta. */
  #forgotten: Batch[] = [];
  readonly #index = createKeyIndex();
  readonly #texts = new TextTable();
  readonly #keyNames: readonly string[];

  readonly #limits: StateLimits;

  constructor(
    name: string,
    key: readonly Field[],
    slots: readonly SlotSpec[],
    limits: StateLimits = DEFAULT_STATE_LIMITS,
  ) {
    this.#limits = limits;
    key.forEach(checkKeyField);
    this.name = name;
    this.key = key;
    this.slotSpecs = slots;
    this.#keyNames = key.map(field => field.name);
    const width = key.reduce((sum, field) => sum + codeWidth(field), 0);
    this.#keys = Array.from({ length: width }, () => new Float64Array(FIRST_CAPACITY));
    this.#slots = slots.map(() => new Float64Array(FIRST_CAPACITY));
  }

  keysOf(batch: Batch): Int32Array {
    const ids = this.idsOf(batch, this.#keyNames);
    for (let row = 0; row < ids.length; row++) this.#touch(ids[row]);
    return ids;
  }

  /** Like `keysOf`, with key columns of other names, and touching nothing. */
  idsOf(batch: Batch, names: readonly string[]): Int32Array {
    const ids = new Int32Array(batch.rows);
    const hashes = this.hashesOf(batch, names);
    const codes = keyCodes(batch, this.key, names, this.#texts);
    this.#checkTexts();
    for (let row = 0; row < ids.length; row++) {
      const id = findKey(this.#index.table, hashes[row], this.#hashes, codes, row, this.#keys);
      ids[row] = id >= 0 ? id : this.#add(hashes[row], codes, row);
    }
    return ids;
  }

  /** Hashes of the rows' keys; the one key of a table without key columns hashes to 0. */
  hashesOf(batch: Batch, names: readonly string[]): Uint32Array {
    return this.key.length === 0 ? new Uint32Array(batch.rows) : keyHashes(batch, names);
  }

  #add(hash: number, codes: readonly Float64Array[], row: number): number {
    const id = this.size;
    if (id === this.#capacity) this.#grow();
    if (id >= this.#limits.keys) throw tooManyKeys(this.name, `${this.#limits.keys} keys`);
    this.size = id + 1;
    this.#hashes[id] = hash;
    for (let c = 0; c < codes.length; c++) this.#keys[c][id] = codes[c][row];
    for (let s = 0; s < this.#slots.length; s++) this.#slots[s][id] = initialOf(this.slotSpecs[s]);
    insertKey(this.#index, id, this.#hashes);
    return id;
  }

  #grow(): void {
    try {
      this.#growTo(this.#capacity < LARGE ? 2 * this.#capacity : Math.ceil(1.5 * this.#capacity));
    } catch (cause) {
      if (cause instanceof RangeError) throw tooManyKeys(this.name, `${this.size} keys, and memory has no room`, cause);
      throw cause;
    }
  }
  #growTo(capacity: number): void {
    const grown = (old: Float64Array): Float64Array => {
      const larger = new Float64Array(capacity);
      larger.set(old);
      return larger;
    };
    const hashes = new Uint32Array(capacity);
    hashes.set(this.#hashes);
    const touched = new Uint8Array(capacity);
    touched.set(this.#touched);
    this.#hashes = hashes;
    this.#touched = touched;
    this.#keys = this.#keys.map(grown);
    this.#slots = this.#slots.map(grown);
    this.#capacity = capacity;
  }

  #touch(id: number): void {
    if (this.#touched[id] === 1) return;
    this.#touched[id] = 1;
    if (this.#touchedCount === this.#touchedIds.length) {
      const larger = new Int32Array(2 * this.#touchedCount);
      larger.set(this.#touchedIds);
      this.#touchedIds = larger;
    }
    this.#touchedIds[this.#touchedCount++] = id;
    this.dirtyGroups[this.#hashes[id] % KEY_GROUPS] = 1;
  }

  slot(name: string): Float64Array {
    const at = this.slotSpecs.findIndex(spec => spec.name === name);
    assert(at >= 0, `state ${this.name} has no slot ${name}`);
    return this.#slots[at];
  }
  slotAt(place: number): Float64Array {
    return this.#slots[place];
  }
  get texts(): TextTable {
    return this.#texts;
  }
  text(id: number): string {
    return this.#texts.dictionary.text(id);
  }
  internText(text: string): number {
    return this.#texts.intern(text);
  }
  #checkTexts(): void {
    const { textBytes } = this.#limits;
    if (this.#texts.byteLength > textBytes) throw tooManyKeys(this.name, `${textBytes} bytes of texts`);
  }
  keyColumns(ids: Int32Array, rows: number): Column[] {
    return keyColumnsOf(this.key, this.#keys, ids, rows, this.#texts.dictionary);
  }

  forget(ids: Int32Array, rows: number): void {
    if (rows === 0) return;
    // Copied: they must outlive the renumbering of ids.
    const columns = this.keyColumns(ids, rows);
    this.#forgotten.push({ schema: { fields: this.key }, rows, columns });
    this.#removeAll(ids, rows);
  }

  /** Forgets without recording it: a recorded forgetting is applied. */
  remove(batch: Batch, names: readonly string[]): void {
    const ids = this.idsOf(batch, names);
    this.#removeAll(ids, ids.length);
  }

  #removeAll(ids: Int32Array, rows: number): void {
    // From the highest on: then what is moved into a hole is never one still to be removed.
    const descending = ids.slice(0, rows).sort().reverse();
    for (let i = 0; i < rows; i++) {
      assert(i === 0 || descending[i] !== descending[i - 1], 'a key is forgotten once');
      this.#remove(descending[i]);
    }
  }

  /** Takes a key out and moves the last one into its place: ids stay dense. */
  #remove(id: number): void {
    assert(id >= 0 && id < this.size, `state id ${id} of ${this.size}`);
    this.dirtyGroups[this.#hashes[id] % KEY_GROUPS] = 1;
    removeKey(this.#index, id, this.#hashes);
    this.#touched[id] = 0;
    const last = this.size - 1;
    if (id !== last) {
      renameKey(this.#index, last, id, this.#hashes);
      this.#hashes[id] = this.#hashes[last];
      for (const column of this.#keys) column[id] = column[last];
      for (const slot of this.#slots) slot[id] = slot[last];
      if (this.#touched[last] === 1) this.#touch(id);
      this.#touched[last] = 0;
    }
    this.size = last;
  }

  /** Goes on as a table of another shape, to which this one can be migrated: what a key holds stays, new slots begin. */
  reshape(key: readonly Field[], slots: readonly SlotSpec[]): void {
    const keys: Float64Array[] = [];
    let at = 0;
    for (const [i, field] of key.entries()) {
      keys.push(...this.#keys.slice(at, at + codeWidth(this.key[i])));
      at += codeWidth(this.key[i]);
      // No key was null before: that is what zeros say.
      if (codeWidth(field) > codeWidth(this.key[i])) keys.push(new Float64Array(this.#capacity));
    }
    const before = new Map(this.slotSpecs.map((slot, i) => [slot.name, this.#slots[i]]));
    this.#slots = slots.map(slot => before.get(slot.name) ?? new Float64Array(this.#capacity).fill(initialOf(slot)));
    this.#keys = keys;
    this.key = key;
    this.slotSpecs = slots;
  }
  /** For the next snapshot: of a table of another shape, or of none, that had this name. */
  makeDirty(): void {
    this.dirtyGroups.fill(1);
  }

  /** Keys forgotten and ids touched (ascending) since the last call. */
  takeChanges(): { forgotten: readonly Batch[]; touched: Int32Array } {
    const candidates = this.#touchedIds.slice(0, this.#touchedCount).sort();
    let count = 0;
    for (const id of candidates) {
      if (id >= this.size || this.#touched[id] === 0) continue;
      this.#touched[id] = 0;
      candidates[count++] = id;
    }
    const forgotten = this.#forgotten;
    this.#touchedCount = 0;
    this.#forgotten = [];
    return { forgotten, touched: candidates.subarray(0, count) };
  }
  /** Whether there is something for the next delta. */
  get changed(): boolean {
    return this.#touchedCount > 0 || this.#forgotten.length > 0;
  }

  /** Ids by key group, ascending. */
  idsOfGroups(): Int32Array[] {
    const counts = new Int32Array(KEY_GROUPS);
    for (let id = 0; id < this.size; id++) counts[this.#hashes[id] % KEY_GROUPS]++;
    const ids = Array.from(counts, count => new Int32Array(count));
    counts.fill(0);
    for (let id = 0; id < this.size; id++) {
      const group = this.#hashes[id] % KEY_GROUPS;
      ids[group][counts[group]++] = id;
    }
    return ids;
  }

  /** Lets texts go that no key and no slot refers to. */
  collectTexts(): void {
    if (!this.#texts.worthCollecting) return;
    const columns: Float64Array[] = [];
    let at = 0;
    for (const field of this.key) {
      if (field.type.kind === 'string' || field.type.kind === 'enum') columns.push(this.#keys[at]);
      at += codeWidth(field);
    }
    for (let s = 0; s < this.#slots.length; s++) if (this.slotSpecs[s].kind === 'text') columns.push(this.#slots[s]);
    this.#texts.collect(columns, this.size);
  }

  /** Bytes held. */
  get bytes(): number {
    const arrays = [this.#hashes, this.#touched, this.#touchedIds, this.#index.table, ...this.#keys, ...this.#slots];
    return arrays.reduce((sum, array) => sum + array.byteLength, this.#texts.bytes);
  }
  /** Of the key of an id. */
  groupOf(id: number): number {
    return this.#hashes[id] % KEY_GROUPS;
  }
}

/** What a slot of a new key holds. */
export function initialOf(slot: SlotSpec): number {
  return slot.kind === 'text' ? -1 : (slot.initial ?? 0);
}
