import { columnWriter } from '../../src/engine/columnar/column-writer.ts';
import { rowOfBatch } from '../../src/engine/columnar/rows.ts';
import { selectColumns } from '../../src/engine/columnar/take.ts';
import type { Batch, Column } from '../../src/engine/contract/batch.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { KeyedState, SlotSpec, StateStore } from '../../src/engine/contract/state.ts';
import type { Field } from '../../src/engine/contract/types.ts';

/** Keyed state as plainly as it can be: a Map by the key's JSON. `copy` stands for commit, stop and restore. */
export class MemoryState implements StateStore {
  readonly tables = new Map<string, MemoryKeyed>();

  keyed(name: string, key: readonly Field[], slots: readonly SlotSpec[]): KeyedState {
    let table = this.tables.get(name);
    if (table === undefined) this.tables.set(name, (table = new MemoryKeyed(key, slots)));
    return table;
  }

  copy(): MemoryState {
    const other = new MemoryState();
    for (const [name, table] of this.tables) other.tables.set(name, table.copy());
    return other;
  }
}

class MemoryKeyed implements KeyedState {
  readonly #key: readonly Field[];
  readonly #slots: readonly SlotSpec[];
  readonly #ids = new Map<string, number>();
  readonly #keys: Record<string, RowValue>[] = [];
  readonly #values = new Map<string, Float64Array>();
  readonly #texts: string[] = [];

  constructor(key: readonly Field[], slots: readonly SlotSpec[]) {
    this.#key = key;
    this.#slots = slots;
    for (const slot of slots) this.#values.set(slot.name, new Float64Array(0));
  }

  get size(): number {
    return this.#keys.length;
  }

  keysOf(batch: Batch): Int32Array {
    const keys = selectColumns(
      batch,
      this.#key.map(field => field.name),
    );
    const ids = Int32Array.from({ length: batch.rows }, (_, row) => {
      const values = rowOfBatch(keys, row);
      const text = JSON.stringify(values);
      const known = this.#ids.get(text);
      if (known !== undefined) return known;
      this.#ids.set(text, this.#keys.length);
      return this.#keys.push(values) - 1;
    });
    for (const slot of this.#slots) {
      const before = this.#values.get(slot.name)!;
      if (before.length >= this.size) continue;
      const grown = new Float64Array(this.size).fill(slot.kind === 'text' ? -1 : (slot.initial ?? 0));
      grown.set(before);
      this.#values.set(slot.name, grown);
    }
    return ids;
  }

  slot(name: string): Float64Array {
    return this.#values.get(name)!;
  }
  text(id: number): string {
    return this.#texts[id]!;
  }
  internText(text: string): number {
    const known = this.#texts.indexOf(text);
    return known >= 0 ? known : this.#texts.push(text) - 1;
  }
  keyColumns(ids: Int32Array, rows: number): Column[] {
    return this.#key.map(field => {
      const writer = columnWriter(field.type);
      for (let row = 0; row < rows; row++) writer.appendValue(this.#keys[ids[row]!]![field.name]!);
      return writer.finish();
    });
  }

  copy(): MemoryKeyed {
    const other = new MemoryKeyed(this.#key, this.#slots);
    for (const [text, id] of this.#ids) other.#ids.set(text, id);
    other.#keys.push(...this.#keys);
    for (const [name, values] of this.#values) other.#values.set(name, values.slice());
    other.#texts.push(...this.#texts);
    return other;
  }
}
