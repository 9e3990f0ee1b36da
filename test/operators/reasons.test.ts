import { expect, it } from 'vitest';
import { batchFromRows } from '../../src/engine/columnar/rows.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { Type } from '../../src/engine/contract/types.ts';
import type { ModelContent } from '../../src/engine/contract/value.ts';
import { Reasons } from '../../src/operators/support/reasons.ts';

const STRING: Type = { kind: 'string' };

it.each<[readonly string[], Type, RowValue, readonly number[], string]>([
  [['last_stay'], { kind: 'int' }, 3, [3], 'last stay 3'],
  [['last_stay'], { kind: 'float' }, null, [1.5], 'last stay is missing'],
  [['ward'], STRING, 'B', [1], 'ward is B'],
  [['ward=A', 'ward=B'], STRING, 'B', [0, 1], 'ward is B'],
  // Whatever the indicator of nulls is called, and where a null counts as one of the unknown.
  [['ward=missing', 'ward=(missing)'], STRING, null, [0, 1], 'ward is missing'],
  [['ward=A', 'ward=other'], STRING, null, [0, 1], 'ward is missing'],
  // Shares of the classes, by `target`: no indicators.
  [['ward=home', 'ward=died'], STRING, null, [0.2, 0.8], 'ward is missing'],
])('%j tells of %j %j', (names, type, value, features, told) => {
  const model = { features: names, classes: [false, true], transform: null } as unknown as ModelContent;
  const name = (names[0] ?? '').split('=')[0] ?? '';
  const batch = batchFromRows({ fields: [{ name, type, nullable: true }] }, [{ [name]: value }]);
  const columns = features.map(each => Float64Array.of(each));
  const [why] = new Reasons(model).of(
    batch,
    columns,
    columns.map(() => Float64Array.of(0.25)),
    1,
  );
  expect(why).toEqual([`${told} raises the risk (+${(0.25 * names.length).toFixed(2)})`]);
});
