import type { Catalog } from '../engine/contract/catalog.ts';
import type { ModelFunction, OperatorDefinition } from '../engine/contract/operator.ts';
import type { SchemaAsk } from '../engine/contract/registered-schema.ts';
import { type Binding, type Port, UNKNOWN_BINDING, UNKNOWN_PORT } from './bindings.ts';
import type { Compiled, CompileHost, CompileOptions } from './compile.ts';
import type { Constant } from './constants.ts';
import { type FlowContext, flowSpan, namesOf } from './flow-context.ts';
import { describeParams, parameterValue, refuseUnknownParams } from './flow-params.ts';
import { compileTests } from './flow-tests.ts';
import { checkFunctions } from './functions.ts';
import { refuseLeakage } from './leakage/leakage.ts';
import { registryPort } from './models.ts';
import { type Declaration, loadModules, type Module } from './modules.ts';
import { finishPipe, startPipe } from './pipe.ts';
import { lookOver, pipelineSpec } from './pipelines.ts';
import { planOf } from './plan-of.ts';
import { askOf } from './registered-schemas.ts';
import { makeReporter, type Reporter } from './reporter.ts';
import { schemaOf } from './schemas.ts';
import { bindingNamed, fileScope, portOf } from './scope.ts';
import { compileSink } from './sinks.ts';
import { compileSource } from './sources.ts';
import { compileStages } from './stages.ts';
import { didYouMean, listed } from './suggest.ts';
import type { BindingNode, LetStatement, SinkStatement } from './syntax.ts';
import { refuseSharedTargets } from './targets.ts';
import { reportUnused } from './unused.ts';

/** Text to checked plan. Whatever the text, it gives diagnostics and never throws. */
export function compileFlow(options: CompileOptions): Compiled {
  const sources = new Map<string, string>();
  const reporter = makeReporter(sources);
  const loaded = loadModules(options.path, options.host, reporter, sources);
  if (loaded === null) {
    const span = { file: options.path, start: 0, end: 0, line: 1, column: 1 };
    reporter.report('E701', span, { path: options.path });
    return { flow: null, plan: null, tests: [], diagnostics: reporter.all(), sources, params: [] };
  }
  const { main } = loaded;
  const context = makeContext(options, main, reporter, new Map());
  compileAll(context);
  checkRoots(context, options.only);
  refuseSharedTargets(context);
  refuseLeakage(context);
  reportUnused(main, reporter);
  const tests = compileTests(context, overrides => testContext(options, main, reporter, overrides), sources);
  const plan = reporter.errors > 0 ? null : planOf(context, rootsOf(context, options.only), sources);
  return {
    flow: main.file.flow?.name.text ?? null,
    plan,
    tests,
    diagnostics: reporter.all(),
    sources,
    params: describeParams(context),
  };
}

/**
 * What a flow and its libraries ask of schema registries. Whoever compiles it has them answered first, and hands the answers in
 * by `CompileHost.registered`. What is wrong with the text is told when it is compiled.
 */
export function askedSchemas(path: string, host: CompileHost): readonly SchemaAsk[] {
  const sources = new Map<string, string>();
  const loaded = loadModules(path, host, makeReporter(sources), sources);
  const statements = loaded?.all.flatMap(({ file }) => file.statements) ?? [];
  return statements.flatMap(each => {
    const from = each.kind === 'schema' ? each.from : null;
    return from === null ? [] : (askOf(from, makeReporter(sources)) ?? []);
  });
}

/** A flow's names, each compiled when asked for: what an editor looks things up in. Null where there is no such file. */
export function openFlow(options: CompileOptions): FlowContext | null {
  const sources = new Map<string, string>();
  const reporter = makeReporter(sources);
  const loaded = loadModules(options.path, options.host, reporter, sources);
  return loaded === null ? null : makeContext(options, loaded.main, reporter, new Map());
}

function testContext(
  options: CompileOptions,
  main: Module,
  reporter: Reporter,
  overrides: ReadonlyMap<string, Constant>,
): FlowContext {
  const context = makeContext({ ...options, requireParams: false }, main, reporter, overrides);
  compileAll(context);
  return context;
}

function makeContext(
  options: CompileOptions,
  main: Module,
  reporter: Reporter,
  overrides: ReadonlyMap<string, Constant>,
): FlowContext {
  const context: FlowContext = {
    catalog: options.catalog,
    host: options.host,
    reporter,
    main,
    given: options.params,
    requireParams: options.params !== null && options.requireParams !== false,
    overrides,
    schemas: new Map(),
    constants: new Map(),
    bindings: new Map(),
    compiling: [],
    nodes: new Map(),
    places: new Map(),
    featurePlaces: new WeakMap(),
    modelFunctions: modelFunctionsOf(options.catalog),
    bind: declaration => bind(declaration, context),
    pipelineSpec: (declaration, input, span) => pipelineSpec(declaration, input, span, context, compileStages),
  };
  return context;
}

function modelFunctionsOf(catalog: Catalog) {
  const found = new Map<string, { readonly operator: OperatorDefinition; readonly fn: ModelFunction }>();
  for (const operator of catalog.operators.values()) {
    for (const [name, fn] of Object.entries(operator.modelFunctions ?? {})) found.set(name, { operator, fn });
  }
  return found;
}

/** Everything a flow declares, in the order written; what is needed earlier is compiled when asked for. */
function compileAll(context: FlowContext): void {
  refuseUnknownParams(context);
  for (const declaration of context.main.declarations.values()) {
    if (declaration.imported !== undefined) continue;
    switch (declaration.kind) {
      case 'param':
        parameterValue(declaration, context);
        break;
      case 'schema':
        schemaOf(declaration, context);
        break;
      case 'source':
      case 'table':
      case 'let':
      case 'sink':
        bind(declaration, context);
        break;
      case 'pipeline':
        if (context.main.file.flow === null) lookOver(declaration, context, compileStages);
        break;
      case 'schedule':
        context.reporter.report('E190', declaration.span, { what: '`schedule`' });
        break;
      default:
    }
  }
  checkFunctions(context);
  for (const declaration of context.main.declarations.values()) {
    if (declaration.kind === 'model' && !context.nodes.has(declaration.name)) registryPort(declaration, null, context);
  }
}

function bind(declaration: Declaration, context: FlowContext): Binding {
  const { name, statement } = declaration;
  const known = context.bindings.get(name);
  if (known !== undefined) return known;
  if (declaration.kind === 'model') return { kind: 'registry', name, declaration };
  if (context.compiling.includes(name)) {
    const chain = [...context.compiling.slice(context.compiling.indexOf(name)), name].join(' → ');
    context.reporter.report('E204', declaration.span, { name, chain });
    return UNKNOWN_BINDING;
  }
  context.compiling.push(name);
  const binding = compileBinding(declaration, statement, context);
  context.compiling.pop();
  context.bindings.set(name, binding);
  return binding;
}

function compileBinding(declaration: Declaration, statement: Declaration['statement'], context: FlowContext): Binding {
  switch (statement.kind) {
    case 'source':
    case 'table':
      return compileSource(declaration, context);
    case 'let':
      return compileLet(statement, declaration, context);
    case 'sink':
      return compileSinkStatement(statement, declaration, context);
    default:
      return UNKNOWN_BINDING;
  }
}

function compileLet(statement: LetStatement, declaration: Declaration, context: FlowContext): Binding {
  const { name, value } = statement;
  if (value.kind === 'pipeline') return { kind: 'pipeline', name: name.text, declaration };
  const pipe = startPipe(context, name.text, 'plan', headPort(value.head, context));
  compileStages(value.stages, fileScope(context.main), pipe);
  return { kind: 'ports', name: name.text, ports: finishPipe(pipe) };
}

function compileSinkStatement(statement: SinkStatement, _declaration: Declaration, context: FlowContext): Binding {
  const pipe = startPipe(context, statement.name.text, 'plan', headPort(statement.value.head, context));
  return compileSink(statement, fileScope(context.main), pipe);
}

/** What a pipe starts with. */
export function headPort(head: BindingNode, context: FlowContext): Port {
  if (head.name.text === '') return UNKNOWN_PORT;
  const binding = bindingNamed(head.name, context, fileScope(context.main));
  if (binding.kind === 'pipeline') {
    context.reporter.report('E213', head.span, {
      name: head.name.text,
      found: 'a pipeline',
      expected: 'a stream to start from',
      hint: `Apply it to rows: \`rows | apply ${head.name.text}\`.`,
    });
    return UNKNOWN_PORT;
  }
  if (binding.kind === 'registry' && head.part === null) return registryPort(binding.declaration, null, context);
  return portOf(binding, head.name.text, head.part, head.span, context);
}

/** Nodes a run ends in: the sinks, and what was asked for by name. */
function rootsOf(context: FlowContext, only: string | undefined): readonly string[] {
  if (only === undefined)
    return context.main.file.statements.flatMap(each => (each.kind === 'sink' ? [each.name.text] : []));
  const binding = context.bindings.get(only);
  if (binding?.kind === 'sink' && context.nodes.has(only)) return [only];
  if (binding?.kind === 'sink') return binding.input.ref === null ? [] : [binding.input.ref.node];
  return binding?.kind === 'ports' ? [...binding.ports.values()].flatMap(port => port.ref?.node ?? []) : [];
}

/** What was asked for by name must be a stream; a flow that is run must write something. */
function checkRoots(context: FlowContext, only: string | undefined): void {
  const { main, reporter } = context;
  if (main.file.flow === null) return;
  if (only === undefined) {
    if (!main.broken && !main.file.statements.some(each => each.kind === 'sink'))
      reporter.report('E227', flowSpan(main), {});
    return;
  }
  const kind = main.declarations.get(only)?.kind;
  if (kind === 'source' || kind === 'table' || kind === 'let' || kind === 'sink') return;
  const names = namesOf(main, ['source', 'table', 'let', 'sink']);
  reporter.report('E201', flowSpan(main), {
    kind: 'stream',
    name: only,
    hint: didYouMean(only, names, `There are ${listed(names)}.`),
  });
}
