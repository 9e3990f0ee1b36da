import type { Catalog } from '../engine/contract/catalog.ts';
import type { Schema } from '../engine/contract/types.ts';
import { type Binding, type Port, UNKNOWN_PORT } from './bindings.ts';
import type { CompileHost } from './compile.ts';
import { headPort, openFlow } from './compile-flow.ts';
import type { FlowContext } from './flow-context.ts';
import type { Declaration, Module } from './modules.ts';
import { type Pipe, startPipe } from './pipe.ts';
import { schemaOf } from './schemas.ts';
import { fileScope, type PipelineArgument, type Scope } from './scope.ts';
import { compileStages } from './stages.ts';
import type { LetStatement, PipelineNode } from './syntax.ts';

/** What is known at a place: the flow without what is being typed, and the rows that come to it. */
export interface Around {
  readonly context: FlowContext;
  /** The parameters of the pipeline the place is in. */
  readonly params: PipelineNode['params'];
  /** Null where no stage stands. */
  readonly pipe: Pipe | null;
  /** All ports what stands before the place has. */
  readonly port: Port;
}

/** Cuts of a text kept: the places of one stage share theirs. */
const MAX_KEPT = 8;

/** Looks flows up for completions: compiles what stands around a place, and keeps the last ones. */
export interface Surroundings {
  /**
   * The text up to `end`, closed by `closers`, and then from `next` on. `statement` is where the statement begins whose rows
   * are asked for; null: none are. Null where nothing could be made of it.
   */
  at(text: string, end: number, closers: string, next: number, statement: number | null): Around | null;
}

export function surroundings(path: string, catalog: Catalog, host: CompileHost): Surroundings {
  const kept = new Map<string, Around | null>();
  return {
    at(text, end, closers, next, statement) {
      const cut = `${text.slice(0, end)}${closers}\n${text.slice(next)}`;
      const key = `${statement} ${cut}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const found = attempt(() => around(path, cut, statement, catalog, host));
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(key, found);
      return found;
    },
  };
}

/** A definition's own check may fail over what is half written; what is around is then not known. */
function attempt<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch {
    return null;
  }
}

function around(path: string, text: string, start: number | null, catalog: Catalog, host: CompileHost): Around | null {
  const context = openFlow({
    path,
    catalog,
    params: null,
    host: {
      read: asked => (asked === path ? text : host.read(asked)),
      resolve: (from, relative) => host.resolve(from, relative),
      env: name => host.env(name),
      ...(host.registered === undefined ? {} : { registered: ask => host.registered?.(ask) }),
      ...(host.model === undefined ? {} : { model: (registry, alias) => host.model?.(registry, alias) }),
    },
  });
  if (context === null) return null;
  const statement = start === null ? undefined : context.main.file.statements.find(each => each.span.start === start);
  const nothing = { context, params: [], pipe: null, port: UNKNOWN_PORT };
  if (statement?.kind !== 'let' && statement?.kind !== 'sink') return nothing;
  const { value } = statement;
  if (value.kind === 'pipe') {
    const pipe = startPipe(context, statement.name.text, 'plan', headPort(value.head, context));
    const stages = value.stages.filter(stage => stage.op.text !== 'write');
    compileStages(stages, fileScope(context.main), pipe);
    return { context, params: [], pipe, port: pipe.current };
  }
  if (statement.kind === 'sink') return nothing;
  const pipe = insidePipeline(value, statement, context);
  return { context, params: value.params, pipe, port: pipe.current };
}

/** The stages of a pipeline over the rows it is written for, or else over those it is first used on. */
function insidePipeline(node: PipelineNode, statement: LetStatement, context: FlowContext): Pipe {
  const { main, catalog } = context;
  const args = new Map<string, PipelineArgument>();
  let head: Port | null = null;
  for (const param of node.params) {
    const declared = main.declarations.get(param.type.name.text);
    if (declared?.kind !== 'schema') {
      args.set(param.name.text, { kind: 'unknown' });
      continue;
    }
    const { schema, open } = schemaOf(declared, context);
    const port: Port = { ref: null, type: { kind: 'rows', schema, bounded: true }, open };
    head ??= port;
    args.set(param.name.text, { kind: 'binding', port, name: param.name.text });
  }
  const learns = node.stages.some(stage => catalog.operators.get(stage.op.text)?.execution.mode === 'fitted');
  const before = head ?? usedOn(statement.name.text, context) ?? UNKNOWN_PORT;
  const pipe = startPipe(context, statement.name.text, learns ? 'pipeline' : 'plan', { ...before, ref: null });
  const scope: Scope = { module: main, args, inside: [statement] };
  compileStages(node.stages, scope, pipe);
  return pipe;
}

/** The rows that come to the first stage that names a pipeline. */
function usedOn(name: string, context: FlowContext): Port | null {
  for (const statement of context.main.file.statements) {
    if ((statement.kind !== 'let' && statement.kind !== 'sink') || statement.value.kind !== 'pipe') continue;
    const { head, stages } = statement.value;
    const at = stages.findIndex(stage =>
      [...stage.args, ...stage.named.map(arg => arg.value)].some(arg => arg.kind === 'name' && arg.name === name),
    );
    if (at < 0) continue;
    const pipe = startPipe(context, statement.name.text, 'plan', headPort(head, context));
    compileStages(stages.slice(0, at), fileScope(context.main), pipe);
    return pipe.current;
  }
  return null;
}

export function rowsOf(port: Port): Schema {
  return port.type?.kind === 'rows' ? port.type.schema : { fields: [] };
}

/** A declaration and what it binds; nothing where it is broken beyond that. */
export function bindingOf(declaration: Declaration, context: FlowContext): Binding | null {
  return attempt(() => context.bind(declaration));
}

export function declared(module: Module, kinds: readonly Declaration['kind'][]): readonly Declaration[] {
  return [...module.declarations.values()].filter(each => kinds.includes(each.kind));
}
