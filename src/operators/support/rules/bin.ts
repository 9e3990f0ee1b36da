import type { Json } from '../../../engine/base/json.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { required } from '../../../engine/contract/parameter.ts';
import type { Type } from '../../../engine/contract/types.ts';
import { AMOUNTS, knownValues, mapped, quantileOf } from '../known-values.ts';

const amounts = (type: Type) => AMOUNTS.has(type.kind);
const binNumbers = (_: Type, nullable: boolean) => ({ type: { kind: 'int' } as const, nullable });

export const binQuantile = defineRule({
  op: 'bin',
  name: 'quantile',
  summary:
    'The number, from 0, of the bin a value is in, where the bins hold about equally many training rows. Equal edges fall together. Nulls stay.',
  params: { bins: required('int', 'How many bins.', { position: 0, min: 2, max: 1000 }) },
  examples: [{ title: 'Quarters', flow: 'bin { age = quantile(4) }' }],
  accepts: amounts,
  output: binNumbers,
  fit(params, column) {
    const sorted = knownValues(column).sort();
    const edges = inner(params.bins).map(i => quantileOf(sorted, i / params.bins));
    return { edges: sorted.length === 0 ? [] : [...new Set(edges)] };
  },
  outputs: column => [column],
  apply: binned,
});

export const binWidth = defineRule({
  op: 'bin',
  name: 'width',
  summary:
    'The number, from 0, of the bin a value is in, where equally wide bins lie between the training rows’ smallest and largest value. Values beyond count to the outer bins. Nulls stay.',
  params: { bins: required('int', 'How many bins.', { position: 0, min: 2, max: 1000 }) },
  examples: [{ title: 'Ten steps', flow: 'bin { bmi = width(10) }' }],
  accepts: amounts,
  output: binNumbers,
  fit(params, column) {
    const sorted = knownValues(column).sort();
    const [low, high] = [quantileOf(sorted, 0), quantileOf(sorted, 1)];
    if (low === high) return { edges: [] };
    return { edges: inner(params.bins).map(i => low + ((high - low) * i) / params.bins) };
  },
  outputs: column => [column],
  apply: binned,
});

export const binEdges = defineRule({
  op: 'bin',
  name: 'edges',
  summary:
    'The number, from 0, of the bin a value is in, between edges written in the flow; an edge opens a bin. Nulls stay.',
  params: { edges: required('floats', 'Edges, rising.', { position: 0 }) },
  examples: [{ title: 'Under 18, under 65, older', flow: 'bin { age = edges([18.0, 65.0]) }' }],
  accepts: amounts,
  output: binNumbers,
  fit: params => ({ edges: [...params.edges].sort((a, b) => a - b) }),
  outputs: column => [column],
  apply: binned,
});

/** 1 … bins − 1. */
function inner(bins: number): number[] {
  return Array.from({ length: bins - 1 }, (_, i) => i + 1);
}

function binned(fitted: Json, batch: Batch): readonly Column[] {
  const { edges } = fitted as { readonly edges: readonly number[] };
  const rising = Float64Array.from(edges);
  return [mapped(batch.columns[0], batch.rows, value => edgesUpTo(rising, value))];
}

/** How many edges are not above the value. */
function edgesUpTo(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
