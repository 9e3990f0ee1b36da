import { assert } from '../base/assert.ts';
import type { ExpressionBackend } from '../columnar/compile-program.ts';
import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { RowProgram, RowRejection } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import type { StageNode } from '../plan/plan.ts';

/** Expression stages in a row, with the schemas the checker gave them. */
export interface FusedStage {
  readonly node: StageNode;
  readonly input: Schema;
  readonly output: Schema;
}
/**
 * Makes one loop of neighbouring expression stages, for batches of `input`. The seam for another back end. `reject` gets rows
 * of the batch given that no value can be computed for.
 */
export type FuseStages = (
  catalog: Catalog,
  stages: readonly FusedStage[],
  input: Schema,
) => (batch: Batch, reject: (row: number, why: RowRejection) => void) => Batch;

/** What a stage does to one row, as its definition says. */
export function lowered(catalog: Catalog, node: StageNode, input: Schema): RowProgram {
  const execution = catalog.operators.get(node.op)?.execution;
  assert(execution?.mode === 'expressions', `${node.id} is no stage of expressions`);
  return execution.lower(node.params as never, input);
}

/** Stages fused by a back end of expressions. */
export function fuseStages(backend: ExpressionBackend): FuseStages {
  return (catalog, stages, input) => {
    const programs = stages.map(({ node, input: before }) => lowered(catalog, node, before));
    const declared = stages[stages.length - 1].output;
    const program = backend.compileProgram(programs, input, catalog.functions, declared);
    return (batch, reject) => program.run(batch, reject);
  };
}
