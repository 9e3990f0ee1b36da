import { assert } from '../../../engine/base/assert.ts';
import { keyHashes } from '../../../engine/columnar/key-hash.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { CATEGORIES } from '../known-values.ts';

export const encodeHashing = defineRule({
  op: 'encode',
  name: 'hashing',
  summary:
    'One indicator, 0 or 1, for each of a fixed number of buckets that categories are hashed into: for columns with more categories than one wants to learn. Unseen categories have a bucket like all others; for a null all are 0.',
  params: { buckets: required('int', 'How many indicators.', { position: 0, min: 2, max: 4096 }) },
  examples: [{ title: 'A long code list', flow: 'encode { diagnosis = hashing(64) }' }],
  accepts: type => CATEGORIES.has(type.kind),
  output: () => ({ type: { kind: 'features', names: [] }, nullable: false }),
  fit: params => ({ buckets: params.buckets }),
  outputs: (column, fitted) => {
    const { buckets } = fitted as { readonly buckets: number };
    return Array.from({ length: buckets }, (_, bucket) => `${column}=hash ${bucket}`);
  },
  apply(fitted, batch) {
    const { buckets } = fitted as { readonly buckets: number };
    const [column] = batch.columns;
    assert(column.kind !== 'features', 'features have no categories');
    const hashes = keyHashes(batch, [batch.schema.fields[0].name]);
    const out = Array.from({ length: buckets }, () => new Float64Array(batch.rows));
    for (let row = 0; row < batch.rows; row++) {
      if (isValid(column.validity, row)) out[hashes[row] % buckets][row] = 1;
    }
    return out.map((values): Column => ({ kind: 'number', values, validity: null }));
  },
});
