import { packValidity } from '../../../engine/columnar/validity.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { tableFor } from '../categories.ts';

const OF_BOOL: readonly string[] = ['false', 'true'];

export const encodeFlag = defineRule({
  op: 'encode',
  name: 'flag',
  summary: '0 or 1: of a bool, false and true; of an enum of two values, the first and the second. Nulls stay.',
  params: {},
  examples: [{ title: 'Yes and no as numbers', flow: 'encode { [change, treated] = flag }' }],
  accepts: type => type.kind === 'bool' || (type.kind === 'enum' && type.values.length === 2),
  output: (_, nullable) => ({ type: { kind: 'int' }, nullable }),
  fit(_, column) {
    const [field] = column[0]?.schema.fields ?? [];
    return { values: field?.type.kind === 'enum' ? field.type.values : OF_BOOL };
  },
  outputs: column => [column],
  apply(fitted, batch) {
    const { values } = fitted as { readonly values: readonly string[] };
    const ids = tableFor(fitted as object, values).find(batch.columns[0], batch.rows);
    const flags = new Float64Array(batch.rows);
    const present = new Uint8Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      if (ids[row] < 0) continue;
      flags[row] = ids[row];
      present[row] = 1;
    }
    return [{ kind: 'number', values: flags, validity: packValidity(present, batch.rows) }];
  },
});
