import type { Catalog } from '../engine/contract/catalog.ts';
import type { AggregateCall, Expression } from '../engine/contract/expression.ts';
import type { Field, Schema, Type } from '../engine/contract/types.ts';
import type { Constant } from './constants.ts';
import type { Facts } from './narrowing.ts';
import type { Reporter } from './reporter.ts';
import type { CallNode, ExpressionNode, FunctionStatement, MemberNode } from './syntax.ts';

/** An expression that type-checks, with its unit where it has one. */
export interface Checked {
  readonly expression: Expression;
  readonly unit: string | null;
  readonly node: ExpressionNode;
}

/** What `$name` may be: a value, or, in a pipeline, a column it was given. Null: a mistake already reported. */
export type ParameterMeaning =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'binding' }
  | null;

/** The names an expression may use besides the columns of its rows. */
export interface ExpressionNames {
  /** `fields` of the rows, for the hint where one of them was meant. */
  parameter(node: ExpressionNode & { readonly kind: 'parameter' }, fields?: readonly Field[]): ParameterMeaning;
  /** A `fn`, with the names its body sees; undefined where there is none. */
  fn(name: string): { readonly statement: FunctionStatement; readonly names: ExpressionNames } | undefined;
  /** Whether a parameter has the name. */
  hasParameter(name: string): boolean;
  /** What a name that is no column is, for the hint: `a model`. */
  describe(name: string): string | null;
  /** Names of functions declared here, for suggestions. */
  readonly fnNames: readonly string[];
  /** The type a `fn` parameter was declared with. */
  parameterType(statement: FunctionStatement, at: number): { readonly type: Type; readonly nullable: boolean } | null;
}

/** Aggregate calls gathered from one assignment, and the results of the assignments before it. */
export interface AggregateCollector {
  readonly calls: AggregateCall[];
  readonly earlier: ReadonlyMap<string, { readonly calls: readonly AggregateCall[]; readonly value: Checked }>;
}

export interface ExpressionContext {
  readonly catalog: Catalog;
  readonly reporter: Reporter;
  readonly names: ExpressionNames;
  readonly schema: Schema;
  /** The schema is not known in full, after a mistake: names that are not in it are passed over in silence. */
  readonly open: boolean;
  readonly facts: Facts;
  /** Parameters of the `fn` being inlined. */
  readonly locals: ReadonlyMap<string, Checked | null> | null;
  /** Those parameters are values of a row, and so may stand in an aggregating block inside aggregates only. */
  readonly rowLocals: boolean;
  /** The element of the list function this is the body of. */
  readonly item: { readonly type: Type; readonly nullable: boolean } | null;
  /** Set at the top of an aggregating block's expressions, outside the aggregates. */
  readonly aggregates: AggregateCollector | null;
  /** Inside an aggregate's arguments. */
  readonly aggregating: boolean;
  /** Columns read so far. */
  readonly reads: Set<string>;
  /** The `fn`s being inlined, to find recursion. */
  readonly inlining: readonly FunctionStatement[];
  /** `card.auroc` in a gate; undefined where it is not one. */
  part?(node: MemberNode): Checked | null | undefined;
  /** `top_features(risk, 3)`; undefined where the name is no function of a model. */
  modelFunction?(node: CallNode): Checked | null | undefined;
  /** Checks a sub-expression. Null: what is wrong has been reported. */
  check(node: ExpressionNode, context: ExpressionContext): Checked | null;
}
