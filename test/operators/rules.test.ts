import { describe, expect, it } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { batchFromRows, valueAt } from '../../src/engine/columnar/rows.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { Type } from '../../src/engine/contract/types.ts';
import { operatorCatalog } from '../../src/engine/runtime/catalog-module.ts';

const FLOAT: Type = { kind: 'float' };
const INT: Type = { kind: 'int' };
const STRING: Type = { kind: 'string' };
const BOOL: Type = { kind: 'bool' };
const YES_NO: Type = { kind: 'enum', values: ['No', 'Ch'] };

interface Case {
  readonly rule: string;
  readonly type: Type;
  readonly params?: Record<string, unknown>;
  readonly train: readonly RowValue[];
  readonly label?: readonly number[];
  readonly classes?: readonly string[];
  readonly given: readonly RowValue[];
  /** By output name. */
  readonly gives: Readonly<Record<string, readonly RowValue[]>>;
}

const ONEHOT = { min_count: 2, max: 10 };
const CASES: readonly Case[] = [
  { rule: 'impute.mean', type: FLOAT, train: [1, null, 4], given: [null, 9], gives: { x: [2.5, 9] } },
  { rule: 'impute.median', type: INT, train: [5, 1, null, 2, 100], given: [null, 0], gives: { x: [3.5, 0] } },
  { rule: 'impute.mean', type: FLOAT, train: [null], given: [null], gives: { x: [0] } },
  {
    rule: 'impute.mode',
    type: STRING,
    train: ['b', 'a', 'a', 'b', null],
    given: [null, 'z'],
    gives: { x: ['b', 'z'] },
  },
  { rule: 'impute.mode', type: BOOL, train: [true, null], given: [null, false], gives: { x: [true, false] } },
  { rule: 'impute.mode', type: INT, train: [7, 3, 3], given: [null], gives: { x: [3] } },
  {
    rule: 'impute.value',
    type: STRING,
    params: { value: 'unknown' },
    train: [],
    given: [null, 'x'],
    gives: { x: ['unknown', 'x'] },
  },
  {
    rule: 'clip.quantiles',
    type: FLOAT,
    params: { low: 0.25, high: 0.75 },
    train: [0, 4, 8, 12, 16, null],
    given: [-5, 5, 99, null],
    gives: { x: [4, 5, 12, null] },
  },
  { rule: 'clip.range', type: INT, params: { low: 0, high: 3 }, train: [], given: [-1, 2, 9], gives: { x: [0, 2, 3] } },
  { rule: 'normalize.zscore', type: FLOAT, train: [1, 3, null], given: [2, 4, null], gives: { x: [0, 2, null] } },
  { rule: 'normalize.zscore', type: FLOAT, train: [3, 3], given: [3, 9], gives: { x: [0, 0] } },
  { rule: 'normalize.robust', type: FLOAT, train: [0, 1, 2, 3, 4], given: [2, 4], gives: { x: [0, 1] } },
  { rule: 'normalize.robust', type: FLOAT, train: [5, 5], given: [6], gives: { x: [1] } },
  { rule: 'normalize.minmax', type: FLOAT, train: [10, 20], given: [15, 30, null], gives: { x: [0.5, 2, null] } },
  {
    rule: 'normalize.minmax',
    type: FLOAT,
    params: { low: 0, high: 4 },
    train: [10],
    given: [1],
    gives: { x: [0.25] },
  },
  { rule: 'normalize.log1p', type: INT, train: [], given: [0, null], gives: { x: [0, null] } },
  {
    rule: 'bin.quantile',
    type: INT,
    params: { bins: 2 },
    train: [1, 2, 3, 4],
    given: [0, 2, 3, null],
    gives: { x: [0, 0, 1, null] },
  },
  {
    rule: 'bin.width',
    type: INT,
    params: { bins: 4 },
    train: [0, 8],
    given: [-9, 2, 5, 99],
    gives: { x: [0, 1, 2, 3] },
  },
  {
    rule: 'bin.edges',
    type: INT,
    params: { edges: [18, 65] },
    train: [],
    given: [17, 18, 65],
    gives: { x: [0, 1, 2] },
  },
  {
    rule: 'encode.onehot',
    type: STRING,
    params: ONEHOT,
    train: ['b', 'a', 'a', 'b', 'rare', null],
    given: ['a', 'rare', 'new', null],
    gives: { 'x=a': [1, 0, 0, 0], 'x=b': [0, 0, 0, 0] },
  },
  {
    rule: 'encode.onehot',
    type: STRING,
    params: { ...ONEHOT, unknown: 'other' },
    train: ['a', 'a', 'rare', null, null],
    given: ['a', 'rare', 'new', null],
    gives: { 'x=a': [1, 0, 0, 0], 'x=other': [0, 1, 1, 0], 'x=missing': [0, 0, 0, 1] },
  },
  {
    rule: 'encode.onehot',
    type: STRING,
    params: { min_count: 1, max: 2 },
    train: ['missing', '(missing)', null],
    given: ['missing', '(missing)', null, 'new'],
    gives: { 'x=(missing)': [0, 1, 0, 0], 'x=missing': [1, 0, 0, 0], 'x=((missing))': [0, 0, 1, 0] },
  },
  {
    rule: 'encode.onehot',
    type: STRING,
    params: { ...ONEHOT, min_count: 1, unknown: 'missing' },
    train: ['a', null],
    given: ['a', null, 'missing', 'new'],
    gives: { 'x=a': [1, 0, 0, 0], 'x=missing': [0, 0, 1, 1], 'x=(missing)': [0, 1, 0, 0] },
  },
  {
    rule: 'encode.onehot',
    type: STRING,
    params: { ...ONEHOT, max: 1 },
    train: ['b', 'b', 'b', 'a', 'a'],
    given: ['a', 'b'],
    gives: { 'x=b': [0, 1] },
  },
  {
    rule: 'encode.onehot',
    type: INT,
    params: ONEHOT,
    train: [11, 11, 2, 2],
    given: [2, 11, 3],
    gives: { 'x=11': [0, 1, 0], 'x=2': [1, 0, 0] },
  },
  { rule: 'encode.ordinal', type: YES_NO, train: ['Ch'], given: ['No', 'Ch', null], gives: { x: [0, 1, null] } },
  {
    rule: 'encode.ordinal',
    type: STRING,
    params: { order: ['none', 'mild'] },
    train: ['severe'],
    given: ['mild', 'severe', null],
    gives: { x: [1, null, null] },
  },
  { rule: 'encode.ordinal', type: STRING, train: ['b', 'a', 'b'], given: ['a', 'b', 'c'], gives: { x: [0, 1, null] } },
  { rule: 'encode.flag', type: YES_NO, train: [], given: ['Ch', 'No', null], gives: { x: [1, 0, null] } },
  { rule: 'encode.flag', type: BOOL, train: [true], given: [true, false, null], gives: { x: [1, 0, null] } },
  {
    rule: 'encode.target',
    type: STRING,
    params: { smooth: 2 },
    train: ['a', 'a', 'b', null],
    label: [1, 1, 0, 0],
    classes: ['false', 'true'],
    // (hits + 2 · 0.5) / (rows + 2)
    given: ['a', 'b', null, 'new'],
    gives: { x: [0.75, 1 / 3, 1 / 3, 0.5] },
  },
  {
    rule: 'encode.target',
    type: INT,
    params: { smooth: 0 },
    train: [7, 7, 8],
    label: [0, 2, Number.NaN],
    classes: ['home', 'hospice', 'died'],
    given: [7, 8],
    gives: { 'x=home': [0.5, 0.5], 'x=hospice': [0, 0], 'x=died': [0.5, 0.5] },
  },
  {
    // The last class has no training row, and its column is there all the same.
    rule: 'encode.target',
    type: INT,
    params: { smooth: 0 },
    train: [7, 7],
    label: [0, 1],
    classes: ['home', 'hospice', 'died'],
    given: [7],
    gives: { 'x=home': [0.5], 'x=hospice': [0.5], 'x=died': [0] },
  },
];

describe('rules of column stages', () => {
  const catalog = operatorCatalog(builtinCatalog());

  it.each(CASES.map(one => [one.rule, one] as const))('%s', (_, {
    rule: path,
    type,
    params,
    train,
    label,
    classes,
    given,
    gives,
  }) => {
    const [op, name] = path.split('.') as [string, string];
    const rule = catalog.rule(op, name)!;
    expect(rule.accepts(type)).toBe(true);
    const schema = { fields: [{ name: 'x', type, nullable: true }] };
    const rows = (values: readonly RowValue[]) =>
      batchFromRows(
        schema,
        values.map(x => ({ x })),
      );
    // Learned over several batches with dictionaries of their own, applied as one.
    const cuts = [train.slice(0, 2), train.slice(2)].filter(part => part.length > 0);
    const places = [(label ?? []).slice(0, 2), (label ?? []).slice(2)].map(part => Float64Array.from(part));
    const told = classes === undefined ? null : { classes, places };
    const fitted = rule.fit((params ?? {}) as never, cuts.length === 0 ? [rows([])] : cuts.map(rows), told);
    const kept = JSON.parse(JSON.stringify(fitted));
    expect(kept).toEqual(fitted);
    const names = rule.outputs('x', kept);
    const columns = rule.apply(kept, rows(given));
    const output = rule.output(type, true).type;
    const shown = Object.fromEntries(
      names.map((each, i) => [
        each,
        given.map((_value, row) => valueAt(columns[i]!, output.kind === 'features' ? FLOAT : output, row)),
      ]),
    );
    expect(shown).toEqual(gives);
  });

  it('gives a text its bucket, whatever else there is', () => {
    const rule = catalog.rule('encode', 'hashing')!;
    const schema = { fields: [{ name: 'x', type: STRING, nullable: true }] };
    const fitted = rule.fit({ buckets: 4 } as never, [], null);
    const bucketOf = (texts: (string | null)[]) =>
      texts.map((_t, row) =>
        rule
          .apply(
            fitted,
            batchFromRows(
              schema,
              texts.map(x => ({ x })),
            ),
          )
          .findIndex(column => column.kind === 'number' && column.values[row] === 1),
      );
    const [first, none] = bucketOf(['250.01', null]);
    expect(none).toBe(-1);
    expect(bucketOf(['V45', 'x', '250.01'])[2]).toBe(first);
    expect(rule.outputs('x', fitted)).toEqual(['x=hash 0', 'x=hash 1', 'x=hash 2', 'x=hash 3']);
  });
});
