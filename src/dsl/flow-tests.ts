import type { RowValue } from '../engine/contract/function.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import type { RegistryNode } from '../engine/plan/plan.ts';
import type { Port } from './bindings.ts';
import { columnHint } from './columns.ts';
import type { ExpectedValue, FlowTest } from './compile.ts';
import { constantOf, fitConstant, keepsRange, type LiteralNames } from './constant-values.ts';
import type { Constant } from './constants.ts';
import { type FlowContext, lookUp, namesOf } from './flow-context.ts';
import { laterPart } from './later.ts';
import { KIND_TEXT } from './modules.ts';
import { planOf } from './plan-of.ts';
import { resolveType } from './schemas.ts';
import { bindingNamed, fileScope, parameterMeaning, portOf } from './scope.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, RecordNode, TestStatement, TestStep } from './syntax.ts';
import { neutralValue, UNKNOWN_TYPE } from './types.ts';

type Given = FlowTest['given'][number];
type Answers = FlowTest['models'][number];
type Expected = FlowTest['expect'][number];
/** Compiles the flow anew with a test's parameters. */
export type CompileWith = (overrides: ReadonlyMap<string, Constant>) => FlowContext;

/** The `test` blocks of a flow, each with the part of the plan that it needs. */
export function compileTests(
  context: FlowContext,
  compile: CompileWith,
  sources: ReadonlyMap<string, string>,
): readonly FlowTest[] {
  const titles = new Set<string>();
  const broken = context.reporter.errors > 0;
  return context.main.file.statements.flatMap(statement => {
    if (statement.kind !== 'test') return [];
    if (titles.has(statement.title)) {
      const span = { ...statement.span, end: statement.span.start + 'test'.length };
      context.reporter.report('E202', span, { name: statement.title, kind: 'test' });
    }
    titles.add(statement.title);
    const overrides = overridesOf(statement, context);
    const own = overrides.size === 0 ? context : compile(overrides);
    const test = compileTest(statement, own, sources);
    return test === null || broken ? [] : [test];
  });
}

/** `given $threshold 0.9` */
function overridesOf(statement: TestStatement, context: FlowContext): ReadonlyMap<string, Constant> {
  const overrides = new Map<string, Constant>();
  for (const step of statement.steps) {
    if (step.kind !== 'given' || !('kind' in step.target)) continue;
    const { name } = step.target;
    const declaration = lookUp(context.main, `$${name}`);
    if (declaration?.statement.kind !== 'param') {
      const names = namesOf(context.main, ['param']).map(each => `$${each}`);
      const hint = didYouMean(
        `$${name}`,
        names,
        names.length === 0 ? 'This flow has no parameters.' : `There are ${listed(names)}.`,
      );
      context.reporter.report('E201', step.target.span, { kind: 'parameter', name: `$${name}`, hint });
      continue;
    }
    const declared = resolveType(declaration.statement.type, context, context.main);
    if (declared.type === UNKNOWN_TYPE) continue;
    const names = literalNames(context);
    const constant = constantOf(step.value, names);
    const place = { node: step.value, where: `\`$${name}\`` };
    const fitted =
      constant === null ? null : fitConstant(constant, declared.type, declared.nullable, place, context.reporter);
    const range = { span: step.value.span, what: place.where };
    if (fitted !== null && keepsRange(fitted.value, declared.range, range, context.reporter))
      overrides.set(name, fitted);
  }
  return overrides;
}

function literalNames(context: FlowContext): LiteralNames {
  const scope = fileScope(context.main);
  return { reporter: context.reporter, parameter: node => parameterMeaning(node, context, scope) };
}

function compileTest(
  statement: TestStatement,
  context: FlowContext,
  sources: ReadonlyMap<string, string>,
): FlowTest | null {
  const { errors } = context.reporter;
  const given: Given[] = [];
  const models: Answers[] = [];
  const expect: Expected[] = [];
  for (const step of statement.steps) {
    if (step.kind === 'advance') context.reporter.report('E190', step.span, { what: '`advance` (event time)' });
    else if (step.kind === 'expect') expect.push(...expectation(step, context));
    else if (!('kind' in step.target)) givenStep(step, context, given, models);
  }
  if (context.reporter.errors > errors) return null;
  const roots = expect.map(each => each.node);
  const plan = planOf(context, roots, sources);
  return plan === null ? null : { title: statement.title, plan, given, models, expect };
}

function givenStep(
  step: Extract<TestStep, { kind: 'given' }>,
  context: FlowContext,
  given: Given[],
  models: Answers[],
): void {
  if ('kind' in step.target) return;
  const { name, part } = step.target;
  const { reporter } = context;
  if (part !== null) {
    const later = laterPart(part.text);
    if (later === null)
      reporter.report('E203', part.span, {
        name: name.text,
        part: part.text,
        hint: 'Rows are given to a source as a whole.',
      });
    else reporter.report('E190', part.span, { what: later });
    return;
  }
  const declaration = lookUp(context.main, name.text);
  if (declaration?.kind === 'unknown') return;
  if (declaration?.kind === 'model') {
    models.push(...answers(step, name.text, context));
    return;
  }
  if (declaration?.kind !== 'source' && declaration?.kind !== 'table') {
    if (declaration === undefined) {
      const names = namesOf(context.main, ['source', 'table', 'model']);
      const hint = didYouMean(
        name.text,
        names,
        names.length === 0 ? 'This flow has no sources.' : `There are ${listed(names)}.`,
      );
      reporter.report('E201', name.span, { kind: 'source or model', name: name.text, hint });
    } else {
      const hint = 'Give rows to the sources it comes from.';
      reporter.report('E213', name.span, {
        name: name.text,
        found: KIND_TEXT[declaration.kind],
        expected: 'a source or a model',
        hint,
      });
    }
    return;
  }
  const binding = context.bind(declaration);
  const port = portOf(binding, name.text, null, name.span, context);
  if (port.type?.kind !== 'rows') return;
  const file = fileOf(step.value, context);
  if (file !== undefined) {
    if (file !== null) given.push({ source: name.text, rows: null, file });
    return;
  }
  const records = recordsOf(step.value, context);
  if (records === null) return;
  const rows = records.map(record => givenRow(record, port, context));
  given.push({ source: name.text, rows: rows.filter(row => row !== null), file: null });
}

/** `file("fixtures/visits.ndjson")`: undefined where it is something else. */
function fileOf(node: ExpressionNode, context: FlowContext): string | null | undefined {
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

function recordsOf(node: ExpressionNode, context: FlowContext): readonly RecordNode[] | null {
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

/** A row with every field: what is not named is null where that is allowed, else a neutral value. */
function givenRow(record: RecordNode, port: Port, context: FlowContext): Readonly<Record<string, RowValue>> | null {
  const schema: Schema = port.type?.kind === 'rows' ? port.type.schema : { fields: [] };
  const row: Record<string, RowValue> = {};
  for (const field of schema.fields) row[field.name] = field.nullable ? null : neutralValue(field);
  let failed = false;
  const seen = new Set<string>();
  for (const { name, value } of record.members) {
    const field = fieldOf(schema, name.text);
    if (seen.has(name.text)) context.reporter.report('E205', name.span, { name: name.text, where: 'this record' });
    seen.add(name.text);
    if (field === undefined) {
      if (!port.open) {
        context.reporter.report('E201', name.span, {
          kind: 'field',
          name: name.text,
          hint: columnHint(name.text, schema),
        });
      }
      failed = true;
      continue;
    }
    if (field.type === UNKNOWN_TYPE) continue;
    const known = rowValue(value, field, context);
    if (known === undefined) failed = true;
    else row[name.text] = known;
  }
  return failed ? null : row;
}

/** A literal as a value of a field, records of records included. Undefined: reported. */
function rowValue(
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

/** What a model answers in a test: probabilities by class, for the rows whose fields match. */
function answers(step: Extract<TestStep, { kind: 'given' }>, name: string, context: FlowContext): readonly Answers[] {
  const { reporter } = context;
  const node = context.nodes.get(name);
  const records = recordsOf(step.value, context);
  if (records === null || node?.kind !== 'registry') return [];
  const classes = classesOf(node);
  const list = records.map(record => {
    const where: Record<string, RowValue> = {};
    const probabilities: Record<string, number> = {};
    for (const member of record.members) {
      const constant = constantOf(member.value, literalNames(context));
      if (constant === null) continue;
      if (!classes.includes(member.name.text)) where[member.name.text] = constant.value;
      else if (typeof constant.value !== 'number' || constant.value < 0 || constant.value > 1) {
        const value = reporter.textOf(member.value.span);
        reporter.report('E303', member.value.span, { what: 'A probability', value, range: 'between 0 and 1' });
      } else probabilities[member.name.text] = constant.value;
    }
    if (!record.members.some(member => classes.includes(member.name.text))) {
      const shown = classes.map(each => JSON.stringify(each)).join(' or ');
      reporter.report('E304', record.span, {
        expected: 'an answer of the model',
        hint: `Give the probability of ${shown}: \`{ ${JSON.stringify(classes.at(-1))}: 0.9 }\`.`,
      });
    }
    return { where, probabilities: completed(probabilities, classes) };
  });
  return [{ model: name, answers: list }];
}

function classesOf(node: RegistryNode): readonly string[] {
  return node.predicts.kind === 'enum' ? node.predicts.values : ['false', 'true'];
}

/** Of two classes the other one has what is left. */
function completed(
  given: Readonly<Record<string, number>>,
  classes: readonly string[],
): Readonly<Record<string, number>> {
  const [only] = Object.entries(given);
  if (classes.length !== 2 || only === undefined || Object.keys(given).length !== 1) return given;
  const other = classes.find(each => each !== only[0]) ?? '';
  return { ...given, [other]: 1 - only[1] };
}

function expectation(step: Extract<TestStep, { kind: 'expect' }>, context: FlowContext): readonly Expected[] {
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
  let failed = false;
  for (const { name, value } of record.members) {
    const field = fieldOf(schema, name.text);
    if (field === undefined) {
      if (!open) {
        context.reporter.report('E201', name.span, {
          kind: 'field',
          name: name.text,
          hint: columnHint(name.text, schema),
        });
      }
      failed = true;
      continue;
    }
    if (field.type === UNKNOWN_TYPE) continue;
    const expected =
      value.kind === 'range' ? expectedRange(value, field, context) : expectedValue(value, field, context);
    if (expected === null) failed = true;
    else row[name.text] = expected;
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
