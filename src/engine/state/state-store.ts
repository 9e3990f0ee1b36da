import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { MAX_FRAME_BYTES } from '../contract/log.ts';
import type { KeyedState, SlotSpec, StateStore } from '../contract/state.ts';
import type { Field } from '../contract/types.ts';
import { KeyedTable } from './keyed-table.ts';
import { applyBlock, decodeBlock, encodeForget, encodePut, shapeOf } from './state-block.ts';

/** All state of one task. Restore and operators may come in any order: a table waits for whoever comes second. */
export interface TaskState extends StateStore {
  /**
   * What changed since the last call, as blocks for the commit's `deltas`, each at most MAX_FRAME_BYTES; empty where nothing
   * did. Ids of texts that are not held in a slot lose their meaning. Throws OperationalError R404 where one key's state is
   * larger than a block.
   */
  takeDelta(): Uint8Array[];
  /** Takes in a block made by `takeDelta`, in the order of the changelog. Throws OperationalError R120, R121. */
  applyDelta(block: Uint8Array): void;
  readonly tables: ReadonlyMap<string, KeyedTable>;
  /** Keys of all tables. */
  readonly keys: number;
}

export function createStateStore(): TaskState {
  return new TaskTables();
}

class TaskTables implements TaskState {
  readonly tables = new Map<string, KeyedTable>();
  readonly #claimed = new Set<string>();

  keyed(name: string, key: readonly Field[], slots: readonly SlotSpec[]): KeyedState {
    assert(!this.#claimed.has(name), `state ${name} is used by one operator`);
    this.#claimed.add(name);
    const table = this.#table(name, key, slots);
    // A restored table knows its slots' kinds; what a new key starts from is the running flow's word.
    table.slotSpecs = slots;
    return table;
  }

  /** The table, made where missing. Throws OperationalError R121 where it has another shape. */
  #table(name: string, key: readonly Field[], slots: readonly SlotSpec[]): KeyedTable {
    const known = this.tables.get(name);
    if (known === undefined) {
      const table = new KeyedTable(name, key, slots);
      this.tables.set(name, table);
      return table;
    }
    if (shapeOf(known.key, known.slotSpecs) !== shapeOf(key, slots)) {
      throw new OperationalError('R121', `the saved state of ${name} is of another shape than this flow needs`, {
        operator: name,
        hint: 'run the flow that made it, give the stage another name, or start afresh',
      });
    }
    return known;
  }

  takeDelta(): Uint8Array[] {
    const blocks: Uint8Array[] = [];
    for (const table of this.tables.values()) {
      if (!table.changed) continue;
      const { forgotten, touched } = table.takeChanges();
      for (const keys of forgotten) blocks.push(...encodeForget(table, keys, MAX_FRAME_BYTES));
      blocks.push(...encodePut(table, touched, MAX_FRAME_BYTES));
      table.collectTexts();
    }
    return blocks;
  }

  applyDelta(block: Uint8Array): void {
    const decoded = decodeBlock(block);
    const { table, key, slots } = decoded.header;
    applyBlock(this.#table(table, key, slots), decoded);
  }

  get keys(): number {
    let keys = 0;
    for (const table of this.tables.values()) keys += table.size;
    return keys;
  }
}
