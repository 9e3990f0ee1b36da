import { assert } from '../base/assert.ts';
import type { Batch, Column, FeaturesColumn } from '../contract/batch.ts';
import type { Expression } from '../contract/expression.ts';
import type { OperatorCatalog, RuleDefinition } from '../contract/operator.ts';
import { type Field, fieldOf, type Schema } from '../contract/types.ts';
import type { TransformContent, TransformStep } from '../contract/value.ts';
import { type CompiledExpression, compileExpression, type Reject } from './compile-program.ts';
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
  return {
    features: content.features,
    run(batch, reject = () => {}) {
      let current = selectColumns(batch, inputs);
      for (const step of steps) current = step(current, reject);
      return {
        kind: 'features',
        columns: content.features.map(name => featureOf(current, name)),
      };
    },
  };
}

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
    return { steps: [batch => applied(batch, step, rule, fields)], schema: replaced(input, step.column, fields) };
  }
  let schema = input;
  const steps: Step[] = [];
  for (const { name, value } of step.assignments) {
    const field: Field = { name, type: value.type, nullable: value.nullable };
    const compiled = compileExpression(value, schema, functions);
    steps.push((batch, reject) => assigned(batch, field, compiled, reject));
    schema = replaced(schema, name, [field]);
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

/** `fields` in the place of the column, or at the end where there is none; other columns of their names go. */
function replaced(schema: Schema, column: string, fields: readonly Field[]): Schema {
  const names = new Set(fields.map(field => field.name));
  const kept = schema.fields.filter(field => field.name === column || !names.has(field.name));
  const at = kept.findIndex(field => field.name === column);
  return { fields: at < 0 ? [...kept, ...fields] : kept.toSpliced(at, 1, ...fields) };
}

function replacedColumns(batch: Batch, column: string, fields: readonly Field[], columns: readonly Column[]): Batch {
  const schema = replaced(batch.schema, column, fields);
  const made = new Map(fields.map((field, i) => [field, columns[i]]));
  const old = new Map(batch.schema.fields.map((field, i) => [field, batch.columns[i]]));
  return {
    schema,
    rows: batch.rows,
    columns: schema.fields.map(field => (made.get(field) ?? old.get(field)) as Column),
  };
}

function applied(
  batch: Batch,
  step: TransformStep & { kind: 'rule' },
  rule: RuleDefinition,
  fields: readonly Field[],
): Batch {
  const columns = rule.apply(step.fitted, selectColumns(batch, [step.column]));
  assert(columns.length === fields.length, `${step.rule} gave ${columns.length} columns for ${fields.length} names`);
  return replacedColumns(batch, step.column, fields, columns);
}

function assigned(batch: Batch, field: Field, compiled: CompiledExpression, reject: Reject): Batch {
  return replacedColumns(batch, field.name, [field], [compiled.run(batch, reject)]);
}

function featureOf(batch: Batch, name: string): Float64Array {
  const at = batch.schema.fields.findIndex(field => field.name === name);
  assert(at >= 0, `a transform makes no feature ${name}`);
  const column = batch.columns[at];
  assert(column.kind === 'number' || column.kind === 'bool', `the feature ${name} is no number at the transform's end`);
  const { values, validity } = column;
  // Nothing changes a column once it is made, so one that is a feature already need not be copied.
  if (values instanceof Float64Array && values.length === batch.rows && validity === null) return values;
  const out = new Float64Array(batch.rows);
  for (let i = 0; i < batch.rows; i++) out[i] = values[i];
  if (validity === null) return out;
  for (let i = 0; i < batch.rows; i++) if (((validity[i >> 3] >> (i & 7)) & 1) === 0) out[i] = Number.NaN;
  return out;
}
