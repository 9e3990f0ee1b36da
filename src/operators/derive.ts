import { defineOperator } from '../engine/contract/operator.ts';
import { assignedSchema, rowsInput, withFields } from './support/schema.ts';

export const derive = defineOperator({
  name: 'derive',
  summary: 'Adds fields, or replaces them, each by an expression over the row.',
  details:
    'Assignments run in order and see the ones before them. `{ hr }` passes a field on as it is, which makes it a feature inside a fitted pipeline.',
  params: {},
  block: { kind: 'assignments', doc: 'Fields to add or replace.' },
  examples: [
    {
      title: 'Two fields, the second from the first',
      flow: 'derive { stay_h = (left - at) / 3600000.0, long = (stay_h ?? 0.0) > 24.0 }',
      schema: 'at: float, left: float',
      input: [{ at: 0, left: 7200000 }],
      output: [{ at: 0, left: 7200000, stay_h: 2, long: false }],
    },
    {
      title: 'A field replaced',
      flow: 'derive { ward = lower(ward) }',
      schema: 'ward: string?, beds: int',
      input: [
        { ward: 'ICU', beds: 4 },
        { ward: null, beds: 9 },
      ],
      output: [
        { ward: 'icu', beds: 4 },
        { ward: null, beds: 9 },
      ],
    },
  ],
  check({ input, params }) {
    const rows = rowsInput(input);
    return { out: withFields(rows, assignedSchema(rows.schema, params.block).fields) };
  },
  execution: { mode: 'expressions', lower: params => ({ assign: params.block }) },
});
