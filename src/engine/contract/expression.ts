import type { Type } from './types.ts';

/**
 * A typed, side-effect-free expression as plain data. Every operator sign is a call (`add`, `eq`, `and`, `if`, `field` …);
 * what a call means is in the function catalogue. `&&`-like calls take any number of arguments.
 */
export type Expression = LiteralExpression | ColumnExpression | CallExpression | ItemExpression;

export interface LiteralExpression {
  readonly op: 'literal';
  readonly type: Type;
  readonly nullable: boolean;
  /** Numbers for int, float, timestamp (ms), date (days), duration (ms); a list literal holds its items' values. */
  readonly value: null | boolean | number | string | readonly (null | boolean | number | string)[];
}
export interface ColumnExpression {
  readonly op: 'column';
  readonly type: Type;
  readonly nullable: boolean;
  readonly name: string;
}
export interface CallExpression {
  readonly op: 'call';
  readonly type: Type;
  readonly nullable: boolean;
  /** Name of a function definition. */
  readonly fn: string;
  readonly args: readonly Expression[];
}
/** `it`: the element inside the body of a list function. */
export interface ItemExpression {
  readonly op: 'item';
  readonly type: Type;
  readonly nullable: boolean;
}

/** `name = expression`, evaluated in order; later ones see earlier ones. */
export interface Assignment {
  readonly name: string;
  readonly value: Expression;
}

/** `name = aggregate(args)`; several may be combined by an expression over their results, see AggregateAssignment. */
export interface AggregateCall {
  readonly fn: string;
  readonly args: readonly Expression[];
  readonly type: Type;
  readonly nullable: boolean;
}

/**
 * One output of an aggregating block: `value` is an expression over columns `$0`, `$1` … that stand for `calls`,
 * so that `rate = sum(x) / count()` is two calls and one division.
 */
export interface AggregateAssignment {
  readonly name: string;
  readonly calls: readonly AggregateCall[];
  readonly value: Expression;
}
