import { columnOf } from '../../../../src/engine/columnar/take.ts';
import { defineOperator } from '../../../../src/engine/contract/operator.ts';
import { required } from '../../../../src/engine/contract/parameter.ts';

/** A stage with a bug: it throws on every seventh row. */
export const fragile = defineOperator({
  name: 'fragile',
  summary: 'Fails on some rows.',
  params: {
    of: required('column', 'Which numbers.', { position: 0, types: ['int'] }),
    rest: required('int', 'It fails where the number divided by 7 leaves this.'),
  },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create: ({ params }) => ({
      onBatch(batch, emit) {
        const column = columnOf(batch, params.of);
        if (column.kind !== 'number') throw new Error('ints are numbers');
        if (column.values.subarray(0, batch.rows).some(value => value % 7 === params.rest)) throw new Error('a bug');
        emit(batch);
      },
    }),
  },
});
