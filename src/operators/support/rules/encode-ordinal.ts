import { packValidity } from '../../../engine/columnar/validity.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { optional } from '../../../engine/contract/parameter.ts';
import { categoryCounts, sortedNames, tableFor } from '../categories.ts';
import { CATEGORIES } from '../known-values.ts';

interface Fitted {
  readonly order: readonly string[];
}

export const encodeOrdinal = defineRule({
  op: 'encode',
  name: 'ordinal',
  summary:
    'A category’s place, from 0, in the order given, or in the order an enum declares its values. Strings without an order are taken alphabetically as the training rows have them. Nulls and unseen categories are missing.',
  params: { order: optional('strings', 'The categories, lowest first.') },
  examples: [
    { title: 'As the enum declares them', flow: 'encode { a1c = ordinal }' },
    { title: 'In an order of one’s own', flow: 'encode { pain = ordinal(order: ["none", "mild", "severe"]) }' },
  ],
  accepts: type => CATEGORIES.has(type.kind),
  output: () => ({ type: { kind: 'int' }, nullable: true }),
  fit(params, column) {
    if (params.order !== undefined) return { order: params.order };
    const [field] = column[0]?.schema.fields ?? [];
    if (field?.type.kind === 'enum') return { order: field.type.values };
    return { order: sortedNames(categoryCounts(column).counts.keys()) };
  },
  outputs: column => [column],
  apply(fitted, batch) {
    const { order } = fitted as unknown as Fitted;
    const ids = tableFor(fitted as object, order).find(batch.columns[0], batch.rows);
    const values = new Float64Array(batch.rows);
    const present = new Uint8Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      if (ids[row] < 0) continue;
      values[row] = ids[row];
      present[row] = 1;
    }
    const column: Column = { kind: 'number', values, validity: packValidity(present, batch.rows) };
    return [column];
  },
});
