import { interpretProgram } from '../columnar/interpret-program.ts';
import { learnedWidths, outputSchema, programTree } from '../columnar/program-tree.ts';
import { batchFromRows, rowsOfBatch } from '../columnar/rows.ts';
import { takenOrigin } from '../columnar/take.ts';
import { RowError, type RowValue } from '../contract/function.ts';
import { type FuseStages, lowered } from './fuse-stages.ts';

/** The slow back end: every stage row by row, by the oracle. The golden flows run on it beside the generated loops. */
export const interpretStages: FuseStages = (catalog, stages, input) => {
  const programs = stages.map(({ node, input: before }) => lowered(catalog, node, before));
  const tree = programTree(programs, input);
  const output = outputSchema(tree, stages[stages.length - 1].output);
  return (batch, reject) => {
    const kept: number[] = [];
    const rows: Record<string, RowValue>[] = [];
    for (const [i, row] of rowsOfBatch(batch).entries()) {
      try {
        const out = interpretProgram(programs, row, catalog.functions);
        if (out === null) continue;
        rows.push(out);
        kept.push(i);
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        reject(i, { code: error.code, reason: error.message });
      }
    }
    const schema = learnedWidths(tree, output, batch.schema);
    return { ...batchFromRows(schema, rows), ...takenOrigin(batch.origin, Int32Array.from(kept), kept.length) };
  };
};
