import type { Json } from '../../../engine/base/json.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { AMOUNTS, knownValues, mapped, quantileOf } from '../known-values.ts';

export const clipQuantiles = defineRule({
  op: 'clip',
  name: 'quantiles',
  summary:
    'Moves values below the lower quantile of the training rows up to it, and values above the upper one down to it. Nulls stay.',
  params: {
    low: required('float', 'Lower quantile.', { position: 0, min: 0, max: 1 }),
    high: required('float', 'Upper quantile.', { position: 1, min: 0, max: 1 }),
  },
  examples: [{ title: 'The upper tail cut', flow: 'clip { [stay, meds] = quantiles(0.0, 0.99) }' }],
  accepts: type => AMOUNTS.has(type.kind),
  output: (_, nullable) => ({ type: { kind: 'float' }, nullable }),
  fit(params, column) {
    const sorted = knownValues(column).sort();
    if (sorted.length === 0) return { low: null, high: null };
    return { low: quantileOf(sorted, params.low), high: quantileOf(sorted, params.high) };
  },
  outputs: column => [column],
  apply: clipped,
});

export const clipRange = defineRule({
  op: 'clip',
  name: 'range',
  summary: 'Moves values outside a range written in the flow to its nearer end. Nulls stay.',
  params: {
    low: required('float', 'Smallest value left.', { position: 0 }),
    high: required('float', 'Largest value left.', { position: 1 }),
  },
  examples: [{ title: 'What a sensor can mean', flow: 'clip { spo2 = range(50.0, 100.0) }' }],
  accepts: type => AMOUNTS.has(type.kind),
  output: (_, nullable) => ({ type: { kind: 'float' }, nullable }),
  fit: params => ({ low: params.low, high: params.high }),
  outputs: column => [column],
  apply: clipped,
});

function clipped(fitted: Json, batch: Batch): readonly Column[] {
  const { low, high } = fitted as { readonly low: number | null; readonly high: number | null };
  if (low === null || high === null) return batch.columns;
  return [mapped(batch.columns[0], batch.rows, value => Math.min(Math.max(value, low), high))];
}
