import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedText, matchRows, rowText } from '../../src/cli/flow-test/match-rows.ts';

const is = (value: number | string | null) => ({ is: value });
const within = (low: number | null, high: number | null) => ({ low, high });

describe('rows expected and rows that came', () => {
  it('are compared in the fields named, in any order', () => {
    const rows = [
      { id: 2, ward: 'B' },
      { id: 1, ward: 'A' },
    ];
    expect(matchRows([{ id: is(1) }, { id: is(2) }], rows)).toEqual({ ok: true, missing: [], extra: [] });
  });
  it('must be as many: one that is missing, one that nobody expected', () => {
    expect(matchRows([{ id: is(1) }, { id: is(3) }], [{ id: 1 }, { id: 2 }])).toEqual({
      ok: false,
      missing: [1],
      extra: [1],
    });
    expect(matchRows([], [{ id: 1 }]).extra).toEqual([0]);
  });
  it('may be ranges, both ends included or open; null is in none', () => {
    const fits = (low: number | null, high: number | null, value: number | null) =>
      matchRows([{ p: within(low, high) }], [{ p: value }]).ok;
    expect([fits(0.5, 1, 0.5), fits(0.5, 1, 1), fits(0.5, 1, 0.49), fits(null, 1, -9), fits(1, null, 9)]).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(fits(null, null, null)).toBe(false);
    expect(matchRows([{ p: is(null) }], [{ p: null }]).ok).toBe(true);
    expect(matchRows([{ p: is(0) }], [{ p: null }]).ok).toBe(false);
  });
  it('are paired so that all find one, where the first fit would take another’s', () => {
    const expected = [{ p: within(0, 1) }, { p: within(0, 0.5) }];
    expect(matchRows(expected, [{ p: 0.2 }, { p: 0.9 }]).ok).toBe(true);
  });
  it('pair as many as any assignment could', () => {
    const range = fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => within(Math.min(a, b), Math.max(a, b)));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 5 }), fc.array(fc.nat(6), { maxLength: 5 }), (ranges, values) => {
        const best = (at: number, left: readonly number[]): number =>
          at === ranges.length
            ? 0
            : Math.max(
                best(at + 1, left),
                ...left.flatMap((value, i) =>
                  value >= ranges[at]!.low! && value <= ranges[at]!.high!
                    ? [1 + best(at + 1, left.toSpliced(i, 1))]
                    : [],
                ),
              );
        const { missing, extra } = matchRows(
          ranges.map(p => ({ p })),
          values.map(p => ({ p })),
        );
        const paired = best(0, values);
        expect(missing.length).toBe(ranges.length - paired);
        expect(extra.length).toBe(values.length - paired);
      }),
    );
  });
  it('are compared by the fields named of records and of lists of them too', () => {
    const labs = { is: { unit: 'mg', values: [{ b: 2 }] } };
    const came = { id: 1, labs: { at: 7, values: [{ a: 1, b: 2 }], unit: 'mg' } };
    expect(matchRows([{ labs }], [came]).ok).toBe(true);
    expect(matchRows([{ labs: { is: { unit: 'g' } } }], [came]).ok).toBe(false);
    expect(matchRows([{ labs: { is: { values: [] } } }], [came]).ok).toBe(false);
    expect(matchRows([{ labs: { is: null } }], [came]).ok).toBe(false);
  });
  it('are shown as they are written', () => {
    expect(expectedText({ id: is('a'), p: within(0.8, null) })).toBe('{ id: "a", p: 0.8.. }');
    expect(rowText({ id: 'a', p: 1, other: 2 }, new Set(['id', 'p']))).toBe('{ id: "a", p: 1 }');
  });
});
