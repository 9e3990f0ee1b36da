import { columnOf } from '../../src/engine/columnar/take.ts';
import { isValid } from '../../src/engine/columnar/validity.ts';
import { defineOperator, type StateTable } from '../../src/engine/contract/operator.ts';
import { required } from '../../src/engine/contract/parameter.ts';
import { fieldOf, type Schema } from '../../src/engine/contract/types.ts';

/** What is kept of each key: its mean so far, and whether there is one. */
const tableOf = (by: string, input: Schema): StateTable => ({
  name: 'means',
  key: input.fields.filter(field => field.name === by),
  slots: [
    { name: 'mean', kind: 'f64' },
    { name: 'known', kind: 'f64' },
  ],
});

/** An exponentially weighted mean per key, as an operator from outside: `weir run --with examples/smooth/smooth.ts …`. */
export const smooth = defineOperator({
  name: 'smooth',
  summary: 'Adds the exponentially weighted mean of a column, per key.',
  details: 'A null value leaves the mean as it was; before the first value it is null.',
  params: {
    value: required('column', 'The column to smooth.', { position: 0, types: ['int', 'float'] }),
    by: required('column', 'Whose values belong together.'),
    weight: required('float', 'Weight of the newest value, above 0 and up to 1.', { default: 0.3, min: 0, max: 1 }),
  },
  addsColumnsOnly: true,
  examples: [
    {
      title: 'Heart rate, steadied',
      flow: 'smooth hr, by: patient, weight: 0.5',
      schema: 'patient: string, hr: float?',
      input: [
        { patient: 'a', hr: 80 },
        { patient: 'b', hr: null },
        { patient: 'a', hr: 100 },
        { patient: 'a', hr: null },
      ],
      output: [
        { patient: 'a', hr: 80, hr_smooth: 80 },
        { patient: 'b', hr: null, hr_smooth: null },
        { patient: 'a', hr: 100, hr_smooth: 90 },
        { patient: 'a', hr: null, hr_smooth: 90 },
      ],
    },
  ],
  check({ input, params, report }) {
    if (input.kind !== 'rows') return { out: input };
    const name = `${params.value}_smooth`;
    if (fieldOf(input.schema, name) !== undefined) report('E210', 'value', { name });
    const source = fieldOf(input.schema, params.value);
    const phi = source?.phi ? { phi: true as const } : {};
    const made = { name, type: { kind: 'float' }, nullable: true, ...phi } as const;
    return { out: { ...input, schema: { fields: [...input.schema.fields, made] } } };
  },
  reads: params => [params.value, params.by],
  execution: {
    mode: 'rows',
    // All rows of a key in one task, in order: the planner moves them there.
    placement: params => ({ kind: 'key', columns: [params.by] }),
    state: (params, input) => [tableOf(params.by, input)],
    create({ params, input, output, state }) {
      const { name, key, slots } = tableOf(params.by, input);
      const means = state.keyed(name, key, slots);
      return {
        onBatch(batch, emit) {
          const keys = means.keysOf(batch);
          const mean = means.slot('mean');
          const known = means.slot('known');
          const column = columnOf(batch, params.value);
          if (column.kind !== 'number') return;
          const values = new Float64Array(batch.rows);
          const validity = new Uint8Array((batch.rows + 7) >> 3);
          for (let row = 0; row < batch.rows; row++) {
            const id = keys[row];
            if (isValid(column.validity, row)) {
              const value = column.values[row];
              mean[id] = known[id] === 1 ? mean[id] + params.weight * (value - mean[id]) : value;
              known[id] = 1;
            }
            if (known[id] === 0) continue;
            values[row] = mean[id];
            validity[row >> 3] |= 1 << (row & 7);
          }
          emit({
            ...batch,
            schema: output(),
            columns: [...batch.columns, { kind: 'number', values, validity }],
          });
        },
      };
    },
  },
});
