import { assert } from '../../../engine/base/assert.ts';
import type { Json } from '../../../engine/base/json.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import { defineRule, type OperatorExample } from '../../../engine/contract/operator.ts';
import { required } from '../../../engine/contract/parameter.ts';
import type { Type } from '../../../engine/contract/types.ts';
import { categoryCounts } from '../categories.ts';
import { AMOUNTS, CATEGORIES, knownValues, meanOf, quantileOf } from '../known-values.ts';

const FLOAT: Type = { kind: 'float' };
const NO_TRAINING_VALUE = 'Where training rows have no known value at all, 0 is put.';

export const imputeMean = defineRule({
  op: 'impute',
  name: 'mean',
  summary: `Puts the mean of the training rows’ known values for a null. ${NO_TRAINING_VALUE}`,
  params: {},
  examples: examplesOf('hr = mean'),
  accepts: type => AMOUNTS.has(type.kind),
  output: () => ({ type: FLOAT, nullable: false }),
  fit: (_, column) => ({ value: meanOf(knownValues(column)) }),
  outputs: column => [column],
  apply: filled,
});

export const imputeMedian = defineRule({
  op: 'impute',
  name: 'median',
  summary: `Puts the median of the training rows’ known values for a null. ${NO_TRAINING_VALUE}`,
  params: {},
  examples: examplesOf('[hr, spo2] = median'),
  accepts: type => AMOUNTS.has(type.kind),
  output: () => ({ type: FLOAT, nullable: false }),
  fit: (_, column) => ({ value: quantileOf(knownValues(column).sort(), 0.5) }),
  outputs: column => [column],
  apply: filled,
});

export const imputeMode = defineRule({
  op: 'impute',
  name: 'mode',
  summary:
    'Puts the training rows’ most frequent known value for a null; among equals the one seen first. Where training rows have no known value at all: 0, false or an empty string.',
  params: {},
  examples: examplesOf('ward = mode'),
  accepts: type => CATEGORIES.has(type.kind) || AMOUNTS.has(type.kind),
  output: type => ({ type, nullable: false }),
  fit(_, column) {
    let best: string | null = null;
    let most = 0;
    for (const [name, count] of categoryCounts(column).counts) {
      if (count > most) [best, most] = [name, count];
    }
    const [field] = column[0]?.schema.fields ?? [];
    return { value: literalOf(best, field?.type ?? FLOAT) };
  },
  outputs: column => [column],
  apply: filled,
});

export const imputeValue = defineRule({
  op: 'impute',
  name: 'value',
  summary: 'Puts a value written in the flow for a null. The value alone may be written: `race = "unknown"`.',
  params: { value: required('literal', 'What a null becomes.', { position: 0 }) },
  examples: examplesOf('race = "unknown", visits = 0'),
  accepts: type => CATEGORIES.has(type.kind) || AMOUNTS.has(type.kind),
  output: type => ({ type, nullable: false }),
  fit: params => ({ value: params.value }),
  outputs: column => [column],
  apply: filled,
});

function examplesOf(block: string): readonly OperatorExample[] {
  return [{ title: 'Nulls filled', flow: `impute { ${block} }` }];
}

function literalOf(name: string | null, type: Type): Json {
  if (type.kind === 'enum') return name ?? type.values[0] ?? '';
  if (type.kind === 'string') return name ?? '';
  if (type.kind === 'bool') return name === 'true';
  return name === null ? 0 : Number(name);
}

function filled(fitted: Json, batch: Batch): readonly Column[] {
  const { value } = fitted as { readonly value: boolean | number | string };
  const [column] = batch.columns;
  assert(
    column.kind !== 'features' && column.kind !== 'list' && column.kind !== 'record',
    'a column of one value a row',
  );
  const { validity } = column;
  if (validity === null) return [column];
  if (column.kind === 'string') {
    const ids = column.ids.slice(0, batch.rows);
    const id = column.dictionary.intern(String(value));
    for (let row = 0; row < batch.rows; row++) if (!isValid(validity, row)) ids[row] = id;
    return [{ ...column, ids, validity: null }];
  }
  const values = column.values.slice(0, batch.rows);
  for (let row = 0; row < batch.rows; row++) if (!isValid(validity, row)) values[row] = Number(value);
  return [{ ...column, values, validity: null } as Column];
}
