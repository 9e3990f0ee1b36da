import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregateFunctions } from '../../../src/engine/columnar/aggregates/all.ts';
import { createDictionary } from '../../../src/engine/columnar/dictionary.ts';
import { type AggregateDefinition, RowError, type RowValue } from '../../../src/engine/contract/function.ts';
import type { Type } from '../../../src/engine/contract/types.ts';
import { floatValue, intValue, textValue } from './arbitraries.ts';

const definitions = [...aggregateFunctions().values()];
const settled = (compute: () => RowValue): unknown => {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { code: error.code, reason: error.message };
  }
};

const columns: readonly { readonly type: Type; readonly values: fc.Arbitrary<RowValue> }[] = [
  { type: { kind: 'int' }, values: intValue },
  { type: { kind: 'float' }, values: floatValue },
  { type: { kind: 'bool' }, values: fc.boolean() },
  { type: { kind: 'string' }, values: textValue },
];
const cases = definitions.flatMap(definition =>
  columns
    .filter(({ type }) => 'type' in definition.signature([{ type, nullable: true }]))
    .map(column => ({ definition, ...column })),
);

/** The running form over rows cut into batches, texts as ids. */
function running(
  definition: AggregateDefinition,
  type: Type,
  rows: readonly { key: number; value: RowValue }[],
  cut: number,
) {
  const fold = definition.runningFor?.([type]) ?? definition.running;
  if (fold === undefined || fold === null) return null;
  const texts = createDictionary();
  const slots = fold.slots.map(({ kind, initial }) => new Float64Array(3).fill(kind === 'text' ? -1 : (initial ?? 0)));
  for (const part of [rows.slice(0, cut), rows.slice(cut)]) {
    const values = part.map(({ value }) => (typeof value === 'string' ? texts.intern(value) : Number(value ?? 0)));
    const valid = part.map(({ value }) => Number(value !== null));
    fold.update(
      slots,
      Int32Array.from(part, row => row.key),
      Float64Array.from(values),
      Uint8Array.from(valid),
      part.length,
    );
  }
  return (key: number): RowValue => {
    const result = fold.result(slots, key);
    if (Number.isNaN(result)) return null;
    const made = definition.signature([{ type, nullable: true }]);
    if ('type' in made && made.type.kind === 'bool') return result === 1;
    if ('type' in made && made.type.kind === 'string') return result < 0 ? null : texts.text(result);
    return result;
  };
}

describe('running aggregates give what the whole group gives, to the bit', () => {
  test.each(cases.map(each => [`${each.definition.name} of ${each.type.kind}`, each] as const))('%s', (_, each) => {
    const { definition, type, values } = each;
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.nat(2), value: fc.option(values) }), { maxLength: 30 }),
        fc.nat(30),
        (rows, cut) => {
          const fold = running(definition, type, rows, cut);
          for (const key of [0, 1, 2]) {
            const group = rows.filter(row => row.key === key).map(({ value }) => [value]);
            const whole = settled(() => definition.evaluate(group, [type]));
            if (fold !== null) expect(settled(() => fold(key))).toEqual(whole);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('examples give what they say', () => {
  for (const { name, examples, evaluate } of definitions) {
    expect(examples.length).toBeGreaterThan(0);
    for (const { call, of, gives } of examples) {
      const more = /, ([\d.]+)\)/.exec(call);
      const rows = of.map(value => (call.endsWith('()') ? [] : [value, ...(more === null ? [] : [Number(more[1])])]));
      expect(evaluate(rows, [{ kind: 'float' }]), `${name}: ${call}`).toEqual(gives);
    }
  }
});

test('of no values, count and sum are 0 and all others null', () => {
  for (const { name, evaluate } of definitions) {
    expect(evaluate([], [{ kind: 'int' }]), name).toBe(['count', 'count_distinct', 'sum'].includes(name) ? 0 : null);
  }
});

test('a sum of ints past the range rejects, though a later value would bring it back', () => {
  const sum = definitions.find(({ name }) => name === 'sum') as AggregateDefinition;
  const max = 2 ** 53 - 1;
  expect(sum.evaluate([[max], [-1], [1]], [{ kind: 'int' }])).toBe(max);
  expect(() => sum.evaluate([[max], [1], [-5]], [{ kind: 'int' }])).toThrow(RowError);
});

test('sum, mean and stddev agree with their definitions', () => {
  const of = (name: string, values: readonly number[]) =>
    definitions
      .find(each => each.name === name)
      ?.evaluate(
        values.map(value => [value]),
        [{ kind: 'float' }],
      );
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: -1000, max: 1000 }).map(n => n / 8),
        { minLength: 2, maxLength: 20 },
      ),
      values => {
        const total = values.reduce((a, b) => a + b, 0);
        const average = total / values.length;
        const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / (values.length - 1);
        expect(of('sum', values)).toBe(total);
        expect(of('mean', values)).toBe(average);
        expect(of('stddev', values)).toBeCloseTo(Math.sqrt(variance), 9);
      },
    ),
  );
});

test('quantiles agree with a definition by counting', () => {
  const quantile = definitions.find(({ name }) => name === 'quantile') as AggregateDefinition;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 }),
      fc.nat(20),
      (values, at) => {
        const place = at % values.length;
        const share = values.length === 1 ? 0 : place / (values.length - 1);
        const found = quantile.evaluate(
          values.map(value => [value, share]),
          [{ kind: 'int' }],
        );
        expect(found).toBeCloseTo([...values].sort((a, b) => a - b)[values.length === 1 ? 0 : place], 9);
      },
    ),
  );
});
