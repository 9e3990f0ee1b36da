import type { Json } from '../../../engine/base/json.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { optional } from '../../../engine/contract/parameter.ts';
import type { Type } from '../../../engine/contract/types.ts';
import { AMOUNTS, deviationOf, knownValues, mapped, meanOf, quantileOf } from '../known-values.ts';

const amounts = (type: Type) => AMOUNTS.has(type.kind);
const floats = (_: Type, nullable: boolean) => ({ type: { kind: 'float' } as const, nullable });

export const normalizeZscore = defineRule({
  op: 'normalize',
  name: 'zscore',
  summary:
    'Subtracts the training rows’ mean and divides by their standard deviation (population). A column that is constant becomes 0. Nulls stay.',
  params: {},
  examples: [{ title: 'Two on one scale', flow: 'normalize { [age, stay] = zscore }' }],
  accepts: amounts,
  output: floats,
  fit(_, column) {
    const values = knownValues(column);
    const center = meanOf(values);
    return { center, scale: deviationOf(values, center) };
  },
  outputs: column => [column],
  apply: (fitted, batch) => scaled(fitted, batch),
});

export const normalizeRobust = defineRule({
  op: 'normalize',
  name: 'robust',
  summary:
    'Subtracts the training rows’ median and divides by the distance between their quartiles; by 1 where that is 0. Outliers count little. Nulls stay.',
  params: {},
  examples: [{ title: 'A laboratory value', flow: 'normalize { creatinine = robust }' }],
  accepts: amounts,
  output: floats,
  fit(_, column) {
    const sorted = knownValues(column).sort();
    return {
      center: quantileOf(sorted, 0.5),
      scale: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25) || 1,
    };
  },
  outputs: column => [column],
  apply: (fitted, batch) => scaled(fitted, batch),
});

export const normalizeMinmax = defineRule({
  op: 'normalize',
  name: 'minmax',
  summary:
    'Maps the training rows’ smallest value to 0 and their largest to 1, or the two values given. Later rows may fall outside. A column that is constant becomes 0. Nulls stay.',
  params: {
    low: optional('float', 'What becomes 0; learned when left out.', { position: 0 }),
    high: optional('float', 'What becomes 1; learned when left out.', { position: 1 }),
  },
  examples: [{ title: 'A known scale', flow: 'normalize { pain = minmax(0.0, 10.0) }' }],
  accepts: amounts,
  output: floats,
  fit(params, column) {
    const sorted = knownValues(column).sort();
    const low = params.low ?? quantileOf(sorted, 0);
    return { center: low, scale: (params.high ?? quantileOf(sorted, 1)) - low };
  },
  outputs: column => [column],
  apply: (fitted, batch) => scaled(fitted, batch),
});

export const normalizeLog1p = defineRule({
  op: 'normalize',
  name: 'log1p',
  summary: 'The natural logarithm of 1 + x; of a negative x, the same of −x with its sign. Nulls stay.',
  params: {},
  examples: [{ title: 'A long tail pulled in', flow: 'normalize { visits_before = log1p }' }],
  accepts: amounts,
  output: floats,
  fit: () => ({}),
  outputs: column => [column],
  apply: (_, batch) => [mapped(batch.columns[0], batch.rows, value => Math.sign(value) * Math.log1p(Math.abs(value)))],
});

function scaled(fitted: Json, batch: Batch): readonly Column[] {
  const { center, scale } = fitted as { readonly center: number; readonly scale: number };
  return [mapped(batch.columns[0], batch.rows, value => (scale === 0 ? 0 : (value - center) / scale))];
}
