import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchFromRows, type Row } from '../../src/engine/columnar/rows.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import { arbitraryRows } from '../support/arbitrary-rows.ts';
import { compileStage } from '../support/compile-stage.ts';
import { runStage } from '../support/run-operator.ts';

/** Each stage against the plainest program over rows that means the same. */
const LEFT = 'ward: string?, n: int, x: float?';

describe('sort', () => {
  it.each(['asc', 'desc'])('orders as a plain stable sort does, nulls last: %s', order => {
    const stage = compileStage({ flow: `sort by: [ward, x], order: ${order}`, schema: LEFT });
    const sign = order === 'asc' ? 1 : -1;
    const compare = (a: RowValue, b: RowValue): number => {
      if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
      if (typeof a === 'string' && typeof b === 'string') return sign * byCodePoints(a, b);
      return sign * ((a as number) - (b as number));
    };
    fc.assert(
      fc.property(arbitraryRows(stage.input), rows => {
        const expected = rows.toSorted((a, b) => compare(a['ward']!, b['ward']!) || compare(a['x']!, b['x']!));
        expect(runStage(stage.node, stage.input, rows, { batchRows: 4 }).rows()).toEqual(expected);
      }),
    );
  });

  it('orders enums as they are declared', () => {
    const stage = compileStage({ flow: 'sort by: triage', schema: 'triage: enum("red", "amber", "green")' });
    const rows = ['green', 'red', 'amber'].map(triage => ({ triage }));
    expect(
      runStage(stage.node, stage.input, rows)
        .rows()
        .map(row => row['triage']),
    ).toEqual(['red', 'amber', 'green']);
  });
});

function byCodePoints(a: string, b: string): number {
  const [x, y] = [[...a], [...b]].map(chars => chars.map(char => char.codePointAt(0)!));
  for (let i = 0; i < Math.min(x!.length, y!.length); i++) if (x![i] !== y![i]) return x![i]! - y![i]!;
  return x!.length - y!.length;
}

describe('count', () => {
  it('counts the lists that are there', () => {
    const stage = compileStage({
      flow: 'aggregate { known = count(l), none = missing_rate(l) }',
      schema: 'l: list<int>?',
    });
    const rows = [{ l: [1, 2] }, { l: null }, { l: [] }, { l: null }];
    expect(runStage(stage.node, stage.input, rows, { batchRows: 3 }).rows()).toEqual([{ known: 2, none: 0.5 }]);
  });
});

describe('limit', () => {
  it('is the first rows, and then done', () => {
    const stage = compileStage({ flow: 'limit 5', schema: LEFT });
    fc.assert(
      fc.property(arbitraryRows(stage.input), fc.integer({ min: 1, max: 4 }), (rows, batchRows) => {
        expect(runStage(stage.node, stage.input, rows, { batchRows }).rows()).toEqual(rows.slice(0, 5));
      }),
    );
  });
});

describe('join', () => {
  const RIGHT = 'ward: string, n: int, beds: int?';
  const table = { schema: RIGHT, rows: [] };

  it.each([
    ['inner', ''],
    ['left', ', kind: left'],
  ])('is every pair with equal keys: %s, many', (kind, text) => {
    const stage = compileStage({
      flow: `join beds, on: [ward, n]${text}, match: many { beds }`,
      schema: LEFT,
      tables: { beds: table },
    });
    fc.assert(
      fc.property(arbitraryRows(stage.input), arbitraryRows(stage.tables['beds']!), (left, right) => {
        const expected = left.flatMap((row): Row[] => {
          const found = right.filter(other => other['ward'] === row['ward'] && other['n'] === row['n']);
          if (found.length === 0 && kind === 'left') return [{ ...row, beds: null }];
          return found.map(other => ({ ...row, beds: other['beds']! }));
        });
        const tables = { right: [batchFromRows(stage.tables['beds']!, right)] };
        expect(runStage(stage.node, stage.input, left, { tables, batchRows: 3 }).rows()).toEqual(expected);
      }),
    );
  });

  it('refuses a key that is twice in the table', () => {
    const stage = compileStage({ flow: 'join beds, on: ward', schema: 'ward: string', tables: { beds: table } });
    const rows = [1, 2].map(n => ({ ward: 'a', n, beds: null }));
    const tables = { right: [batchFromRows(stage.tables['beds']!, rows)] };
    expect(() => runStage(stage.node, stage.input, [], { tables })).toThrow(expect.objectContaining({ code: 'R440' }));
  });

  it('keeps keys apart whose parts run together', () => {
    const stage = compileStage({
      flow: 'join t, on: [a, b] { c }',
      schema: 'a: string, b: string',
      tables: { t: { schema: 'a: string, b: string, c: int', rows: [] } },
    });
    const tables = { right: [batchFromRows(stage.tables['t']!, [{ a: 'x', b: 'yz', c: 1 }])] };
    expect(runStage(stage.node, stage.input, [{ a: 'xy', b: 'z' }], { tables }).rows()).toEqual([]);
  });
});

describe('aggregate', () => {
  const flow =
    'aggregate by: ward { rows = count(), known = count(x), total = sum(x), low = min(x), seen = last(n), name = first(ward), spread = max(n) - min(n) }';
  const groups = (rows: readonly Row[]): Row[] => {
    const wards = [...new Set(rows.map(row => row['ward']!))];
    return wards.map(ward => summary(rows.filter(row => row['ward'] === ward)));
  };
  const summary = (rows: readonly Row[]): Row => {
    const xs = rows.flatMap(row => (row['x'] === null ? [] : [row['x'] as number]));
    const ns = rows.map(row => row['n'] as number);
    return {
      ward: rows[0]!['ward']!,
      rows: rows.length,
      known: xs.length,
      total: xs.reduce((a, b) => a + b, 0),
      low: xs.length === 0 ? null : Math.min(...xs) + 0,
      seen: ns.at(-1)!,
      name: rows[0]!['ward']!,
      spread: Math.max(...ns) - Math.min(...ns),
    };
  };

  it('gives one row per group, first seen first', () => {
    const stage = compileStage({ flow, schema: LEFT });
    fc.assert(
      fc.property(arbitraryRows(stage.input), rows => {
        expect(runStage(stage.node, stage.input, rows, { batchRows: 4 }).rows()).toEqual(groups(rows));
      }),
    );
  });

  it('gives of endless rows the group as it stands with each of them', () => {
    const stage = compileStage({ flow, schema: LEFT }, { endless: true });
    fc.assert(
      fc.property(arbitraryRows(stage.input), fc.integer({ min: 0, max: 4 }), (rows, restoreAfter) => {
        const expected = rows.map((row, i) =>
          summary(rows.slice(0, i + 1).filter(other => other['ward'] === row['ward'])),
        );
        const options = { bounded: false, batchRows: 3, restoreAfter };
        expect(runStage(stage.node, stage.input, rows, options).rows()).toEqual(expected);
      }),
    );
  });

  it('rejects a row it cannot take in, and counts the others', () => {
    const stage = compileStage({ flow: 'aggregate { rows = count(), total = sum(n * n) }', schema: 'n: int' });
    const result = runStage(stage.node, stage.input, [{ n: 3 }, { n: 2 ** 40 }, { n: 4 }]);
    expect(result.rows()).toEqual([{ rows: 2, total: 25 }]);
    expect(result.rejected).toHaveLength(1);
  });

  const large = 'aggregate by: ward { rows = count(), total = sum(n), twice = sum(n) * 2, last = last(x) }';
  const beyond = (value: number) => Math.abs(value) > Number.MAX_SAFE_INTEGER;

  it('refuses of endless rows the one that a group has no value with, and leaves the group as it was', () => {
    const stage = compileStage({ flow: large, schema: LEFT }, { endless: true });
    fc.assert(
      fc.property(arbitraryRows(stage.input, 40), fc.integer({ min: 0, max: 4 }), (drawn, restoreAfter) => {
        const rows = drawn.map((row): Row => ({ ...row, n: ((row['n'] as number) % 4) * 2 ** 51 }));
        const groups = new Map<RowValue, Row[]>();
        const expected = rows.flatMap(row => {
          const ward = row['ward'] ?? null;
          const taken = [...(groups.get(ward) ?? []), row];
          const total = taken.reduce((sum, one) => sum + (one['n'] as number), 0);
          if (beyond(total) || beyond(total * 2)) return [];
          groups.set(ward, taken);
          const xs = taken.flatMap(one => (one['x'] === null ? [] : [one['x']]));
          return [{ ward, rows: taken.length, total, twice: total * 2, last: xs.at(-1) ?? null }];
        });
        const result = runStage(stage.node, stage.input, rows, { bounded: false, batchRows: 7, restoreAfter });
        expect(result.rows()).toEqual(expected);
        expect(result.rejected.map(why => why.code)).toEqual(rows.slice(expected.length).map(() => 'R410'));
      }),
    );
  });

  it('stops of rows that end, and names the stage and the figure', () => {
    const stage = compileStage({ flow: large, schema: LEFT });
    const rows = [1, 2 ** 52, 2 ** 52].map(n => ({ ward: 'a', n, x: null }));
    expect(() => runStage(stage.node, stage.input, rows)).toThrow(/^out: total of a group: .*sum.*2\^53/);
    expect(() => runStage(stage.node, stage.input, rows.slice(0, 2))).toThrow(/^out: twice of a group: /);
  });

  it('takes aggregates that need all values of a group, of rows that end', () => {
    const stage = compileStage({ flow: 'aggregate by: ward { m = median(n) }', schema: LEFT });
    const rows = [5, 1, 9, 2].map(n => ({ ward: n > 4 ? 'a' : 'b', n, x: null }));
    expect(runStage(stage.node, stage.input, rows).rows()).toEqual([
      { ward: 'a', m: 7 },
      { ward: 'b', m: 1.5 },
    ]);
    expect(() =>
      compileStage({ flow: 'aggregate by: ward { m = median(n) }', schema: LEFT }, { endless: true }),
    ).toThrow(/E405/);
  });
});

describe('where', () => {
  it.each([
    ['x != null or n > 0', true],
    ['not (x == null)', false],
    ['not (x == null and n > 0)', true],
    ['not (x == null or n > 0)', false],
  ])('after %s, x may be null: %s', (condition, nullable) => {
    const out = compileStage({ flow: `where ${condition}`, schema: LEFT }).node.ports['out'];
    expect(out?.kind === 'rows' && out.schema.fields.find(field => field.name === 'x')?.nullable).toBe(nullable);
  });

  it('makes a field that was tested known to the stages after it', () => {
    const stage = compileStage({ flow: 'where x != null and n > 0 | derive { y = x * 2.0 }', schema: LEFT });
    const out = stage.node.ports['out'];
    expect(out?.kind === 'rows' && out.schema.fields.find(field => field.name === 'y')?.nullable).toBe(false);
  });
});
