import type { CallExpression, Expression } from './expression.ts';
import type { Type } from './types.ts';

/** A value of one row, as the oracle sees it. Records are objects by field name. */
export type RowValue = null | boolean | number | string | readonly RowValue[] | { readonly [field: string]: RowValue };

export interface ArgumentType {
  readonly type: Type;
  readonly nullable: boolean;
  /** The literal value where the argument is one: partial functions look (`a / 2.0` cannot be null). */
  readonly literal?: null | boolean | number | string;
}
export type SignatureResult =
  | { readonly type: Type; readonly nullable: boolean }
  /** Which argument does not fit (−1: their number) and what was expected, in a user's words. */
  | { readonly argument: number; readonly expected: string };

/**
 * What a function does with units of measure. `same`: its arguments are of one unit, which it gives. `compared`: they are of one
 * unit, and what it gives has none. `kept`: it gives the unit of its first argument. Else what it gives has none.
 */
export type Units = 'same' | 'compared' | 'kept';

/**
 * A scalar function or operator sign. `evaluate` is the oracle, one row at a time. `emit`, where present, is the same in one
 * JavaScript expression over already evaluated, non-null argument sources; without it (or where it answers null for a call),
 * the function is computed through `evaluate` once per distinct dictionary entry, or once per row.
 */
export interface FunctionDefinition {
  readonly name: string;
  /** As written in a flow when not `name(…)`: `a + b`. */
  readonly sign?: string;
  readonly summary: string;
  readonly examples: readonly { readonly call: string; readonly gives: RowValue }[];
  signature(args: readonly ArgumentType[]): SignatureResult;
  /** `pass`: null in, null out, and `evaluate`/`emit` never see one. `own`: it deals with nulls itself. */
  readonly nulls: 'pass' | 'own';
  /** Body arguments that are evaluated per list element with `it` (list functions): their indexes. */
  readonly bodies?: readonly number[];
  readonly units?: Units;
  /** Names of the arguments, in order, for calls that name them (`zone: "Europe/Berlin"`). */
  readonly parameters?: readonly string[];
  /** Whether what a call with these arguments gives no longer tells whom its arguments told of: it sheds `@phi`. */
  sheds?(args: readonly Expression[]): boolean;
  /**
   * True where `emit` over numbers gives NaN as soon as one of them is NaN (`+`, `abs`; not `pow`, for NaN ** 0 is 1): nulls are
   * NaN in generated loops, so no test for them is needed.
   */
  readonly propagatesNaN?: true;
  /** Returning NaN or ±Infinity means null. Throws RowError for an int beyond ±(2^53−1). */
  evaluate(args: readonly RowValue[], call: CallExpression): RowValue;
  emit?(args: readonly string[], call: CallExpression): string | null;
}

/** An aggregate over the rows of a group. Nulls are skipped, except by `count()`. */
export interface AggregateDefinition {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly { readonly call: string; readonly of: readonly RowValue[]; readonly gives: RowValue }[];
  signature(args: readonly ArgumentType[]): SignatureResult;
  /** The result is of the unit of the first argument. */
  readonly units?: 'kept';
  /** It says how many rows, not what is in them: it sheds `@phi`, and of an `@id` it is no identifier. */
  readonly counts?: true;
  /** The oracle: the arguments of each row of one group, in order. */
  evaluate(rows: readonly (readonly RowValue[])[], types: readonly Type[]): RowValue;
  /**
   * Fixed-size state per key, for streams: `slots` f64 a key, updated in row order. Absent where all values are needed
   * (`median`, `quantile`): bounded input only.
   */
  readonly running?: RunningAggregate;
  /**
   * The same where it depends on the arguments' types (a text slot, int sums that must not round); goes before `running`. Null:
   * not for these types.
   */
  runningFor?(types: readonly Type[]): RunningAggregate | null;
}
export interface RunningAggregate {
  readonly slots: readonly { readonly name: string; readonly kind: 'f64' | 'text'; readonly initial?: number }[];
  /**
   * Folds rows into slots. `keys[row]` is the dense key id. `values` is the first argument (numbers, bools as 0/1, or for
   * strings ids already interned in the state's dictionary), null for `count()`; `valid[row]` 1 = present.
   */
  update(
    slots: readonly Float64Array[],
    keys: Int32Array,
    values: Float64Array | null,
    valid: Uint8Array | null,
    rows: number,
  ): void;
  /** The result for one key; NaN means null. A text's id for a `text` slot, −1 null. Throws RowError as `evaluate` does. */
  result(slots: readonly Float64Array[], key: number): number;
}

/** A row that no value can be computed for; becomes a rejection, never a crash. The message holds no value. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
