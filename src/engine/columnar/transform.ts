import { assert } from '../base/assert.ts';
import type { Batch, Column, FeaturesColumn } from '../contract/batch.ts';
import type { Expression } from '../contract/expression.ts';
import type { OperatorCatalog, RuleDefinition } from '../contract/operator.ts';
import { type Field, fieldOf, type Schema } from '../contract/types.ts';
import type { TransformContent, TransformStep } from '../contract/value.ts';
import { compileExpression, type Reject } from './compile-program.ts';
import type { Functions } from './interpret.ts';
import { selectColumns } from './take.ts';

/** A fitted pipeline, ready to run: the same in training and in scoring, and the same for any cut of the rows. */
export interface Transform {
  /** In order. */
  readonly features: readonly string[];
  /**
   * The feature matrix of all rows of a batch that has the input columns (and perhaps others): bools as 0 and 1, nulls as NaN.
   * `reject` is told of rows a derived value cannot be computed for; that value is NaN.
   */
  run(batch: Batch, reject?: Reject): FeaturesColumn;
}

export function createTransform(
  content: TransformContent,
  catalog: Pick<OperatorCatalog, 'rule'>,
  functions: Functions,
): Transform {
  let schema = content.input;
  const steps: Step[] = [];
  for (const step of neededSteps(content)) {
    const made = stepOf(step, schema, catalog, functions);
    steps.push(...made.steps);
    schema = made.schema;
  }
  const inputs = content.input.fields.map(field => field.name);
  const features = content.features.map(name => {
    const at = schema.fields.findIndex(field => field.name === name);
    assert(at >= 0, `a transform makes no feature ${name}`);
    return at;
  });
  return {
    features: content.features,
    run(batch, reject = () => {}) {
      let current = selectColumns(batch, inputs);
      for (const step of steps) current = step(current, reject);
      return { kind: 'features', columns: features.map(at => featureOf(current.columns[at], batch.rows)) };
    },
  };
}

/** The batch's columns are those of the schema the step was made for, in its order. */
export type Step = (batch: Batch, reject: Reject) => Batch;

/** Steps and assignments that a feature depends on, found from the end. */
function neededSteps(content: TransformContent): TransformStep[] {
  const needed = new Set(content.features);
  const kept: TransformStep[] = [];
  for (const step of content.steps.toReversed()) {
    if (step.kind === 'rule') {
      if (!step.outputs.some(name => needed.has(name))) continue;
      for (const name of step.outputs) needed.delete(name);
      needed.add(step.column);
      kept.unshift(step);
    } else if (step.kind === 'derive') {
      const assignments = step.assignments.toReversed().filter(({ name, value }) => {
        if (!needed.delete(name)) return false;
        for (const read of columnsRead(value)) needed.add(read);
        return true;
      });
      if (assignments.length > 0) kept.unshift({ kind: 'derive', assignments: assignments.toReversed() });
    }
  }
  return kept;
}

function columnsRead(expression: Expression): string[] {
  if (expression.op === 'column') return [expression.name];
  return expression.op === 'call' ? expression.args.flatMap(columnsRead) : [];
}

/** How one step of a transform changes batches of `input`, and the schema it leaves. `fit` learns the next step from that. */
export function stepOf(
  step: TransformStep,
  input: Schema,
  catalog: Pick<OperatorCatalog, 'rule'>,
  functions: Functions,
): { readonly steps: readonly Step[]; readonly schema: Schema } {
  if (step.kind === 'select') return { steps: [], schema: input };
  if (step.kind === 'rule') {
    const rule = catalog.rule(step.op, step.rule);
    assert(rule !== undefined, `a transform names the rule ${step.rule} of ${step.op}, which is not in the catalogue`);
    const fields = fieldsOfRule(step, rule, input);
    const replacement = replacementOf(input, step.column, fields);
    const at = input.fields.findIndex(field => field.name === step.column);
    const own: Schema = { fields: [input.fields[at]] };
    const run: Step = batch => {
      const columns = rule.apply(step.fitted, { schema: own, rows: batch.rows, columns: [batch.columns[at]] });
      assert(
        columns.length === fields.length,
        `${step.rule} gave ${columns.length} columns for ${fields.length} names`,
      );
      return replaced(batch, replacement, columns);
    };
    return { steps: [run], schema: replacement.schema };
  }
  let schema = input;
  const steps: Step[] = [];
  for (const { name, value } of step.assignments) {
    const compiled = compileExpression(value, schema, functions);
    const replacement = replacementOf(schema, name, [{ name, type: value.type, nullable: value.nullable }]);
    steps.push((batch, reject) => replaced(batch, replacement, [compiled.run(batch, reject)]));
    schema = replacement.schema;
  }
  return { steps, schema };
}

function fieldsOfRule(step: TransformStep & { kind: 'rule' }, rule: RuleDefinition, input: Schema): readonly Field[] {
  const field = fieldOf(input, step.column);
  assert(field !== undefined, `a transform applies ${step.rule} to a column that is not there`);
  const { type, nullable } = rule.output(field.type, field.nullable);
  // A rule whose width is learned gives plain numbers, one column each.
  return step.outputs.map(name => ({ name, type: type.kind === 'features' ? { kind: 'float' } : type, nullable }));
}

/** Where the columns of a changed batch come from. */
interface Replacement {
  readonly schema: Schema;
  /** By column: its place before, or −1 − its place among the new ones. */
  readonly from: readonly number[];
}

/** `fields` in the place of the column, or at the end where there is none; other columns of their names go. */
function replacementOf(input: Schema, column: string, fields: readonly Field[]): Replacement {
  const names = new Set(fields.map(field => field.name));
  const kept = input.fields.map((_, at) => at).filter(at => !isReplaced(input.fields[at].name, column, names));
  const place = input.fields.findIndex(field => field.name === column);
  const made = fields.map((_, at) => -1 - at);
  const before = place < 0 ? kept : kept.filter(at => at < place);
  const from = [...before, ...made, ...kept.slice(before.length)];
  return { schema: { fields: from.map(at => (at < 0 ? fields[-1 - at] : input.fields[at])) }, from };
}

function isReplaced(name: string, column: string, names: ReadonlySet<string>): boolean {
  return name === column || names.has(name);
}

function replaced(batch: Batch, { schema, from }: Replacement, made: readonly Column[]): Batch {
  return { ...batch, schema, columns: from.map(at => (at < 0 ? made[-1 - at] : batch.columns[at])) };
}

function featureOf(column: Column, rows: number): Float64Array {
  assert(column.kind === 'number' || column.kind === 'bool', 'a feature is no number at the end of a transform');
  const { values, validity } = column;
  // Nothing changes a column once it is made, so one that is a feature already need not be copied.
  if (values instanceof Float64Array && values.length === rows && validity === null) return values;
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = values[i];
  if (validity === null) return out;
  for (let i = 0; i < rows; i++) if (((validity[i >> 3] >> (i & 7)) & 1) === 0) out[i] = Number.NaN;
  return out;
}
