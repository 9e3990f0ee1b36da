import type { RowValue } from '../engine/contract/function.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import { constantOf, fitConstant, type LiteralNames } from './constant-values.ts';
import { columnHint } from './field-hints.ts';
import type { FlowContext } from './flow-context.ts';
import { fileScope, parameterMeaning } from './scope.ts';
import type { ExpressionNode, RecordNode } from './syntax.ts';
import { UNKNOWN_TYPE } from './types.ts';

export function literalNames(context: FlowContext): LiteralNames {
  const scope = fileScope(context.main);
  return { reporter: context.reporter, parameter: node => parameterMeaning(node, context, scope) };
}

/** `file("fixtures/visits.ndjson")`: undefined where it is something else. */
export function fileOf(node: ExpressionNode, context: FlowContext): string | null | undefined {
  if (node.kind !== 'call' || node.callee.text !== 'file') return undefined;
  const [path] = node.args;
  if (path?.kind === 'literal' && typeof path.value === 'string' && node.args.length === 1) {
    return context.host.resolve(context.main.path, path.value);
  }
  context.reporter.report('E304', node.span, {
    expected: 'a path',
    hint: 'Write `file("fixtures/rows.csv")`, beside the flow.',
  });
  return null;
}

export function recordsOf(node: ExpressionNode, context: FlowContext): readonly RecordNode[] | null {
  if (node.kind === 'records') return node.records;
  if (node.kind === 'record') return [node];
  if (node.kind === 'list') {
    const records = node.items.filter(item => item.kind === 'record');
    if (records.length === node.items.length) return records;
  }
  context.reporter.report('E304', node.span, {
    expected: 'rows',
    hint: 'Write records: `[ { id: 1, age: 40 } { id: 2, age: 71 } ]`.',
  });
  return null;
}

/** What a row that is written out says of each field. `failed`: not all of it can be told; `open`: the schema may have lost fields. */
export function membersOf(
  record: RecordNode,
  schema: Schema,
  open: boolean,
  context: FlowContext,
): {
  readonly members: readonly { readonly field: Field; readonly value: ExpressionNode }[];
  readonly failed: boolean;
} {
  const members: { readonly field: Field; readonly value: ExpressionNode }[] = [];
  const seen = new Set<string>();
  let failed = false;
  for (const { name, value } of record.members) {
    if (seen.has(name.text)) context.reporter.report('E205', name.span, { name: name.text, where: 'this record' });
    seen.add(name.text);
    const field = fieldOf(schema, name.text);
    if (field === undefined) {
      failed = true;
      if (open) continue;
      const hint = columnHint(name.text, schema);
      context.reporter.report('E201', name.span, { kind: 'field', name: name.text, hint });
    } else if (field.type !== UNKNOWN_TYPE) members.push({ field, value });
  }
  return { members, failed };
}

/** A literal as a value of a field, records of records included. Undefined: reported. */
export function rowValue(
  node: ExpressionNode,
  field: Pick<Field, 'name' | 'type' | 'nullable'>,
  context: FlowContext,
): RowValue | undefined {
  if (field.type.kind === 'record' && node.kind === 'record') {
    const inner: Record<string, RowValue> = {};
    for (const { name, value } of node.members) {
      const part = field.type.fields.find(each => each.name === name.text);
      if (part === undefined) {
        const hint = columnHint(name.text, { fields: field.type.fields });
        context.reporter.report('E201', name.span, { kind: 'field', name: `${field.name}.${name.text}`, hint });
        return undefined;
      }
      const known = rowValue(value, part, context);
      if (known === undefined) return undefined;
      inner[name.text] = known;
    }
    return inner;
  }
  const constant = constantOf(node, literalNames(context));
  if (constant === null) return undefined;
  const place = { node, where: `\`${field.name}\`` };
  const fitted = fitConstant(constant, field.type, field.nullable, place, context.reporter);
  return fitted === null ? undefined : fitted.value;
}
