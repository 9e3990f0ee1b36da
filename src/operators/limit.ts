import { defineOperator, type StateTable } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { rowsInput } from './support/schema.ts';

const PASSED: StateTable = { name: 'passed', key: [], slots: [{ name: 'rows', kind: 'f64', initial: 0 }] };

export const limit = defineOperator({
  name: 'limit',
  summary: 'Keeps the first n rows.',
  params: {
    rows: required('int', 'How many rows to keep.', { position: 0, min: 0 }),
  },
  examples: [
    {
      title: 'The first two',
      flow: 'limit 2',
      schema: 'id: int',
      input: [{ id: 7 }, { id: 3 }, { id: 5 }],
      output: [{ id: 7 }, { id: 3 }],
    },
  ],
  check: ({ input }) => ({ out: rowsInput(input) }),
  reads: () => [],
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'single' }),
    state: () => [PASSED],
    create({ params, state }) {
      const passed = state.keyed(PASSED.name, PASSED.key, PASSED.slots);
      let full = params.rows === 0;
      return {
        onBatch(batch, emit) {
          if (full || batch.rows === 0) return;
          const id = passed.keysOf(batch)[0];
          const slot = passed.slot('rows');
          const take = Math.min(batch.rows, params.rows - slot[id]);
          slot[id] += take;
          full = slot[id] >= params.rows;
          if (take > 0) emit(take === batch.rows ? batch : { ...batch, rows: take });
        },
        done: () => full,
      };
    },
  },
});
