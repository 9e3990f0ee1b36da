import type { Json } from '../base/json.ts';
import type { AggregateAssignment, Assignment, Expression } from './expression.ts';
import { fieldOf, type Schema, type TypeKind } from './types.ts';
import type { Role } from './value.ts';
import type { WorldName } from './world-name.ts';

/**
 * What a stage, rule, connector or learner takes. The kind says what a name written there means (a column, a binding, a
 * rule …) and what the plan holds for it. Every parameter is named; those with `position` may also be given by place.
 */
export interface ParameterSpec<K extends ParameterKind = ParameterKind, Optional extends boolean = boolean> {
  readonly kind: K;
  readonly doc: string;
  /** 0-based place among the positional arguments. */
  readonly position?: number;
  /** Takes all further positional arguments (kinds `columns`, `models`). */
  readonly variadic?: boolean;
  readonly optional: Optional;
  readonly default?: Json;
  readonly min?: number;
  readonly max?: number;
  /** Kind `choice`: the words allowed. */
  readonly choices?: readonly string[];
  /** Kinds `column`, `columns`, `expression`: the types taken; absent means any. */
  readonly types?: readonly TypeKind[];
  /** Kind `pipeline`: the stages are spliced in place of this one (`apply`), instead of being handed over (`fit`). */
  readonly inline?: true;
  /** Kind `columns`: the word `none` may stand in place of columns; the value is then an empty list (`group: none`). */
  readonly none?: true;
  /** Kind `column`: what is to be learned. No feature may tell it (E502). */
  readonly learned?: true;
  /** Kind `stream`: the part of a split its rows are to come from (`early_stop` takes `val`), see `OperatorDefinition.role`. */
  readonly role?: Role;
  /** Kind `stream`: its rows come out of the stage beside the incoming ones (`union`). Absent: they are looked up in. */
  readonly added?: true;
  /** Kinds `string` and `choice`: it names something in the world; what cannot be such a name is refused (E233). */
  readonly names?: WorldName;
  /** Kind `string`, of connectors: `env("X")` may stand here; the value is then `{ secret: 'env' | 'param', name }`. */
  readonly secret?: true;
}

/** What the plan's `params[name]` holds for each kind. Bindings are in the node's `inputs` under the same name instead. */
export interface ParameterValues {
  int: number;
  float: number;
  bool: boolean;
  string: string;
  /** ms */
  duration: number;
  /** bytes */
  bytes: number;
  choice: string;
  /** Any literal of one value; what it must be depends on the column (`impute { race = "unknown" }`). */
  literal: boolean | number | string;
  column: string;
  columns: readonly string[];
  expression: Expression;
  /** All further `name: float` arguments, in the order written (`split train: 0.7, test: 0.3`). */
  named_floats: readonly { readonly name: string; readonly value: number }[];
  /** A map of strings (`map: { age: "AGE_AT_DISCHARGE" }`). */
  strings_by_name: Readonly<Record<string, string>>;
  strings: readonly string[];
  /** Where a topic is read from (`from: latest`): a word, an instant (ms), or an offset of all partitions or of each. */
  start: 'earliest' | 'latest' | { readonly time: number } | { readonly offsets: number | readonly number[] };
  ints: readonly number[];
  floats: readonly number[];
  /** A rule or learner with its own arguments. */
  rule: RuleCall;
  /** A list of metric or other words. */
  words: readonly string[];
  schema: Schema;
  /** Stages checked against this stage's input, in order. */
  pipeline: PipelineSpec;
  connector: ConnectorCall;
  /** A gate: an expression over columns named `binding.part`. */
  gate: Expression;
  /** Bindings: in `inputs`. */
  stream: null;
  transform: null;
  model: null;
  models: null;
  report: null;
  reports: null;
}
export type ParameterKind = keyof ParameterValues;

export interface RuleCall {
  readonly rule: string;
  readonly params: Readonly<Record<string, Json>>;
}
export interface ConnectorCall {
  readonly connector: string;
  readonly options: Readonly<Record<string, Json>>;
}
/** One stage of a pipeline handed to an operator as a value. */
export interface PipelineStage {
  readonly op: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly input: Schema;
  readonly output: Schema;
}
export interface PipelineSpec {
  readonly name: string;
  readonly stages: readonly PipelineStage[];
  /** The feature names in order of first mention: what the pipeline's stages assign. */
  readonly features: readonly string[];
}

/** Whether a feature is `@phi`, or made of what is. */
export function hasPersonalFeature({ stages, features }: PipelineSpec): boolean {
  const made = stages.at(-1)?.output;
  return made !== undefined && features.some(name => fieldOf(made, name)?.phi === true);
}

/** What a `{ … }` block after a stage may hold, and what `params.block` then is. */
export type BlockSpec =
  | {
      readonly kind: 'assignments';
      readonly doc: string;
      readonly optional?: true /** `*` allowed. */;
      readonly star?: true;
    }
  | { readonly kind: 'aggregates'; readonly doc: string }
  | { readonly kind: 'rules'; readonly doc: string }
  | { readonly kind: 'fields'; readonly doc: string; readonly optional?: true }
  | {
      readonly kind: 'outputs';
      readonly doc: string;
      readonly outputs: Readonly<Record<string, { readonly doc: string; readonly args: number }>>;
    };

export interface BlockValues {
  assignments: readonly Assignment[];
  aggregates: readonly AggregateAssignment[];
  /** `[a, b] = zscore`: one entry per left side, `*` already expanded to names. */
  rules: readonly { readonly columns: readonly string[]; readonly rule: RuleCall }[];
  /** `{ readmitted, other = name }`, `*` already expanded. */
  fields: readonly { readonly name: string; readonly from: string }[];
  /** `{ p = probability(true), class = predicted }`. */
  outputs: readonly { readonly name: string; readonly output: string; readonly args: readonly Json[] }[];
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** The typed `params` a definition's functions receive. */
export type ParamsOf<P extends ParameterSpecs, B extends BlockSpec | undefined = undefined> = {
  readonly [N in keyof P]: P[N] extends ParameterSpec<infer K, infer O>
    ? O extends true
      ? ParameterValues[K] | undefined
      : ParameterValues[K]
    : never;
} & (B extends BlockSpec ? { readonly block: BlockValues[B['kind']] } : unknown);

type Options = Omit<ParameterSpec, 'kind' | 'doc' | 'optional'>;

/** Required, or, with a default, always present. */
export function required<K extends ParameterKind>(
  kind: K,
  doc: string,
  options: Options = {},
): ParameterSpec<K, false> {
  return { kind, doc, optional: false, ...options };
}
/** May be left out; then `undefined`. */
export function optional<K extends ParameterKind>(kind: K, doc: string, options: Options = {}): ParameterSpec<K, true> {
  return { kind, doc, optional: true, ...options };
}
