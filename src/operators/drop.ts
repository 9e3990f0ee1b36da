import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { rowsInput, withFields } from './support/schema.ts';

export const drop = defineOperator({
  name: 'drop',
  summary: 'Removes fields.',
  params: {
    columns: required('columns', 'The fields to remove.', { position: 0, variadic: true }),
  },
  examples: [
    {
      title: 'Two fields less',
      flow: 'drop note, weight',
      schema: 'id: int, weight: float?, note: string?',
      input: [{ id: 1, weight: 80, note: 'x' }],
      output: [{ id: 1 }],
    },
  ],
  check({ input, params }) {
    const rows = rowsInput(input);
    const fields = rows.schema.fields.filter(field => !params.columns.includes(field.name));
    return { out: withFields(rows, fields) };
  },
  execution: {
    mode: 'expressions',
    lower: (params, input) => ({
      keep: input.fields.map(field => field.name).filter(name => !params.columns.includes(name)),
    }),
  },
});
