import type { Span } from '../engine/base/span.ts';
import type { Catalog } from '../engine/contract/catalog.ts';
import type { ModelFunction, OperatorDefinition } from '../engine/contract/operator.ts';
import type { PipelineSpec } from '../engine/contract/parameter.ts';
import type { SchemaType } from '../engine/contract/registered-schema.ts';
import type { Schema } from '../engine/contract/types.ts';
import type { PlanNode } from '../engine/plan/plan.ts';
import type { Binding, Port } from './bindings.ts';
import type { CompileHost } from './compile.ts';
import type { Constant } from './constants.ts';
import { type Declaration, declaredInBrokenText, type Module } from './modules.ts';
import type { Reporter } from './reporter.ts';
import type { SchemaStatement, Statement } from './syntax.ts';

/** Fields as declared; `open` after a mistake in them: a name that is missing may have been meant. */
export interface DeclaredSchema {
  readonly schema: Schema;
  readonly open: boolean;
  /** The kind of schema in a registry that it was read from or held against, and how a message names that. */
  readonly registered?: { readonly type: SchemaType; readonly name: string };
}

/** Where a stage of the plan is written: its word, and its arguments by parameter. */
export interface StagePlace {
  readonly op: Span;
  readonly args: ReadonlyMap<string, Span>;
}

/** Everything one compilation of one flow knows. Bindings are compiled when first asked for. */
export interface FlowContext {
  readonly catalog: Catalog;
  readonly host: CompileHost;
  readonly reporter: Reporter;
  readonly main: Module;
  /** `--param` texts; null: only checking. */
  readonly given: Readonly<Record<string, string>> | null;
  /** Whether a parameter that has no value is a mistake. */
  readonly requireParams: boolean;
  /** A test's own values of parameters. */
  readonly overrides: ReadonlyMap<string, Constant>;
  readonly schemas: Map<SchemaStatement, DeclaredSchema | 'resolving'>;
  readonly constants: Map<Statement, Constant | null>;
  /** Of the main file, by name. */
  readonly bindings: Map<string, Binding>;
  /** Names being compiled, to find circles. */
  readonly compiling: string[];
  readonly nodes: Map<string, PlanNode>;
  /** Where the stages among them are written, by id. */
  readonly places: Map<string, StagePlace>;
  /** Where the features of a pipeline handed over are made first. */
  readonly featurePlaces: WeakMap<PipelineSpec, ReadonlyMap<string, Span>>;
  readonly modelFunctions: ReadonlyMap<string, { readonly operator: OperatorDefinition; readonly fn: ModelFunction }>;
  /** The binding of a declaration of the main file. */
  bind(declaration: Declaration): Binding;
  /** A pipeline checked against rows, as a value. Null: reported. */
  pipelineSpec(declaration: Declaration, input: Port, span: Span): PipelineSpec | null;
}

/** What a name is in a file. */
export function lookUp(module: Module, name: string): Declaration | undefined {
  const found = module.declarations.get(name);
  if (found !== undefined) return found;
  if (!declaredInBrokenText(module, name)) return undefined;
  const statement = module.file.statements[0];
  if (statement === undefined) return undefined;
  return { kind: 'unknown', name, span: statement.span, module, statement };
}

/** Names of a file that are of one of these kinds, for suggestions. */
export function namesOf(module: Module, kinds: readonly Declaration['kind'][]): readonly string[] {
  return [...module.declarations.values()].filter(each => kinds.includes(each.kind)).map(each => each.name);
}

/** The place of a flow as a whole: its first line. */
export function flowSpan(module: Module): Span {
  return module.file.flow?.span ?? { file: module.path, start: 0, end: 0, line: 1, column: 1 };
}
