import { sliceRows } from '../../engine/columnar/take.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { Emit } from '../../engine/contract/operator.ts';

/** Rows per batch that a stage emits at its end, when it holds all of them at once. */
const EMIT_ROWS = 8192;

/** Emits a large batch in pieces, so that the stages after it work on the sizes they are made for. */
export function emitCut(batch: Batch, emit: Emit, port?: string): void {
  for (let from = 0; from < batch.rows; from += EMIT_ROWS) {
    emit(sliceRows(batch, from, Math.min(batch.rows, from + EMIT_ROWS)), port);
  }
}
