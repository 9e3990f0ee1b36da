import type { Batch, Column, Dictionary } from '../contract/batch.ts';
import type { RowValue } from '../contract/function.ts';
import { bytesOrTwo, idsOrMinusOne, numbersOrNaN } from './null-marks.ts';
import type { Slot } from './program-tree.ts';
import { holdingOf } from './program-tree.ts';
import { valueAt } from './rows.ts';
import { andValidity, validBytes } from './validity.ts';

/** The data of one slot in one run, as the loops read or write it. */
export type SlotData = Float64Array | Uint8Array | Int32Array | RowValue[];

/** What one run of the loops over one batch works on. Inputs are laid out when a loop first asks for them. */
export class LoopRun {
  readonly #rooms: (SlotData | undefined)[];
  readonly batch: Batch;
  readonly #slots: readonly Slot[];
  readonly #data: SlotData[] = [];
  readonly #present: Uint8Array[] = [];
  readonly #columns: Column[] = [];
  readonly #dictionaries: readonly (Dictionary | null)[];

  /** `rooms` are arrays of earlier runs, used again: nothing of them leaves a run. */
  constructor(
    batch: Batch,
    slots: readonly Slot[],
    dictionaries: readonly (Dictionary | null)[],
    rooms: (SlotData | undefined)[],
  ) {
    this.#rooms = rooms;
    this.batch = batch;
    this.#slots = slots;
    this.#dictionaries = dictionaries;
  }

  /** The column of an input slot; a part of a record is null where the record is. */
  column(slot: number): Column {
    return (this.#columns[slot] ??= columnAt(this.batch, this.#slots[slot].path ?? []));
  }

  /** Numbers (NaN null), bools (2 null) or text ids (−1 null) of a slot; of a made one, to be filled. */
  data(slot: number): SlotData {
    return (this.#data[slot] ??= this.#slots[slot].path === null ? this.#room(slot) : this.#laidOut(slot));
  }

  #room(slot: number): SlotData {
    const { rows } = this.batch;
    const held = this.#rooms[slot];
    if (held !== undefined && held.length >= rows) return held;
    return (this.#rooms[slot] = roomFor(this.#slots[slot], rows));
  }

  #laidOut(slot: number): SlotData {
    const column = this.column(slot);
    const { rows } = this.batch;
    switch (column.kind) {
      case 'number': {
        if (column.validity === null) return column.values;
        const room = this.#room(slot) as Float64Array;
        numbersOrNaN(column.values, column.validity, rows, room);
        return room;
      }
      case 'bool': {
        if (column.validity === null) return column.values;
        const room = this.#room(slot) as Uint8Array;
        bytesOrTwo(column.values, column.validity, rows, room);
        return room;
      }
      case 'string': {
        if (column.validity === null) return column.ids;
        const room = this.#room(slot) as Int32Array;
        idsOrMinusOne(column.ids, column.validity, rows, room);
        return room;
      }
      default:
        return Array.from({ length: rows }, (_, row) => valueAt(column, this.#slots[slot].type, row));
    }
  }

  /** 1 where an input slot is not null. */
  present(slot: number): Uint8Array {
    const column = this.column(slot);
    const validity = column.kind === 'features' ? null : column.validity;
    return (this.#present[slot] ??= validBytes(validity, this.batch.rows) ?? new Uint8Array(this.batch.rows).fill(1));
  }

  dictionary(slot: number): Dictionary {
    const made = this.#dictionaries[slot];
    if (made !== null && made !== undefined) return made;
    const column = this.column(slot);
    if (column.kind !== 'string') throw new TypeError(`slot ${slot} holds no texts`);
    return column.dictionary;
  }
}

function roomFor(slot: Slot, rows: number): SlotData {
  switch (holdingOf(slot.type)) {
    case 'number':
      return new Float64Array(rows);
    case 'bool':
      return new Uint8Array(rows);
    case 'text':
      return new Int32Array(rows);
    case 'other':
      return new Array<RowValue>(rows).fill(null);
  }
}

function columnAt(batch: Batch, path: readonly number[]): Column {
  let column = batch.columns[path[0]];
  let parents: Uint8Array | null = null;
  for (let i = 1; i < path.length; i++) {
    if (column.kind !== 'record') throw new TypeError('a record part of a column that is no record');
    parents = andValidity(parents, column.validity, batch.rows);
    column = column.children[path[i]];
  }
  if (parents === null || column.kind === 'features') return column;
  return { ...column, validity: andValidity(parents, column.validity, batch.rows) };
}
