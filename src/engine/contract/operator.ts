import type { Json } from '../base/json.ts';
import type { Millis } from '../base/units.ts';
import type { Batch } from './batch.ts';
import type { Evaluator } from './evaluation.ts';
import type { Assignment, Expression } from './expression.ts';
import type { BlockSpec, ParameterSpecs, ParamsOf, PipelineStage } from './parameter.ts';
import type { StateStore, TableShape } from './state.ts';
import type { Schema, Type } from './types.ts';
import type { BindingType, ModelContent, Role, RowsType, ValueContent } from './value.ts';

/** An example that is documentation and test at once. */
export interface OperatorExample {
  readonly title: string;
  /** The stage as written in a flow. */
  readonly flow: string;
  /** Schema of the rows in, as in a flow: `ward: string, at: timestamp`. Absent for examples that are only compiled. */
  readonly schema?: string;
  readonly input?: readonly Readonly<Record<string, Json>>[];
  readonly output?: readonly Readonly<Record<string, Json>>[];
  /** What the stage is piped from, where not from rows. */
  readonly from?: string;
  /** Statements the stage needs beside its rows (`let prep = pipeline { … }`). */
  readonly setup?: string;
  /** Tables it names, by name, with their rows. */
  readonly tables?: Readonly<
    Record<string, { readonly schema: string; readonly rows: readonly Readonly<Record<string, Json>>[] }>
  >;
}

/** What a definition's `check` sees, and how it complains. */
export interface CheckContext<P> {
  readonly params: P;
  readonly input: BindingType;
  /** Types of the bindings given as parameters (kinds stream, transform, model, report), by parameter name. */
  readonly bindings: Readonly<Record<string, readonly { readonly name: string; readonly type: BindingType }[]>>;
  /** Reports a diagnostic of the catalogue at a parameter, a block entry (`block.2`), or the stage itself. */
  report(code: string, at: string | null, details: Readonly<Record<string, string>>): void;
}

/** Ports of a stage. Most have the one port `out`; `split` has one per part. */
export type Ports = Readonly<Record<string, BindingType>>;

/** How rows must be placed for a stage that keeps something between rows. */
export type Placement =
  /** Any cut of the rows over tasks gives the same. */
  | { readonly kind: 'rows' }
  /** All rows of a key in one task, in order; the planner inserts the exchange. */
  | { readonly kind: 'key'; readonly columns: readonly string[] }
  /** One task sees all rows, in order. */
  | { readonly kind: 'single' };

/** What an operator is told to stop the run with: an error whose message never holds a row's value. */
export interface RowRejection {
  readonly code: string;
  readonly reason: string;
}

export interface OperatorContext<P> {
  readonly params: P;
  /** Id of the stage, for errors and state. */
  readonly id: string;
  readonly input: Schema;
  /** Output schema of a port. */
  output(port?: string): Schema;
  readonly bounded: boolean;
  readonly state: StateStore;
  /** Side inputs, ready before the stage starts. */
  table(param: string): readonly Batch[];
  /** The same, of rows that the stage gives out beside those of its input: they are counted as rows in. */
  addedRows(param: string): readonly Batch[];
  values(param: string): readonly SideValue[];
  /** What `prepare` made, when the definition has one. */
  readonly prepared: ValueContent | null;
  /** Processing time, UTC ms: what depends on it says so in `Execution.processingTime`. */
  now(): Millis;
  /** Counts keys of its state that were let go because nothing touched them for long. */
  expired(keys: number): void;
  /** Sends one row of a batch to `on_bad`, counted. */
  reject(batch: Batch, row: number, why: RowRejection): void;
  /** The catalogue of rules and learners, for stages that run them. */
  readonly catalog: OperatorCatalog;
}
export interface SideValue {
  readonly name: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  /** Registry version, for a model taken from a registry. */
  readonly version: string | null;
  readonly content: ValueContent;
}
/** What running stages may look up; the full catalogue is a superset. */
export interface OperatorCatalog {
  rule(op: string, rule: string): RuleDefinition | undefined;
  scorer(model: ModelContent, bytes: ValueContent['bytes']): Scorer;
  /** What a stage of expressions does to one row; null for every other stage. For `fit`, which keeps it as steps. */
  lower(op: string, params: Readonly<Record<string, unknown>>, input: Schema): RowProgram | null;
  /** The figures of `evaluate` and `choose`, handed in by the composition root. */
  readonly evaluator: Evaluator;
}

/** Scores a feature matrix; made by the model's learner. A thread's tasks share it: a call leaves nothing that a later one reads. */
export interface Scorer {
  /** `out[class][row]`: the probability of each class, for `rows` rows. `features` in the model's order, NaN missing. */
  probabilities(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void;
  /**
   * Contribution of each feature to the margin (log-odds) of the last class, `out[feature][row]`; returns the base values by
   * row, so that base + sum of contributions = margin. Exact TreeSHAP or linear contributions.
   */
  contributions(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): Float64Array;
  /** The margin of the last class, for the additivity check. */
  margins(features: readonly Float64Array[], rows: number): Float64Array;
}

export type Emit = (batch: Batch, port?: string) => void;

/** Push-based; batches arrive in order. Calls are synchronous and never re-entrant. */
export interface RowsOperator {
  onBatch(batch: Batch, emit: Emit): void;
  /** The input has ended (bounded inputs only). */
  onEnd?(emit: Emit): void;
  /** True once no further input can change the output (`limit`); the engine may then stop reading. */
  done?(): boolean;
}
/** Consumes all rows of a bounded input and gives one value. */
export interface ValueOperator {
  onBatch(batch: Batch): void;
  finish(): ValueContent;
}

/** A stage that is only expressions; the engine fuses neighbours into one generated loop. */
export interface RowProgram {
  /** Rows for which it is not true are dropped. */
  readonly filter?: Expression;
  /** In order, later ones see earlier ones. */
  readonly assign?: readonly Assignment[];
  /** The fields that remain, in order; absent: all, new ones appended. */
  readonly keep?: readonly string[];
}

/** A table of a stage's state, by the name that `state.keyed` is given. */
export interface StateTable extends TableShape {
  readonly name: string;
}

export type Execution<P> =
  | { readonly mode: 'expressions'; lower(params: P, input: Schema): RowProgram }
  | {
      readonly mode: 'rows';
      placement(params: P, input: RowsType): Placement;
      /** A first pass over a bounded input whose value `create` then gets as `prepared`. */
      prepare?(context: OperatorContext<P>): ValueOperator;
      /** Whether these parameters need the first pass; absent: always, where there is a `prepare`. */
      needsPrepare?(params: P): boolean;
      create(context: OperatorContext<P>): RowsOperator;
      /**
       * What `create` will ask `state` for, on a stream; `input`: the rows that reach it. Absent: nothing, or nothing that is said
       * before it runs: what becomes of it when the flow changes is then found when it does.
       */
      state?(params: P, input: Schema): readonly StateTable[];
      /** Whether, with these parameters, what it gives depends on when rows come; absent: never. */
      processingTime?(params: P): boolean;
    }
  | { readonly mode: 'value'; create(context: OperatorContext<P>): ValueOperator }
  /** Learns by rounds over partitions; `learner` names the parameter of kind `rule` that says which. */
  | { readonly mode: 'train'; readonly learner: string }
  /** A column stage whose rules are learned (`impute`): exists only inside a pipeline that is fitted, by `fit` or `features:`. */
  | { readonly mode: 'fitted' }
  /** Runs on the main thread on values only (`require`, `publish`, `write` of a report). */
  | { readonly mode: 'control'; run(context: ControlContext<P>): Promise<ControlResult> };

export interface ControlContext<P> {
  readonly params: P;
  readonly id: string;
  readonly input: SideValue;
  values(param: string): readonly SideValue[];
  /** An expression given as a parameter, as a flow writes it. */
  text(param: string): string;
  readonly registry: RegistryWriter;
  /** Writes a file whole: beside the target, synced, renamed. */
  writeFile(path: string, bytes: Uint8Array | string): Promise<void>;
}
export interface RegistryWriter {
  publish(
    name: string,
    model: SideValue,
    tag: string,
    attached: readonly SideValue[],
  ): Promise<{ readonly version: string }>;
}
export interface ControlResult {
  /** `pass` hands the input on; `stop` ends this branch well; `fail` is a failed requirement (exit 3). */
  readonly outcome: 'pass' | 'stop' | 'fail';
  /** One line for the summary. */
  readonly note: string;
  /** For the summary's `sinks`. */
  readonly details?: Readonly<Record<string, Json>>;
}

/** What the training rows are to teach. */
export interface TrainingLabel {
  /** As text, in the order of a model's outputs. */
  readonly classes: readonly string[];
  /** By batch, for each row the place of its class; NaN unknown. */
  readonly places: readonly Float64Array[];
}

/** A rule of a column stage (`zscore` of `normalize`): what it takes, learns and makes. */
export interface RuleDefinition<P extends ParameterSpecs = ParameterSpecs> {
  readonly op: string;
  readonly name: string;
  readonly summary: string;
  readonly params: P;
  readonly examples: readonly OperatorExample[];
  /** Whether it takes a column of this type; nulls are taken unless `refusesNull`. */
  accepts(type: Type): boolean;
  readonly refusesNull?: true;
  /** Type of the one column it gives, or `features` for a rule whose width is learned. */
  output(type: Type, nullable: boolean): { readonly type: Type; readonly nullable: boolean };
  /** True where `fit` needs the label (target encoding). */
  readonly needsLabel?: true;
  /** Learns from all training rows of one column, batch by batch in order; returns JSON. Deterministic. */
  fit(params: ParamsOf<P>, column: readonly Batch[], label: TrainingLabel | null): Json;
  /** Replaces the one column of `batch` by its output columns: `names` and columns agree. */
  outputs(column: string, fitted: Json): readonly string[];
  apply(fitted: Json, batch: Batch): readonly import('./batch.ts').Column[];
}

export interface OperatorDefinition<
  P extends ParameterSpecs = ParameterSpecs,
  B extends BlockSpec | undefined = BlockSpec | undefined,
> {
  readonly kind: 'operator';
  readonly name: string;
  readonly summary: string;
  /** More for the reference, in Markdown. */
  readonly details?: string;
  readonly params: P;
  readonly block?: B;
  /** Binding kinds the stage takes as its incoming value; default rows. */
  readonly takes?: readonly BindingType['kind'][];
  /** True where the input must end (`sort`). */
  readonly boundedOnly?: true;
  /**
   * The part of a split its rows are to come from: `train` where they are learned from, `val` where they choose, `test` where
   * they measure. Rows of another part are refused (E503), and rows that what is chosen or measured has learned from.
   */
  readonly role?: Role;
  /** Its ports share the incoming rows out: none comes out of two. */
  readonly parts?: true;
  readonly examples: readonly OperatorExample[];
  check(context: CheckContext<ParamsOf<P, B>>): Ports;
  readonly execution: Execution<ParamsOf<P, B>>;
  /** One row out for each row in, earlier fields unchanged: later filters on those fields may run before it. */
  readonly addsColumnsOnly?: true;
  /** Columns of the input it reads besides those it passes on; for projection push-down. Absent: all. */
  reads?(params: ParamsOf<P, B>): readonly string[];
  readonly rules?: readonly RuleDefinition[];
  /** With these parameters the stage is short for several, written out in the plan. Null: it stands for itself. */
  shorthand?(params: ParamsOf<P, B>): Shorthand | null;
  /**
   * Functions of a model (`top_features(risk, 3)`) that become this stage, put in front of the stage that uses them: the
   * compiler adds a node with `params.function`, `params.args` and `params.column`, the hidden column it must add, and the
   * model as the side input `model`.
   */
  readonly modelFunctions?: Readonly<Record<string, ModelFunction>>;
}
/** A value learned from the stage's input, and put to it and to the streams named, before the stage with `params`. */
export interface Shorthand {
  readonly params: Readonly<Record<string, unknown>>;
  readonly learn: { readonly op: string; readonly params: Readonly<Record<string, unknown>> };
  /** The stage that puts it there, and its parameter that takes it. */
  readonly put: { readonly op: string; readonly side: string };
  readonly streams: readonly string[];
}
export interface ModelFunction {
  readonly summary: string;
  /** Literal arguments after the model. */
  readonly args: readonly { readonly name: string; readonly type: Type; readonly default?: Json }[];
  readonly gives: { readonly type: Type; readonly nullable: boolean };
}

/** Types the definition and freezes it; the only way one is made. */
export function defineOperator<const P extends ParameterSpecs, const B extends BlockSpec | undefined = undefined>(
  definition: Omit<OperatorDefinition<P, B>, 'kind'>,
): OperatorDefinition {
  return Object.freeze({ kind: 'operator', ...definition }) as unknown as OperatorDefinition;
}

export function defineRule<const P extends ParameterSpecs>(definition: RuleDefinition<P>): RuleDefinition {
  return Object.freeze(definition) as unknown as RuleDefinition;
}

export type { PipelineStage };
