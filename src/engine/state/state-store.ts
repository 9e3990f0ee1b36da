import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { judgeState } from '../contract/judge-state.ts';
import { MAX_FRAME_BYTES } from '../contract/log.ts';
import type { KeyedState, SlotSpec, StateStore, TableShape } from '../contract/state.ts';
import type { Field } from '../contract/types.ts';
import { KeyedTable } from './keyed-table.ts';
import { applyBlock, decodeBlock, encodeDrop, encodeForget, encodePut } from './state-block.ts';
import { DEFAULT_STATE_LIMITS, type StateLimits } from './state-limits.ts';

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
  /** Gives up a table, whatever its shape, and says so in the next delta. A name that is not there is fine. */
  drop(name: string): void;
  readonly tables: ReadonlyMap<string, KeyedTable>;
  /** Keys of all tables. */
  readonly keys: number;
}

/** `limits`: of each table. Beyond them `keysOf` throws OperationalError R133. */
export function createStateStore(limits: StateLimits = DEFAULT_STATE_LIMITS): TaskState {
  return new TaskTables(limits);
}

class TaskTables implements TaskState {
  readonly tables = new Map<string, KeyedTable>();
  readonly #claimed = new Set<string>();
  readonly #limits: StateLimits;
  /** Blocks that say what was given up since the last delta. */
  #drops: Uint8Array[] = [];

  constructor(limits: StateLimits) {
    this.#limits = limits;
  }

  keyed(name: string, key: readonly Field[], slots: readonly SlotSpec[]): KeyedState {
    assert(!this.#claimed.has(name), `state ${name} is used by one operator`);
    this.#claimed.add(name);
    const table = this.tables.get(name) ?? this.#make(name, { key, slots });
    const known = { key: table.key, slots: table.slotSpecs };
    switch (table.size === 0 ? 'dropped' : judgeState(known, { key, slots }).what) {
      case 'migrated':
        table.makeDirty();
        table.reshape(key, slots);
        return table;
      case 'kept':
        // What a new key starts from, and what tells of a person, is the running flow's word.
        table.reshape(key, slots);
        return table;
      case 'dropped':
        if (table.size > 0) throw otherShape(name);
        return this.#make(name, { key, slots });
    }
  }

  /** An empty table, in the place of whatever empty one there was. */
  #make(name: string, { key, slots }: TableShape): KeyedTable {
    const table = new KeyedTable(name, key, slots, this.#limits);
    const before = this.tables.get(name);
    if (before?.dirtyGroups.includes(1)) table.makeDirty();
    this.tables.set(name, table);
    return table;
  }

  drop(name: string): void {
    const table = this.tables.get(name);
    if (table === undefined) return;
    assert(!this.#claimed.has(name), `state ${name} is given up before its operator comes`);
    this.#drops.push(encodeDrop(table));
    this.#empty(table);
  }
  /** An empty one stays: snapshots go by the tables that are there, and have to forget what this one held. */
  #empty({ name, key, slotSpecs }: KeyedTable): void {
    const table = new KeyedTable(name, key, slotSpecs, this.#limits);
    table.makeDirty();
    this.tables.set(name, table);
  }

  takeDelta(): Uint8Array[] {
    const blocks = this.#drops;
    this.#drops = [];
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
    const { table: name, key, slots, op } = decoded.header;
    const table = this.tables.get(name) ?? this.#make(name, { key, slots });
    if (op === 'drop') this.#empty(table);
    else applyBlock(this.#ready(table, { key, slots }), decoded);
  }

  /** The table as a block of that shape finds it. Throws OperationalError R121 where neither can become the other. */
  #ready(table: KeyedTable, shape: TableShape): KeyedTable {
    const known = { key: table.key, slots: table.slotSpecs };
    const isClaimed = this.#claimed.has(table.name);
    if (!isClaimed && table.size === 0) return this.#make(table.name, shape);
    // Blocks come in the order in which flows wrote them, so that a later shape is the newer one; but an operator's is the newest.
    const verdict = isClaimed ? 'dropped' : judgeState(known, shape).what;
    if (verdict === 'migrated') {
      // A snapshot's files are of one shape, so that they can be taken in in any order.
      table.makeDirty();
      table.reshape(shape.key, shape.slots);
    }
    if (verdict === 'dropped' && judgeState(shape, known).what === 'dropped') throw otherShape(table.name);
    return table;
  }

  get keys(): number {
    let keys = 0;
    for (const table of this.tables.values()) keys += table.size;
    return keys;
  }
}

function otherShape(name: string): OperationalError {
  return new OperationalError('R121', `the saved state of ${name} is of another shape than this flow needs`, {
    operator: name,
    hint: 'run the flow that made it, give the stage another name, or start afresh',
  });
}
