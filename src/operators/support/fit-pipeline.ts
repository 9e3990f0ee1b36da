import { assert } from '../../engine/base/assert.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { scalarFunctions } from '../../engine/columnar/functions/all.ts';
import { selectColumns } from '../../engine/columnar/take.ts';
import { stepOf } from '../../engine/columnar/transform.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { OperatorCatalog, TrainingLabel } from '../../engine/contract/operator.ts';
import type { BlockValues, PipelineSpec, PipelineStage, RuleCall } from '../../engine/contract/parameter.ts';
import type { Schema } from '../../engine/contract/types.ts';
import type { TransformContent, TransformStep } from '../../engine/contract/value.ts';

/**
 * Learns the stages one after another, each on the rows as the ones before it leave them. `batches` hold the columns of
 * `input`.
 */
export function fitPipeline(
  pipeline: PipelineSpec,
  input: Schema,
  batches: readonly Batch[],
  label: TrainingLabel | null,
  catalog: OperatorCatalog,
  id: string,
): TransformContent {
  const functions = scalarFunctions();
  const steps: TransformStep[] = [];
  let schema = input;
  let rows = batches;
  /** Columns that a rule has spread a field over. */
  const spread = new Map<string, readonly string[]>();
  const add = (step: TransformStep): void => {
    const made = stepOf(step, schema, catalog, functions);
    rows = rows.map(batch => made.steps.reduce((current, run) => run(current, () => {}), batch));
    schema = made.schema;
    steps.push(step);
  };
  for (const stage of pipeline.stages) {
    const program = catalog.lower(stage.op, stage.params, stage.input);
    if (program !== null) {
      assert(program.filter === undefined, `${stage.op} drops rows and cannot be fitted`);
      const { assign = [], keep } = program;
      if (assign.length > 0) add({ kind: 'derive', assignments: assign });
      for (const { name } of assign) spread.delete(name);
      if (keep !== undefined) add({ kind: 'select', names: keep });
      continue;
    }
    for (const { column, call } of rulesOf(stage)) {
      const step = fitRule(stage.op, column, call, rows, label, catalog, id);
      add(step);
      spread.set(column, step.outputs);
    }
  }
  const features = pipeline.features.flatMap(name => spread.get(name) ?? [name]);
  return { name: pipeline.name, input, steps, features };
}

function rulesOf(stage: PipelineStage): readonly { readonly column: string; readonly call: RuleCall }[] {
  const block = stage.params['block'] as BlockValues['rules'] | undefined;
  assert(Array.isArray(block), `${stage.op} cannot be fitted`);
  return (block as BlockValues['rules']).flatMap(({ columns, rule }) =>
    columns.map(column => ({ column, call: rule })),
  );
}

function fitRule(
  op: string,
  column: string,
  call: RuleCall,
  rows: readonly Batch[],
  label: TrainingLabel | null,
  catalog: OperatorCatalog,
  id: string,
): Extract<TransformStep, { kind: 'rule' }> {
  const rule = catalog.rule(op, call.rule);
  assert(rule !== undefined, `no rule ${call.rule} of ${op}`);
  if (rule.needsLabel && label === null) {
    throw new OperationalError('R431', `the rule ${call.rule} of ${column} learns from the label, and fit has none`, {
      operator: id,
      hint: 'write fit …, label: …',
    });
  }
  const one = rows.map(batch => selectColumns(batch, [column]));
  const fitted = rule.fit(call.params as never, one, rule.needsLabel ? label : null);
  return { kind: 'rule', op, rule: call.rule, column, fitted, outputs: rule.outputs(column, fitted) };
}
