import type { Span } from '../engine/base/span.ts';
import type { PipelineSpec } from '../engine/contract/parameter.ts';
import { fieldOf, type Schema } from '../engine/contract/types.ts';
import { reportUnknownArgument } from './argument-slots.ts';
import type { Port } from './bindings.ts';
import type { FlowContext } from './flow-context.ts';
import { MAX_STAGES } from './limits.ts';
import type { Declaration } from './modules.ts';
import { currentSchema, currentType, lose, type Pipe, startPipe } from './pipe.ts';
import { argumentOf, declaredFields, fits, type Param, schemaParam, UNKNOWN_ARGUMENT } from './pipeline-arguments.ts';
import { resolveType } from './schemas.ts';
import { fileScope, type PipelineArgument, type Scope } from './scope.ts';
import type { NamedArgument, PipelineNode, StageNode } from './syntax.ts';
import { UNKNOWN_TYPE } from './types.ts';

export type CompileStages = (stages: readonly StageNode[], scope: Scope, pipe: Pipe) => void;

function pipelineOf(declaration: Declaration): PipelineNode | null {
  const { statement } = declaration;
  return statement.kind === 'let' && statement.value.kind === 'pipeline' ? statement.value : null;
}

/** Puts a pipeline's stages in place of an `apply`, with its parameters bound. */
export function splice(
  declaration: Declaration,
  args: readonly NamedArgument[],
  span: Span,
  caller: Scope,
  pipe: Pipe,
  compile: CompileStages,
): void {
  const node = pipelineOf(declaration);
  const { statement } = declaration;
  if (node === null || statement.kind !== 'let') return;
  const { context } = pipe;
  if (pipe.nodes.length + pipe.stages.length > MAX_STAGES) {
    if (!pipe.current.open)
      context.reporter.report('E357', span, { what: `\`${pipe.binding}\`, with all that is applied in it,` });
    lose(pipe);
    return;
  }
  if (caller.inside.includes(statement)) {
    context.reporter.report('E204', span, {
      name: declaration.name,
      chain: `${declaration.name} → … → ${declaration.name}`,
    });
    return;
  }
  if (pipe.into === 'plan' && learnsUnfitted(declaration, node, span, pipe)) return;
  const bound = new Map<string, PipelineArgument>();
  const given = new Map(args.map(arg => [arg.name.text, arg]));
  let rowsParam: Param | null = null;
  for (const param of node.params) {
    const schema = schemaParam(param, declaration);
    if (schema && rowsParam === null) {
      rowsParam = param;
      bound.set(param.name.text, { kind: 'binding', port: pipe.current, name: param.name.text });
      checkRows(param, declaration, span, pipe);
      continue;
    }
    if (!schema && param.type.name.text !== 'column') {
      const declared = resolveType(param.type, context, declaration.module, ['column']);
      if (declared.type === UNKNOWN_TYPE) {
        // Most likely the rows, by a misspelt schema.
        rowsParam ??= param;
        bound.set(param.name.text, UNKNOWN_ARGUMENT);
        continue;
      }
    }
    const arg = given.get(param.name.text);
    bound.set(param.name.text, argumentOf(param, arg, schema, span, { declaration, caller, pipe }));
  }
  const names = node.params.filter(param => param !== rowsParam).map(param => param.name.text);
  const place = { names: { reporter: context.reporter, parameter: () => null } };
  for (const arg of args) {
    if (!names.includes(arg.name.text)) reportUnknownArgument(arg, `\`${declaration.name}\``, names, place);
  }
  compile(node.stages, { module: declaration.module, args: bound, inside: [...caller.inside, statement] }, pipe);
}

/**
 * Looks a library's pipeline over by itself: it is checked in full where it is applied, but stages, functions and rules that do
 * not exist show at once. Which fields there will be is not known yet, so nothing is said of them.
 */
export function lookOver(declaration: Declaration, context: FlowContext, compile: CompileStages): void {
  const node = pipelineOf(declaration);
  if (node === null || declaration.statement.kind !== 'let') return;
  const rows = node.params.find(param => schemaParam(param, declaration));
  const schema = rows === undefined ? { fields: [] } : declaredFields(rows, declaration, context);
  const head: Port = { ref: null, type: { kind: 'rows', schema, bounded: true }, open: true };
  const learns = node.stages.some(stage => context.catalog.operators.get(stage.op.text)?.execution.mode === 'fitted');
  const pipe = startPipe(context, declaration.name, learns ? 'pipeline' : 'plan', head);
  const args = new Map(node.params.map(param => [param.name.text, UNKNOWN_ARGUMENT]));
  compile(node.stages, { module: declaration.module, args, inside: [declaration.statement] }, pipe);
}

/** A pipeline that learns is fitted first: one mistake where it is applied, not one for each of its stages. */
function learnsUnfitted(declaration: Declaration, node: PipelineNode, span: Span, pipe: Pipe): boolean {
  const { catalog, reporter } = pipe.context;
  const stage = node.stages.find(each => catalog.operators.get(each.op.text)?.execution.mode === 'fitted');
  const known = node.stages.every(each => catalog.operators.has(each.op.text));
  if (stage === undefined || !known) return false;
  const related = [{ span: stage.op.span, message: `\`${declaration.name}\` learns here` }];
  reporter.report('E515', span, { stage: stage.op.text }, related);
  lose(pipe);
  return true;
}

/** The rows must have the fields the pipeline was written for; more are welcome. */
function checkRows(param: Param, declaration: Declaration, span: Span, pipe: Pipe): void {
  const { type, open, ref } = pipe.current;
  if (open || type?.kind !== 'rows' || fits(type.schema, param, declaration, span, pipe.context)) return;
  // The stages are checked against what they were written for: the one mistake has been reported.
  const declared = declaredFields(param, declaration, pipe.context).fields;
  const others = type.schema.fields.filter(field => !declared.some(wanted => wanted.name === field.name));
  pipe.current = { ref, open: true, type: { ...type, schema: { fields: [...others, ...declared] } } };
}

/**
 * A pipeline as a value: its stages checked against rows, cut down to the fields it reads and makes, so that the same pipeline
 * comes out the same beside whatever else the rows carry. Null: something is wrong, and has been reported.
 */
export function pipelineSpec(
  declaration: Declaration,
  input: Port,
  span: Span,
  context: FlowContext,
  compile: CompileStages,
): PipelineSpec | null {
  const errors = context.reporter.errors;
  const inner = startPipe(context, declaration.name, 'pipeline', { ...input, ref: null });
  splice(declaration, [], span, fileScope(context.main), inner, compile);
  if (context.reporter.errors > errors || inner.current.open || currentType(inner).kind !== 'rows') return null;
  const mentioned = new Map<string, Span>();
  const assigned = new Set<string>();
  const used: string[] = [];
  for (const stage of inner.stages) {
    for (const name of stage.reads) if (!assigned.has(name) && !used.includes(name)) used.push(name);
    for (const { text, span: place } of stage.assigned) {
      assigned.add(text);
      if (!mentioned.has(text)) mentioned.set(text, place);
      if (!used.includes(text)) used.push(text);
    }
  }
  const cut = (schema: Schema): Schema => ({ fields: used.flatMap(name => fieldOf(schema, name) ?? []) });
  const left = currentSchema(inner);
  const spec: PipelineSpec = {
    name: declaration.name,
    stages: inner.stages.map(({ op, params, input: before, output }) => ({
      op,
      params,
      input: cut(before),
      output: cut(output),
    })),
    features: [...mentioned.keys()].filter(name => fieldOf(left, name) !== undefined),
  };
  context.featurePlaces.set(spec, mentioned);
  return spec;
}
