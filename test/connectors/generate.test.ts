import { describe, expect, test } from 'vitest';
import { generateSource } from '../../src/connectors/generate/generate-source.ts';
import { rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import type { Split } from '../../src/engine/contract/connector.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import { sourceConformance } from '../conformance/source-conformance.ts';

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'int' }, nullable: false, id: true },
    { name: 'patient', type: { kind: 'string' }, nullable: false, entity: true },
    { name: 'hr', type: { kind: 'int' }, nullable: true, range: { low: 20, high: 250 } },
    { name: 'spo2', type: { kind: 'float' }, nullable: true, range: { low: 0.5, high: 1 } },
    { name: 'sex', type: { kind: 'enum', values: ['F', 'M', 'X'] }, nullable: false },
    { name: 'ok', type: { kind: 'bool' }, nullable: false },
    { name: 'at', type: { kind: 'timestamp' }, nullable: false },
    { name: 'tags', type: { kind: 'list', item: { kind: 'string' } }, nullable: true },
  ],
};
const options = { rows: 140_000, seed: 7, entities: 1000, null_share: 0.2 };
const { signal } = new AbortController();

type Rows = readonly Readonly<Record<string, RowValue>>[];
function rowsOf(split: Split, wanted: Schema = schema, given = options, skip = 0, batchRows = 5000): Rows {
  const reader = generateSource.open!({ options: given as never, schema: wanted, signal }, split);
  if (reader.kind !== 'batches') return expect.unreachable();
  return [...reader.batches(skip, batchRows)].flatMap(rowsOfBatch);
}

sourceConformance(generateSource, {
  options,
  schema,
  content: async (_source, split, { batchRows }) => JSON.stringify(rowsOf(split, schema, options, 0, batchRows)),
});

describe('generated rows', async () => {
  const splits = await generateSource.splits!({ options: options as never, schema, signal });
  const rows = splits.flatMap(split => rowsOf(split));

  test('are as many as asked for, in range, of the enum, as often null as asked', () => {
    expect(rows.map(row => row['id'])).toEqual(Array.from({ length: 140_000 }, (_, i) => i + 1));
    const rates = rows.map(row => row['hr']).filter(hr => hr !== null) as number[];
    expect([Math.min(...rates.slice(0, 50_000)), Math.max(...rates.slice(0, 50_000))]).toEqual([20, 250]);
    expect(rates.length / rows.length).toBeCloseTo(0.8, 2);
    const shares = rows.map(row => Number(row['spo2'] ?? 0.7));
    expect(shares.every(share => share >= 0.5 && share <= 1)).toBe(true);
    const sexes = new Map<RowValue, number>();
    for (const row of rows) sexes.set(row['sex'], (sexes.get(row['sex']) ?? 0) + 1);
    for (const sex of ['F', 'M', 'X']) expect((sexes.get(sex) ?? 0) / rows.length).toBeCloseTo(1 / 3, 2);
    expect(new Set(rows.map(row => row['patient'])).size).toBe(1000);
  });
  test('are the same from any row on, and whatever else is wanted', () => {
    expect(rowsOf(splits[1], schema, options, 60_000, 7)).toEqual(rowsOf(splits[1]).slice(60_000));
    const some = { fields: [schema.fields[7], schema.fields[2]] };
    const want = rowsOf(splits[0]).map(({ tags, hr }) => ({ tags, hr }));
    expect(rowsOf(splits[0], some)).toEqual(want);
  });
  test('are others under another seed', () => {
    const other = rowsOf(splits[0], schema, { ...options, seed: 8 });
    const equal = rows.slice(0, other.length).filter((row, i) => row['hr'] === other[i]['hr']).length;
    expect(equal / other.length).toBeLessThan(0.06);
  });
  test('of a type that cannot be made are refused', async () => {
    const tensor = {
      fields: [{ name: 'x', type: { kind: 'tensor' as const, dtype: 'f32' as const, shape: [2] }, nullable: false }],
    };
    await expect(generateSource.splits!({ options: options as never, schema: tensor, signal })).rejects.toMatchObject({
      code: 'R241',
    });
  });
});
