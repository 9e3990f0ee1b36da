import { takeRows } from '../engine/columnar/take.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import type { Schema } from '../engine/contract/types.ts';
import { rowsInput } from './support/schema.ts';
import { entityColumns, HASHES, hasherState, idColumns, rowHasher } from './support/unit-hash.ts';

export const sample = defineOperator({
  name: 'sample',
  summary: 'Keeps about a share of the rows, the same ones on every run.',
  details:
    'A hash decides: of the `@entity` column where there is one (a person stays or goes with all rows), else of the `@id` columns, else of the row’s place in the stream. So a row’s fate does not depend on the rows around it, except in the last case.',
  params: {
    share: required('float', 'Share of the rows to keep, 0 to 1.', { position: 0, min: 0, max: 1 }),
    seed: required('int', 'Another seed keeps other rows.', { default: 0 }),
  },
  examples: [
    {
      title: 'Half of the visits, by their id',
      flow: 'sample 0.5, seed: 7',
      schema: 'visit: int @id',
      input: [{ visit: 1 }, { visit: 2 }, { visit: 3 }, { visit: 4 }],
      output: [{ visit: 3 }],
    },
  ],
  check: ({ input }) => ({ out: rowsInput(input) }),
  execution: {
    mode: 'rows',
    placement: (_, input) => ({ kind: decisiveColumns(input.schema).length > 0 ? 'rows' : 'single' }),
    state: (_, input) => hasherState(decisiveColumns(input)),
    create({ params, input, state }) {
      const hash = rowHasher(decisiveColumns(input), params.seed, state);
      const limit = params.share * HASHES;
      return {
        onBatch(batch, emit) {
          if (batch.rows === 0) return;
          const hashes = hash(batch);
          const kept = new Int32Array(batch.rows);
          let count = 0;
          for (let row = 0; row < batch.rows; row++) if (hashes[row] < limit) kept[count++] = row;
          if (count > 0) emit(count === batch.rows ? batch : takeRows(batch, kept, count));
        },
      };
    },
  },
});

function decisiveColumns(schema: Schema): readonly string[] {
  const entity = entityColumns(schema);
  return entity.length > 0 ? entity : idColumns(schema);
}
