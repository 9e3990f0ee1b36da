import { defineOperator } from '../engine/contract/operator.ts';
import { fieldOf } from '../engine/contract/types.ts';
import { assignedSchema, rowsInput, withFields } from './support/schema.ts';

export const select = defineOperator({
  name: 'select',
  summary: 'Keeps the named fields, renamed or computed, in the order written.',
  details:
    'Assignments run in order and see the ones before them. `*` stands for all fields of the row that are not hidden. Everything else is dropped, hidden fields like `risk.version` too unless they are named.',
  params: {},
  block: { kind: 'assignments', doc: 'The fields that remain.', star: true },
  examples: [
    {
      title: 'Narrow, rename, compute',
      flow: 'select { id, kg = weight, bmi = weight / (height * height) }',
      schema: 'id: int, weight: float, height: float, note: string',
      input: [{ id: 1, weight: 80, height: 2, note: 'x' }],
      output: [{ id: 1, kg: 80, bmi: 20 }],
    },
    {
      title: 'All fields and one more',
      flow: 'select { *, twice = n * 2 }',
      schema: 'n: int, ward: string',
      input: [{ n: 3, ward: 'A' }],
      output: [{ n: 3, ward: 'A', twice: 6 }],
    },
  ],
  check({ input, params, report }) {
    const rows = rowsInput(input);
    if (params.block.length === 0) {
      report('E355', 'block', { stage: 'select', hint: 'Name the fields to keep; `*` stands for all.' });
    }
    const all = assignedSchema(rows.schema, params.block);
    const names = [...new Set(params.block.map(assignment => assignment.name))];
    const fields = names.flatMap(name => fieldOf(all, name) ?? []);
    return { out: withFields(rows, fields) };
  },
  execution: {
    mode: 'expressions',
    lower: params => ({
      assign: params.block.filter(({ name, value }) => value.op !== 'column' || value.name !== name),
      keep: [...new Set(params.block.map(assignment => assignment.name))],
    }),
  },
});
