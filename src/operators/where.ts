import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { columnsOf, rowsInput } from './support/schema.ts';

export const where = defineOperator({
  name: 'where',
  summary: 'Keeps the rows for which a condition is true.',
  details:
    'The condition may not be null: decide what a missing value means with `??`, or test it first with `x != null`, which counts as known in the rest of the condition.',
  params: {
    condition: required('expression', 'What must be true of a row to stay.', { position: 0, types: ['bool'] }),
  },
  examples: [
    {
      title: 'Adults with a known heart rate',
      flow: 'where age >= 18 and hr != null',
      schema: 'age: int, hr: float?',
      input: [
        { age: 17, hr: 80 },
        { age: 18, hr: null },
        { age: 64, hr: 71.5 },
      ],
      output: [{ age: 64, hr: 71.5 }],
    },
    {
      title: 'A missing value decided',
      flow: 'where (spo2 ?? 100.0) < 92.0',
      schema: 'spo2: float?',
      input: [{ spo2: null }, { spo2: 90 }, { spo2: 97 }],
      output: [{ spo2: 90 }],
    },
  ],
  check({ input, params, report }) {
    if (params.condition.nullable) report('E310', 'condition', {});
    return { out: rowsInput(input) };
  },
  reads: params => columnsOf([params.condition]),
  execution: { mode: 'expressions', lower: params => ({ filter: params.condition }) },
});
