import type { Millis } from '../../engine/base/units.ts';
import { aggregateFunctions } from '../../engine/columnar/aggregates/all.ts';
import { columnWriter } from '../../engine/columnar/column-writer.ts';
import { type CompiledExpression, compileExpression } from '../../engine/columnar/compile-program.ts';
import { scalarFunctions } from '../../engine/columnar/functions/all.ts';
import { valueAt } from '../../engine/columnar/rows.ts';
import { sliceColumn, sliceRows, takeFloats, takeRows } from '../../engine/columnar/take.ts';
import type { Batch, Column } from '../../engine/contract/batch.ts';
import type { AggregateAssignment, Expression } from '../../engine/contract/expression.ts';
import {
  type AggregateDefinition,
  RowError,
  type RowValue,
  type RunningAggregate,
} from '../../engine/contract/function.ts';
import type { OperatorContext } from '../../engine/contract/operator.ts';
import type { KeyedState } from '../../engine/contract/state.ts';
import type { Field, Schema, Type } from '../../engine/contract/types.ts';
import { definitionOf, runningOf, slotValues } from './aggregate-calls.ts';
import { Expiry } from './expiry.ts';
import { groupSlots, slotNames } from './group-slots.ts';

/** The table of state. */
export const GROUPS = 'groups';

/** One call, and where its groups are kept. */
interface Call {
  /** The assignment it is part of, for errors. */
  readonly name: string;
  readonly type: Type;
  readonly arguments: readonly Expression[];
  readonly running: { readonly definition: RunningAggregate; readonly slots: readonly string[] } | null;
  /** Arguments of each row by group, where the aggregate needs them all. */
  readonly held: RowValue[][][];
  readonly definition: AggregateDefinition;
}

/** Results of the calls, by assignment and call. */
export type Results = readonly (readonly Column[])[];
/** Rows with the arguments of the calls, by assignment, call and argument. */
export interface Taken {
  readonly rows: Batch;
  readonly columns: readonly (readonly (readonly Column[])[])[];
}

/** The groups of an aggregate and what their calls have gathered so far, kept in the engine's keyed state. */
export class Grouping {
  readonly #calls: readonly (readonly Call[])[];
  readonly #state: KeyedState;
  readonly #slotNames: readonly string[];
  readonly #context: Pick<OperatorContext<unknown>, 'reject'>;
  #expiry: Expiry | null = null;
  /** Arguments ready to compute, by assignment, call and argument, for batches of one schema. */
  #compiled: {
    readonly schema: Schema;
    readonly arguments: readonly (readonly (readonly CompiledExpression[])[])[];
  } | null = null;

  constructor(
    context: Pick<OperatorContext<unknown>, 'reject' | 'state' | 'input' | 'now' | 'expired'>,
    keys: readonly Field[],
    block: readonly AggregateAssignment[],
    ttl?: Millis,
  ) {
    const aggregates = aggregateFunctions();
    this.#context = context;
    this.#calls = block.map(({ name, calls }) =>
      calls.map((call, i): Call => {
        const running = runningOf(call, aggregates);
        return {
          name,
          type: call.type,
          arguments: call.args,
          running: running === null ? null : { definition: running, slots: slotNames(name, call, i) },
          held: [],
          definition: definitionOf(call, aggregates),
        };
      }),
    );
    const slots = groupSlots(block, context.input, ttl);
    this.#state = context.state.keyed(GROUPS, keys, slots);
    this.#slotNames = slots.map(slot => slot.name);
    if (ttl !== undefined) this.#expiry = new Expiry(this.#state, { fields: keys }, ttl, context);
  }

  /** Takes the rows in. */
  add(taken: Taken): void {
    const update = this.#updater(taken, this.#state.keysOf(taken.rows));
    update(0, taken.rows.rows, () => {});
  }

  /**
   * Takes the rows in one after another; `finish` makes what comes out of what each row's group has come to with it. Throws
   * RowError where a group then has no value, and has taken no row in.
   */
  addEach(taken: Taken, finish: (results: Results) => Batch): Batch {
    const { rows } = taken.rows;
    const results = this.#calls.map(calls => calls.map(() => new Float64Array(rows)));
    const keys = this.#expiry?.keysOf(taken.rows) ?? this.#state.keysOf(taken.rows);
    const before = this.#slotNames.map(name => takeFloats(this.#state.slot(name), keys, rows));
    this.#expiry?.touch(keys);
    const update = this.#updater(taken, keys);
    try {
      for (let from = 0; from < rows; ) {
        const to = runOfDistinct(keys, from, rows);
        update(from, to, (call, slots, a, c) => {
          for (let row = from; row < to; row++) results[a][c][row] = resultOf(call, slots, keys[row]);
        });
        from = to;
      }
      return finish(this.#calls.map((calls, a) => calls.map((call, c) => this.#column(call.type, results[a][c]))));
    } catch (error) {
      if (error instanceof RowError) this.#undo(keys, before);
      throw error;
    }
  }
  /** Takes groups away whose time is over: of so many as `rows` say, so that it never holds a batch up. */
  sweep(rows: number): void {
    this.#expiry?.sweep(rows);
  }
  #undo(keys: Int32Array, before: readonly Float64Array[]): void {
    this.#slotNames.forEach((name, s) => {
      const slot = this.#state.slot(name);
      for (let row = 0; row < before[s].length; row++) slot[keys[row]] = before[s][row];
    });
  }

  /** Updates every call by rows `[from, to)`, and hands on its slots. */
  #updater({ rows, columns }: Taken, keys: Int32Array) {
    const values = this.#calls.map((calls, a) =>
      calls.map((call, c) => {
        const [first] = columns[a][c];
        if (first === undefined || call.running === null) return { values: null, valid: null };
        return slotValues(first, rows.rows, this.#state);
      }),
    );
    type Seen = (call: Call, slots: readonly Float64Array[], a: number, c: number) => void;
    return (from: number, to: number, seen: Seen) =>
      this.#calls.forEach((calls, a) => {
        calls.forEach((call, c) => {
          if (call.running === null) {
            hold(call, columns[a][c], keys, from, to);
            return;
          }
          const slots = call.running.slots.map(name => this.#state.slot(name));
          const { values: numbers, valid } = values[a][c];
          call.running.definition.update(
            slots,
            keys.subarray(from, to),
            numbers?.subarray(from, to) ?? null,
            valid?.subarray(from, to) ?? null,
            to - from,
          );
          seen(call, slots, a, c);
        });
      });
  }

  /** All groups, in the order they were first seen. Throws RowError where a group has no value. */
  all(): { readonly groups: number; readonly keyColumns: readonly Column[]; readonly results: Results } {
    const groups = this.#state.size;
    const ids = Int32Array.from({ length: groups }, (_, id) => id);
    const results = this.#calls.map(calls =>
      calls.map(call => {
        if (call.running === null) return this.#whole(call, groups);
        const slots = call.running.slots.map(name => this.#state.slot(name));
        return this.#column(
          call.type,
          Float64Array.from(ids, id => resultOf(call, slots, id)),
        );
      }),
    );
    return { groups, keyColumns: this.#state.keyColumns(ids, groups), results };
  }

  /** The rows for which all arguments can be computed; the others are rejected. */
  taken(batch: Batch): Taken {
    const bad = new Set<number>();
    const columns = this.#compiledFor(batch.schema).map(calls =>
      calls.map(args =>
        args.map(compiled =>
          compiled.run(batch, (row, why) => {
            if (!bad.has(row)) this.#context.reject(batch, row, why);
            bad.add(row);
          }),
        ),
      ),
    );
    if (bad.size === 0) return { rows: batch, columns };
    const kept = Int32Array.from({ length: batch.rows }, (_, row) => row).filter(row => !bad.has(row));
    return this.taken(takeRows(batch, kept, kept.length));
  }

  /** A stored table has only the columns that are read, so what rows look like is known from the rows alone. */
  #compiledFor(schema: Schema): readonly (readonly (readonly CompiledExpression[])[])[] {
    if (this.#compiled === null || this.#compiled.schema !== schema) {
      const functions = scalarFunctions();
      const made = this.#calls.map(calls =>
        calls.map(call => call.arguments.map(value => compileExpression(value, schema, functions))),
      );
      this.#compiled = { schema, arguments: made };
    }
    return this.#compiled.arguments;
  }

  /** Aggregates over all values of each group. */
  #whole(call: Call, groups: number): Column {
    const writer = columnWriter(call.type);
    const types = call.arguments.map(argument => argument.type);
    try {
      for (let group = 0; group < groups; group++) {
        writer.appendValue(call.definition.evaluate(call.held[group] ?? [], types));
      }
    } catch (cause) {
      throw named(call, cause);
    }
    return writer.finish();
  }

  /** Running results as a column: NaN is null, and for texts an id of the state, −1 null. */
  #column(type: Type, results: Float64Array): Column {
    const writer = columnWriter(type);
    const isText = type.kind === 'string' || type.kind === 'enum';
    for (const result of results) {
      if (Number.isNaN(result) || (isText && result < 0)) writer.appendNull();
      else if (isText) writer.appendValue(this.#state.text(result));
      else if (type.kind === 'bool') writer.appendValue(result === 1);
      else writer.appendValue(result);
    }
    return writer.finish();
  }
}

/** Rows `[from, to)`. */
export function sliceTaken({ rows, columns }: Taken, from: number, to: number): Taken {
  return {
    rows: sliceRows(rows, from, to),
    columns: columns.map(calls => calls.map(args => args.map(column => sliceColumn(column, from, to)))),
  };
}

function resultOf(call: Call, slots: readonly Float64Array[], key: number): number {
  try {
    return call.running === null ? Number.NaN : call.running.definition.result(slots, key);
  } catch (cause) {
    throw named(call, cause);
  }
}
function named(call: Call, cause: unknown): unknown {
  return cause instanceof RowError ? groupError(call.name, cause.code, cause.message) : cause;
}
/** A group without a value, where `name` says which. */
export function groupError(name: string, code: string, reason: string): RowError {
  return new RowError(code, `${name} of a group: ${reason}`);
}

/** End of the rows from `from` on that are all of different groups: within them, a group's last row is its only one. */
function runOfDistinct(keys: Int32Array, from: number, rows: number): number {
  const seen = new Set<number>();
  let to = from;
  while (to < rows && !seen.has(keys[to])) seen.add(keys[to++]);
  return to;
}

function hold(call: Call, columns: readonly Column[], keys: Int32Array, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const values = columns.map((column, i) => valueAt(column, call.arguments[i].type, row));
    (call.held[keys[row]] ??= []).push(values);
  }
}
