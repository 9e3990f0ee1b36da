import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchFromRows } from '../../../src/engine/columnar/rows.ts';
import { sliceRows } from '../../../src/engine/columnar/take.ts';
import { createTransform } from '../../../src/engine/columnar/transform.ts';
import type { NumberColumn, StringColumn } from '../../../src/engine/contract/batch.ts';
import { defineRule, type OperatorCatalog } from '../../../src/engine/contract/operator.ts';
import type { Field, Schema } from '../../../src/engine/contract/types.ts';
import type { TransformContent } from '../../../src/engine/contract/value.ts';
import { callOf, functions } from './expression-arbitrary.ts';

const rule = { summary: '', params: {}, examples: [], accepts: () => true, fit: () => null };
const scale = defineRule({
  ...rule,
  op: 'normalize',
  name: 'scale',
  output: (_, nullable) => ({ type: { kind: 'float' }, nullable }),
  outputs: column => [column],
  apply(fitted, batch) {
    const { values, validity } = batch.columns[0] as NumberColumn;
    return [{ kind: 'number', values: values.slice(0, batch.rows).map(value => value * (fitted as number)), validity }];
  },
});
const onehot = defineRule({
  ...rule,
  op: 'encode',
  name: 'onehot',
  output: () => ({ type: { kind: 'features', names: [] }, nullable: false }),
  outputs: (column, fitted) => (fitted as string[]).map(value => `${column}=${value}`),
  apply(fitted, batch) {
    const { ids, dictionary } = batch.columns[0] as StringColumn;
    return (fitted as string[]).map(value => ({
      kind: 'number',
      values: Float64Array.from({ length: batch.rows }, (_, row) => Number(dictionary.text(ids[row]) === value)),
      validity: null,
    }));
  },
});
const catalog: Pick<OperatorCatalog, 'rule'> = { rule: (_, name) => [scale, onehot].find(each => each.name === name) };

const field = (name: string, kind: 'int' | 'bool' | 'string', nullable: boolean): Field => ({
  name,
  type: { kind },
  nullable,
});
const input: Schema = {
  fields: [field('age', 'int', true), field('sick', 'bool', true), field('sex', 'string', false)],
};
const age = { op: 'column', name: 'age', type: { kind: 'int' }, nullable: true } as const;
const two = { op: 'literal', type: { kind: 'int' }, nullable: false, value: 2 } as const;
const content = (features: readonly string[]): TransformContent => ({
  name: 'prep',
  input,
  features,
  steps: [
    {
      kind: 'derive',
      assignments: [
        { name: 'double', value: callOf('mul', [age, two]) },
        { name: 'age', value: callOf('add', [age, two]) },
      ],
    },
    { kind: 'rule', op: 'normalize', rule: 'scale', column: 'age', fitted: 0.5, outputs: ['age'] },
    { kind: 'rule', op: 'encode', rule: 'onehot', column: 'sex', fitted: ['F', 'M'], outputs: ['sex=F', 'sex=M'] },
    { kind: 'select', names: ['double', 'age', 'sick', 'sex=F', 'sex=M'] },
  ],
});

test('features are the steps row by row, for any cut of the rows', () => {
  const anyRow = fc.record({
    age: fc.option(fc.nat(120)),
    sick: fc.option(fc.boolean()),
    sex: fc.constantFrom('F', 'M', 'X'),
    more: fc.constant('a column nobody asked for'),
  });
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 20 }), fc.nat(20), (rows, at) => {
      const transform = createTransform(content(['double', 'age', 'sick', 'sex=F', 'sex=M']), catalog, functions);
      const wanted = rows.map(({ age: years, sick, sex }) => [
        years === null ? Number.NaN : years * 2,
        years === null ? Number.NaN : (years + 2) * 0.5,
        sick === null ? Number.NaN : Number(sick),
        Number(sex === 'F'),
        Number(sex === 'M'),
      ]);
      const batch = batchFromRows({ fields: [field('more', 'string', false), ...input.fields] }, rows);
      const cut = Math.min(at, rows.length);
      for (const parts of [[batch], [sliceRows(batch, 0, cut), sliceRows(batch, cut, rows.length)]]) {
        const actual = parts.flatMap(part => {
          const { columns } = transform.run(part);
          return Array.from({ length: part.rows }, (_, row) => columns.map(column => column[row]));
        });
        expect(actual).toEqual(wanted);
      }
    }),
  );
});

test('a row a derived value cannot be computed for is told of, and a step no feature needs is not run', () => {
  const batch = batchFromRows(input, [
    { age: 2 ** 53 - 1, sick: null, sex: 'F' },
    { age: 1, sick: null, sex: 'F' },
  ]);
  const rejected: unknown[] = [];
  const needs = createTransform(content(['double']), catalog, functions);
  expect(needs.run(batch, (row, why) => rejected.push([row, why.code])).columns).toEqual([
    Float64Array.of(Number.NaN, 2),
  ]);
  expect(rejected).toEqual([[0, 'R410']]);
  const other = createTransform(content(['sick']), catalog, functions);
  other.run(batch, () => expect.unreachable());
});

test('a feature that is no number is a broken invariant', () => {
  const transform = createTransform({ ...content(['sex']), steps: [] }, catalog, functions);
  expect(() => transform.run(batchFromRows(input, []))).toThrow(/no number/);
});
