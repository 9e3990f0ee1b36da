import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { RowRejection } from '../contract/operator.ts';
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
