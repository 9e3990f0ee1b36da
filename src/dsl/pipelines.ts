import type { Span } from '../engine/base/span.ts';
import type { PipelineSpec } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import { reportUnknownArgument } from './argument-slots.ts';
import type { Port } from './bindings.ts';
import { constantOf, fitConstant, keepsRange } from './constant-values.ts';
import { columnHint } from './field-hints.ts';
import type { FlowContext } from './flow-context.ts';
import { MAX_STAGES } from './limits.ts';
import { type Declaration, KIND_TEXT } from './modules.ts';
import { currentSchema, currentType, lose, type Pipe, startPipe } from './pipe.ts';
import { resolveType, schemaOf } from './schemas.ts';
import { fileScope, namedPort, type PipelineArgument, parameterMeaning, type Scope } from './scope.ts';
import type { ExpressionNode, NamedArgument, PipelineNode, StageNode } from './syntax.ts';
import { assignable, describeType, UNKNOWN_TYPE } from './types.ts';

type Param = PipelineNode['params'][number];
export type CompileStages = (stages: readonly StageNode[], scope: Scope, pipe: Pipe) => void;

const UNKNOWN_ARGUMENT: PipelineArgument = { kind: 'unknown' };

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

/** Whether a parameter is a stream: its type is a schema's name. */
function schemaParam(param: Param, declaration: Declaration): boolean {
  const found = declaration.module.declarations.get(param.type.name.text);
  return found?.kind === 'schema' || found?.kind === 'unknown';
}

function declaredFields(param: Param, declaration: Declaration, context: FlowContext): Schema {
  const found = declaration.module.declarations.get(param.type.name.text);
  return found === undefined ? { fields: [] } : schemaOf(found, context).schema;
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

function fits(schema: Schema, param: Param, declaration: Declaration, span: Span, context: FlowContext): boolean {
  for (const wanted of declaredFields(param, declaration, context).fields) {
    const field = fieldOf(schema, wanted.name);
    const related = [{ span: param.name.span, message: `\`${declaration.name}\` takes \`${param.type.name.text}\`` }];
    if (field === undefined) {
      const of = `\`${declaration.name}\``;
      context.reporter.report('E307', span, { of, field: wanted.name, hint: columnHint(wanted.name, schema) }, related);
      return false;
    }
    if (isFit(field, wanted)) continue;
    context.reporter.report(
      'E306',
      span,
      { field: field.name, found: fieldText(field), expected: fieldText(wanted), hint: nullHint(field, wanted) },
      related,
    );
    return false;
  }
  return true;
}

function isFit(field: Field, wanted: Field): boolean {
  if (field.type === UNKNOWN_TYPE || wanted.type === UNKNOWN_TYPE) return true;
  if (!assignable(field.type, wanted.type) || (field.nullable && !wanted.nullable)) return false;
  return field.unit === undefined || wanted.unit === undefined || field.unit === wanted.unit;
}

function fieldText(field: Field): string {
  const unit = field.unit === undefined ? '' : ` in ${field.unit}`;
  return `${describeType(field.type, field.nullable)}${unit}`;
}

function nullHint(field: Field, wanted: Field): string {
  if (!field.nullable || wanted.nullable || !assignable(field.type, wanted.type)) return '';
  return `Keep the rows that have it, \`where ${field.name} != null\`, or write \`${field.name}: ${describeType(wanted.type)}?\` in the schema.`;
}

interface ArgumentContext {
  readonly declaration: Declaration;
  readonly caller: Scope;
  readonly pipe: Pipe;
}

function argumentOf(
  param: Param,
  arg: NamedArgument | undefined,
  stream: boolean,
  span: Span,
  of: ArgumentContext,
): PipelineArgument {
  const { context } = of.pipe;
  // A default is written in the pipeline's file, an argument where it is applied.
  const scope = arg === undefined ? fileScope(of.declaration.module) : of.caller;
  const node = arg?.value ?? param.value;
  const name = param.name.text;
  if (node === null) {
    const shown = `${name}: …`;
    const doc = `its type is \`${param.type.name.text}\`.`;
    context.reporter.report('E207', span, { name, of: `\`${of.declaration.name}\``, shown, doc });
    return UNKNOWN_ARGUMENT;
  }
  if (param.type.name.text === 'column') return columnArgument(name, node, scope, of);
  if (stream) return streamArgument(param, node, scope, of);
  const declared = resolveType(param.type, context, of.declaration.module);
  if (declared.type === UNKNOWN_TYPE) return UNKNOWN_ARGUMENT;
  const names = {
    reporter: context.reporter,
    parameter: (each: ExpressionNode & { kind: 'parameter' }) => parameterMeaning(each, context, scope),
  };
  const constant = constantOf(node, names, describeType(declared.type));
  if (constant === null) return UNKNOWN_ARGUMENT;
  const where = `\`${name}\` of \`${of.declaration.name}\``;
  const fitted = fitConstant(constant, declared.type, declared.nullable, { node, where }, context.reporter);
  if (fitted === null) return UNKNOWN_ARGUMENT;
  const kept =
    !fitted.known || keepsRange(fitted.value, declared.range, { span: node.span, what: where }, context.reporter);
  return kept ? { kind: 'constant', constant: fitted } : UNKNOWN_ARGUMENT;
}

function columnArgument(name: string, node: ExpressionNode, scope: Scope, of: ArgumentContext): PipelineArgument {
  const { context } = of.pipe;
  const found = node.kind === 'name' ? node.name : null;
  const meaning = node.kind === 'parameter' ? parameterMeaning(node, context, scope) : undefined;
  if (meaning === null) return UNKNOWN_ARGUMENT;
  if (meaning?.kind === 'column') return meaning;
  if (found === null) {
    const hint = 'Write the name of a field, without quotes.';
    context.reporter.report('E304', node.span, { expected: `the name of a field for \`${name}\``, hint });
    return UNKNOWN_ARGUMENT;
  }
  if (fieldOf(currentSchema(of.pipe), found) === undefined) {
    if (!of.pipe.current.open) {
      const hint = columnHint(found, currentSchema(of.pipe));
      context.reporter.report('E201', node.span, { kind: 'field', name: found, hint });
    }
    return UNKNOWN_ARGUMENT;
  }
  return { kind: 'column', name: found };
}

function streamArgument(param: Param, node: ExpressionNode, scope: Scope, of: ArgumentContext): PipelineArgument {
  const { context } = of.pipe;
  const named = namedPort(node, context, scope);
  if (named === null || named.binding.kind === 'unknown') return UNKNOWN_ARGUMENT;
  const { type, open } = named.port;
  if (type?.kind !== 'rows') {
    if (type !== null || named.binding.kind !== 'ports') {
      const found =
        named.binding.kind === 'pipeline'
          ? KIND_TEXT.pipeline
          : named.binding.kind === 'registry'
            ? KIND_TEXT.model
            : 'no stream';
      context.reporter.report('E213', node.span, {
        name: named.name,
        found,
        expected: `a stream of \`${param.type.name.text}\``,
        hint: '',
      });
    }
    return UNKNOWN_ARGUMENT;
  }
  if (!open && !fits(type.schema, param, of.declaration, node.span, context)) return UNKNOWN_ARGUMENT;
  return { kind: 'binding', port: named.port, name: param.name.text };
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
