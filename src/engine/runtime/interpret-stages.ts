import { interpretProgram } from '../columnar/interpret-program.ts';
import { batchFromRows, rowsOfBatch } from '../columnar/rows.ts';
import { RowError } from '../contract/function.ts';
import { type FuseStages, lowered } from './fuse-stages.ts';

/** The slow back end: every stage row by row, by the oracle. Tests run flows on it beside the generated loops. */
export const interpretStages: FuseStages = (catalog, stages) => {
  const programs = stages.map(({ node, input }) => lowered(catalog, node, input));
  const { output } = stages[stages.length - 1];
  return (batch, reject) => {
    const rows = rowsOfBatch(batch).flatMap((row, i) => {
      try {
        const out = interpretProgram(programs, row, catalog.functions);
        return out === null ? [] : [out];
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        reject(i, { code: error.code, reason: error.message });
        return [];
      }
    });
    return batchFromRows(output, rows);
  };
};
