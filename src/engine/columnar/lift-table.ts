import { assert } from '../base/assert.ts';
import type { Dictionary } from '../contract/batch.ts';
import type { Expression } from '../contract/expression.ts';
import { RowError, type RowValue } from '../contract/function.ts';
import { type Functions, interpretExpression } from './interpret.ts';
import type { Holding } from './program-tree.ts';
import type { Rejections } from './rejections.ts';

/** Results by dictionary entry: at `id + 1`, so that the null entry (id −1) is at 0. */
export interface LiftValues {
  values: Float64Array | Uint8Array | Int32Array | RowValue[];
  /** Number of a rejection, 0 for none. */
  errors: Uint16Array;
  /** 1 where the entry has been computed. */
  known: Uint8Array;
  /** Where ids point, for texts held as ids. */
  readonly target: Dictionary | null;
}

/** What the loops read: texts as ids of a dictionary when they go into a column, else values as held. */
export type LiftHolding = Holding | 'id';

/**
 * An expression of one text column, computed once per dictionary entry by the interpreter, when a row first has the entry: a
 * batch may use few of a large dictionary. Tables are kept per dictionary object and go when it goes.
 */
export class LiftTable {
  readonly #definition: Expression;
  readonly #column: string;
  readonly #holding: LiftHolding;
  readonly #functions: Functions;
  readonly #rejections: Rejections;
  readonly #tables = new WeakMap<Dictionary, LiftValues>();

  constructor(
    definition: Expression,
    slot: number,
    holding: LiftHolding,
    functions: Functions,
    rejections: Rejections,
  ) {
    this.#definition = definition;
    this.#column = String(slot);
    this.#holding = holding;
    this.#functions = functions;
    this.#rejections = rejections;
  }

  /** The table, with the entries of `ids` (−1 null) in it. `target` takes the texts, for the holding `id`. */
  over(dictionary: Dictionary, target: Dictionary | null, ids: Int32Array, rows: number): LiftValues {
    let table = this.#tables.get(dictionary);
    if (table === undefined || table.target !== target) {
      table = { values: this.#room(16), errors: new Uint16Array(16), known: new Uint8Array(16), target };
      this.#tables.set(dictionary, table);
    }
    const size = dictionary.size + 1;
    if (size > table.errors.length) this.#grow(table, Math.max(size, table.errors.length * 2));
    const { known } = table;
    for (let i = 0; i < rows; i++) {
      const at = ids[i] + 1;
      if (known[at] === 0) this.#fill(table, at, at === 0 ? null : dictionary.text(at - 1));
    }
    return table;
  }

  /** The rejections of entries, after `over` has been called for the run. */
  errors(dictionary: Dictionary): Uint16Array {
    const table = this.#tables.get(dictionary);
    assert(table !== undefined, 'a table is filled before its errors are read');
    return table.errors;
  }

  #fill(table: LiftValues, at: number, text: string | null): void {
    table.known[at] = 1;
    let value: RowValue = null;
    try {
      value = interpretExpression(this.#definition, { [this.#column]: text }, this.#functions);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      table.errors[at] = this.#rejections.number({ code: error.code, reason: error.message });
    }
    table.values[at] = this.#held(value, table.target) as number;
  }

  #held(value: RowValue, target: Dictionary | null): RowValue {
    switch (this.#holding) {
      case 'number':
        return value ?? Number.NaN;
      case 'bool':
        return value === null ? 2 : Number(value);
      case 'id':
        return value === null ? -1 : (target?.intern(value as string) ?? -1);
      default:
        return value;
    }
  }

  #room(size: number): LiftValues['values'] {
    switch (this.#holding) {
      case 'number':
        return new Float64Array(size);
      case 'bool':
        return new Uint8Array(size);
      case 'id':
        return new Int32Array(size);
      default:
        return new Array<RowValue>(size).fill(null);
    }
  }

  #grow(table: LiftValues, size: number): void {
    const values = this.#room(size);
    for (let i = 0; i < table.known.length; i++) values[i] = table.values[i] as number;
    table.values = values;
    const errors = new Uint16Array(size);
    errors.set(table.errors);
    table.errors = errors;
    const known = new Uint8Array(size);
    known.set(table.known);
    table.known = known;
  }
}
