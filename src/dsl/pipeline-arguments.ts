import type { Span } from '../engine/base/span.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import { constantOf, fitConstant, keepsRange } from './constant-values.ts';
import { columnHint } from './field-hints.ts';
import type { FlowContext } from './flow-context.ts';
import { type Declaration, KIND_TEXT } from './modules.ts';
import { currentSchema, type Pipe } from './pipe.ts';
import { resolveType, schemaOf } from './schemas.ts';
import { fileScope, namedPort, type PipelineArgument, parameterMeaning, type Scope } from './scope.ts';
import type { ExpressionNode, NamedArgument, PipelineNode } from './syntax.ts';
import { assignable, describeType, UNKNOWN_TYPE } from './types.ts';

export type Param = PipelineNode['params'][number];
export const UNKNOWN_ARGUMENT: PipelineArgument = { kind: 'unknown' };

/** Whether a parameter is a stream: its type is a schema's name. */
export function schemaParam(param: Param, declaration: Declaration): boolean {
  const found = declaration.module.declarations.get(param.type.name.text);
  return found?.kind === 'schema' || found?.kind === 'unknown';
}

/** The fields a stream was declared with as a parameter. */
export function declaredFields(param: Param, declaration: Declaration, context: FlowContext): Schema {
  const found = declaration.module.declarations.get(param.type.name.text);
  return found === undefined ? { fields: [] } : schemaOf(found, context).schema;
}

interface ArgumentContext {
  readonly declaration: Declaration;
  readonly caller: Scope;
  readonly pipe: Pipe;
}

/** What a parameter stands for where the pipeline is applied; its default where nothing is given. */
export function argumentOf(
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

/** Whether rows have the fields of a parameter; what they lack is reported. */
export function fits(
  schema: Schema,
  param: Param,
  declaration: Declaration,
  span: Span,
  context: FlowContext,
): boolean {
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
