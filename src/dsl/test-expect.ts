import type { Field, Schema } from '../engine/contract/types.ts';
import type { Port } from './bindings.ts';
import type { ExpectedValue, FlowTest } from './compile.ts';
import { type FlowContext, lookUp } from './flow-context.ts';
import { KIND_TEXT } from './modules.ts';
import { bindingNamed, fileScope, portOf } from './scope.ts';
import type { ExpressionNode, RecordNode, TestStep } from './syntax.ts';
import { membersOf, recordsOf, rowValue } from './test-values.ts';

export type Expected = FlowTest['expect'][number];
export function expectation(step: Extract<TestStep, { kind: 'expect' }>, context: FlowContext): readonly Expected[] {
  const { name, part } = step.target;
  const shown = part === null ? name.text : `${name.text}.${part.text}`;
  const port = expectedPort(step, context);
  const records = recordsOf(step.value, context);
  if (port === null || records === null) return [];
  if (port.open && port.type?.kind !== 'rows') return [];
  if (port.type !== null && port.type.kind !== 'rows') {
    const hint = 'Expect rows of a stream, or of a sink that writes rows.';
    context.reporter.report('E213', step.target.span, { name: shown, found: 'no stream', expected: 'rows', hint });
    return [];
  }
  const schema: Schema = port.type?.kind === 'rows' ? port.type.schema : { fields: [] };
  const rows = records.map(record => expectedRow(record, schema, port.open || port.type === null, context));
  if (port.ref === null) return [];
  const kept = rows.filter(row => row !== null);
  return [{ node: port.ref.node, port: port.ref.port, name: shown, rows: kept, line: step.span.line }];
}

function expectedPort(step: Extract<TestStep, { kind: 'expect' }>, context: FlowContext): Port | null {
  const { name, part, span } = step.target;
  const declaration = lookUp(context.main, name.text);
  if (declaration?.kind === 'sink') {
    const binding = context.bind(declaration);
    if (binding.kind !== 'sink') return null;
    if (part !== null) {
      context.reporter.report('E203', part.span, {
        name: name.text,
        part: part.text,
        hint: `Write \`expect ${name.text} […]\`.`,
      });
      return null;
    }
    return binding.input;
  }
  const binding = bindingNamed(name, context, fileScope(context.main));
  if (binding.kind === 'pipeline' || binding.kind === 'registry') {
    const found = binding.kind === 'pipeline' ? KIND_TEXT.pipeline : KIND_TEXT.model;
    context.reporter.report('E213', span, { name: name.text, found, expected: 'a stream', hint: '' });
    return null;
  }
  return portOf(binding, name.text, part, span, context);
}

function expectedRow(
  record: RecordNode,
  schema: Schema,
  open: boolean,
  context: FlowContext,
): Readonly<Record<string, ExpectedValue>> | null {
  const row: Record<string, ExpectedValue> = {};
  const told = membersOf(record, schema, open, context);
  let { failed } = told;
  for (const { field, value } of told.members) {
    const expected =
      value.kind === 'range' ? expectedRange(value, field, context) : expectedValue(value, field, context);
    if (expected === null) failed = true;
    else row[field.name] = expected;
  }
  return failed ? null : row;
}

function expectedValue(node: ExpressionNode, field: Field, context: FlowContext): ExpectedValue | null {
  // What a field never is may be expected, so that the test can fail: null too.
  const value = rowValue(node, { ...field, nullable: true }, context);
  return value === undefined ? null : { is: value };
}

function expectedRange(
  node: Extract<ExpressionNode, { kind: 'range' }>,
  field: Field,
  context: FlowContext,
): ExpectedValue | null {
  const end = (each: ExpressionNode | null): number | null | undefined => {
    if (each === null) return null;
    const value = rowValue(each, { ...field, nullable: false }, context);
    if (value === undefined) return undefined;
    if (typeof value === 'number') return value;
    context.reporter.report('E301', each.span, {
      found: field.type.kind,
      expected: 'a number',
      where: 'A range',
      hint: '',
    });
    return undefined;
  };
  const low = end(node.low);
  const high = end(node.high);
  return low === undefined || high === undefined ? null : { low, high };
}
