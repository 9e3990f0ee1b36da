import type { Span } from '../engine/base/span.ts';
import type { ParameterSpec } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, PLAIN_KINDS } from '../engine/contract/types.ts';
import { columnHint, fieldsOf } from './field-hints.ts';
import { KIND_TEXT } from './modules.ts';
import { currentSchema } from './pipe.ts';
import type { Reporter } from './reporter.ts';
import { parameterMeaning } from './scope.ts';
import { argumentPlace, type StageContext } from './stage-context.ts';
import type { ExpressionNode } from './syntax.ts';
import { describeType, UNKNOWN_TYPE } from './types.ts';

/** An argument of kind `column`: the name of a field of the incoming rows. Null: reported, or not known after a mistake. */
export function columnArgument(of: StageContext, spec: ParameterSpec, node: ExpressionNode): string | null {
  const { context } = of.pipe;
  const name = columnName(of, node);
  if (name === null) return null;
  const schema = currentSchema(of.pipe);
  const field = fieldOf(schema, name);
  if (field === undefined) {
    if (of.pipe.current.open) return null;
    const described = of.scope.module.declarations.get(name);
    const hint =
      described === undefined
        ? columnHint(name, schema)
        : `\`${name}\` is ${KIND_TEXT[described.kind]}. ${fieldsOf(schema)}`;
    context.reporter.report('E201', node.span, { kind: 'field', name, hint });
    return null;
  }
  if (field.type === UNKNOWN_TYPE) return null;
  of.reads.add(name);
  return takesField(spec, field, `\`${of.operator.name}\``, node.span, context.reporter) ? name : null;
}

/** Whether a parameter that names a field takes one of this type; reported where not. */
export function takesField(spec: ParameterSpec, field: Field, where: string, span: Span, reporter: Reporter): boolean {
  if (spec.types === undefined || field.type === UNKNOWN_TYPE || spec.types.includes(field.type.kind)) return true;
  const found = describeType(field.type, field.nullable);
  const plain = spec.types === PLAIN_KINDS;
  reporter.report('E301', span, {
    found,
    expected: plain ? 'a field of plain values' : `a field of type ${spec.types.join(' or ')}`,
    where,
    hint: `\`${field.name}\` is ${found}${plain ? ': rows are not grouped, matched or sorted by such a value' : ''}.`,
  });
  return false;
}

function columnName(of: StageContext, node: ExpressionNode): string | null {
  const { context } = of.pipe;
  if (node.kind === 'name') return node.name;
  if (node.kind === 'member' && node.of.kind === 'name') {
    const path = `${node.of.name}.${node.member.text}`;
    if (fieldOf(currentSchema(of.pipe), path) !== undefined) return path;
  }
  if (node.kind === 'parameter') {
    const meaning = parameterMeaning(node, context, of.scope);
    if (meaning === null) return null;
    if (meaning.kind === 'column') return meaning.name;
  }
  context.reporter.report('E304', node.span, { expected: 'the name of a field', hint: nameHint(of, node) });
  return null;
}

function nameHint(of: StageContext, node: ExpressionNode): string {
  if (node.kind === 'literal' && node.type === 'string') return `Write it without quotes: \`${String(node.value)}\`.`;
  const text = (part: ExpressionNode) => of.pipe.context.reporter.textOf(part.span);
  const { order } = of.operator.params;
  if (node.kind === 'unary' && order?.choices?.includes('desc')) return `Write \`${text(node.of)}, order: desc\`.`;
  if (node.kind === 'binary' && node.sign === '==') {
    const key = node.left.kind === 'member' ? node.left.member.text : text(node.left);
    return `Name what both sides have, as in \`${key}\`; a field with another name is renamed by a \`select\` before.`;
  }
  return 'Compute it in a `derive` before this stage, and name it here.';
}

/** An argument of kind `columns`: one name, a list of them, or several by place. */
export function columnsArgument(
  of: StageContext,
  spec: ParameterSpec,
  nodes: readonly ExpressionNode[],
): readonly string[] | null {
  const items = nodes.flatMap(node => (node.kind === 'list' ? node.items : [node]));
  const [only] = items;
  if (spec.none === true && items.length === 1 && only?.kind === 'name' && only.name === 'none') {
    if (fieldOf(currentSchema(of.pipe), 'none') === undefined) return [];
  }
  const columns: string[] = [];
  let failed = false;
  for (const node of items) {
    const name = columnArgument(of, spec, node);
    if (name === null) failed = true;
    else if (columns.includes(name)) {
      of.pipe.context.reporter.report('E205', node.span, { name, where: argumentPlace(of, of.operator.name).of });
      failed = true;
    } else columns.push(name);
  }
  return failed ? null : columns;
}
