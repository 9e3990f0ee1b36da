import type { Batch, Column } from './batch.ts';
import type { Field, Type } from './types.ts';

/** A slot of a key's state: a number, or a text kept as an id of the table's own dictionary. */
export interface SlotSpec {
  readonly name: string;
  readonly kind: 'f64' | 'text';
  /** Value of a key's slot when the key is first seen. Texts start absent (id −1). */
  readonly initial?: number;
  /** The figure whose part it is: its slots come and go together. Absent: it belongs to the operator itself. */
  readonly figure?: SlotFigure;
  /** What it holds tells of a person, as `@phi` says. */
  readonly phi?: true;
  /** A later flow may leave it out, and nothing that counts is lost. */
  readonly spare?: true;
}
/** What a later flow has to agree with, to go on with what a figure's slots hold (`judgeState`). */
export interface SlotFigure {
  /** As a user knows it, and which of several of that name: `days`, 0. */
  readonly name: string;
  readonly place: number;
  /** How its slots are kept: the aggregate (`sum`). */
  readonly rule: string;
  /** Of the values it is made of; null: of none. */
  readonly type: Type | null;
  /** Hash of the expressions it is made of. */
  readonly reads: string;
}
/** What a table of state is made of. */
export interface TableShape {
  readonly key: readonly Field[];
  readonly slots: readonly SlotSpec[];
}

/**
 * One operator's keyed state, as columns by dense key id. The engine turns what was touched since the last commit into a
 * delta, commits it with the outputs, and restores it; an operator only computes.
 */
export interface KeyedState {
  /** Dense ids of the rows' keys, new keys appended; valid until the next call. Marks them as touched. */
  keysOf(batch: Batch): Int32Array;
  /** Keys known. */
  readonly size: number;
  /** `values[id]` of a slot. Fetched anew after each `keysOf`: it may have grown into a new array. */
  slot(name: string): Float64Array;
  /** The text of an id held in a `text` slot, and the id for a text. Ids not held in a slot are valid until the next commit. */
  text(id: number): string;
  internText(text: string): number;
  /** The key columns of dense ids, in the order of the key fields. */
  keyColumns(ids: Int32Array, rows: number): Column[];
  /** Forgets `ids[0, rows)`, each at most once; other ids may change. A key that comes back starts from the initial values. */
  forget(ids: Int32Array, rows: number): void;
}

export interface StateStore {
  keyed(name: string, key: readonly Field[], slots: readonly SlotSpec[]): KeyedState;
}
