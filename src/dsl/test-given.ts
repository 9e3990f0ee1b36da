import type { RowValue } from '../engine/contract/function.ts';
import type { Schema } from '../engine/contract/types.ts';
import type { RegistryNode } from '../engine/plan/plan.ts';
import type { Port } from './bindings.ts';
import type { FlowTest } from './compile.ts';
import { constantOf } from './constant-values.ts';
import { type FlowContext, lookUp, namesOf } from './flow-context.ts';
import { laterPart } from './later.ts';
import { KIND_TEXT } from './modules.ts';
import { portOf } from './scope.ts';
import { didYouMean, listed } from './suggest.ts';
import type { RecordNode, TestStep } from './syntax.ts';
import { fileOf, literalNames, membersOf, recordsOf, rowValue } from './test-values.ts';
import { neutralValue } from './types.ts';

export type Given = FlowTest['given'][number];
export type Answers = FlowTest['models'][number];
export function givenStep(
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

/** A row with every field: what is not named is null where that is allowed, else a neutral value. */
function givenRow(record: RecordNode, port: Port, context: FlowContext): Readonly<Record<string, RowValue>> | null {
  const schema: Schema = port.type?.kind === 'rows' ? port.type.schema : { fields: [] };
  const row: Record<string, RowValue> = {};
  for (const field of schema.fields) row[field.name] = field.nullable ? null : neutralValue(field);
  const told = membersOf(record, schema, port.open, context);
  let { failed } = told;
  for (const { field, value } of told.members) {
    const known = rowValue(value, field, context);
    if (known === undefined) failed = true;
    else row[field.name] = known;
  }
  return failed ? null : row;
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
