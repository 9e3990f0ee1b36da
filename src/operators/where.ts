import type { Expression } from '../engine/contract/expression.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { rowsInput, withFields } from './support/schema.ts';

export const where = defineOperator({
  name: 'where',
  summary: 'Keeps the rows for which a condition is true.',
  details:
    'The condition may not be null: decide what a missing value means with `??`, or test it first with `x != null`. A field tested so is known, not nullable, in the rest of the condition and in the stages after it.',
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
  check({ input, params }) {
    const rows = rowsInput(input);
    const known = knownWhen(params.condition, true);
    const fields = rows.schema.fields.map(field =>
      field.nullable && known.has(field.name) ? { ...field, nullable: false } : field,
    );
    return { out: withFields(rows, fields) };
  },
  execution: { mode: 'expressions', lower: params => ({ filter: params.condition }) },
});

/** Columns that are known not to be null where a condition came out as `outcome`. */
function knownWhen(condition: Expression, outcome: boolean): ReadonlySet<string> {
  if (condition.op !== 'call') return new Set();
  const [first] = condition.args;
  if (condition.fn === 'not') return knownWhen(first, !outcome);
  if (condition.fn === (outcome ? 'and' : 'or')) {
    return new Set(condition.args.flatMap(part => [...knownWhen(part, outcome)]));
  }
  const tests = condition.fn === (outcome ? 'is_not_null' : 'is_null');
  return new Set(tests && first.op === 'column' ? [first.name] : []);
}
