import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression, compileProgram } from '../../../src/engine/columnar/compile-program.ts';
import { DICTIONARY_LIMIT } from '../../../src/engine/columnar/dictionary.ts';
import { interpretExpression } from '../../../src/engine/columnar/interpret.ts';
import { interpretProgram } from '../../../src/engine/columnar/interpret-program.ts';
import { batchFromRows, rowsOfBatch, valueAt } from '../../../src/engine/columnar/rows.ts';
import { concatBatches, sliceRows } from '../../../src/engine/columnar/take.ts';
import type { Batch } from '../../../src/engine/contract/batch.ts';
import type { Expression } from '../../../src/engine/contract/expression.ts';
import { RowError, type RowValue } from '../../../src/engine/contract/function.ts';
import type { RowProgram } from '../../../src/engine/contract/operator.ts';
import type { Type } from '../../../src/engine/contract/types.ts';
import { rowOf } from './arbitraries.ts';
import { anyExpression, callOf, expressionOf, functions, wideSchema } from './expression-arbitrary.ts';

type Row = Record<string, RowValue>;
const rows = fc.array(rowOf(wideSchema), { maxLength: 12 });

/** What the interpreter makes of a row: a value, or the code and reason of a rejection. */
function meaning(compute: () => RowValue | Row | null): unknown {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { code: error.code, reason: error.message };
  }
}

/** A chain over `wideSchema`: filters, assignments that see earlier ones and replace columns, and projections. */
const anyChain: fc.Arbitrary<readonly RowProgram[]> = fc.array(
  fc.record(
    {
      filter: expressionOf('bool', 2),
      assign: fc.array(
        fc
          .tuple(fc.constantFrom('int', 'float', 'string', 'bool', 'new_int', 'new_string'), fc.nat(3))
          .chain(([name, depth]) =>
            expressionOf(name.replace('new_', '') as 'int', depth).map(value => ({ name, value })),
          ),
        { maxLength: 3 },
      ),
      keep: fc.constant(wideSchema.fields.map(field => field.name).toReversed()),
    },
    { requiredKeys: [] },
  ),
  { minLength: 1, maxLength: 3 },
);

function runAll(chain: readonly RowProgram[], batches: readonly Batch[]): { rows: Row[]; rejected: unknown[] } {
  const program = compileProgram(chain, wideSchema, functions);
  const rejected: unknown[] = [];
  let first = 0;
  const out: Row[] = [];
  for (const batch of batches) {
    const made = program.run(batch, (row, why) => rejected.push({ row: first + row, ...why }));
    for (const column of made.columns) if (column.kind === 'string') expect(Math.min(0, ...column.ids)).toBe(0);
    out.push(...rowsOfBatch(made));
    first += batch.rows;
  }
  return { rows: out, rejected };
}

describe('the generated loop is the interpreter', () => {
  test('for one expression over any rows', () => {
    fc.assert(
      fc.property(anyExpression, rows, (expression, given) => {
        const compiled = compileExpression(expression, wideSchema, functions);
        const batch = batchFromRows(wideSchema, given);
        const wanted = given.map(row => meaning(() => interpretExpression(expression, row, functions)));
        const actual: unknown[] = [];
        const column = compiled.run(batch, (row, why) => (actual[row] = why));
        for (let row = 0; row < given.length; row++) actual[row] ??= valueAt(column, expression.type, row);
        expect(actual).toEqual(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  test('for chains of programs, whatever the cut of the rows', () => {
    fc.assert(
      fc.property(anyChain, rows, fc.nat(12), (chain, given, at) => {
        const wanted: { rows: Row[]; rejected: unknown[] } = { rows: [], rejected: [] };
        given.forEach((row, place) => {
          try {
            const out = interpretProgram(chain, row, functions);
            if (out !== null) wanted.rows.push(out);
          } catch (error) {
            if (!(error instanceof RowError)) throw error;
            wanted.rejected.push({ row: place, code: error.code, reason: error.message });
          }
        });
        const batch = batchFromRows(wideSchema, given);
        expect(runAll(chain, [batch])).toEqual(wanted);
        const cut = Math.min(at, given.length);
        expect(runAll(chain, [sliceRows(batch, 0, cut), sliceRows(batch, cut, given.length)])).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test('over batches of different dictionaries and of one that grows', () => {
    fc.assert(
      fc.property(expressionOf('string', 3), rows, rows, (expression, a, b) => {
        const chain = [{ assign: [{ name: 'text', value: expression }], keep: ['text'] }];
        const wanted = [...a, ...b, ...a].flatMap(row => {
          const value = meaning(() => interpretExpression(expression, row, functions));
          return typeof value === 'string' || value === null ? [{ text: value }] : [];
        });
        const [one, two] = [batchFromRows(wideSchema, a), batchFromRows(wideSchema, b)];
        expect(runAll(chain, [one, two, one]).rows).toEqual(wanted);
        const all = concatBatches(wideSchema, [one, two, one]);
        expect(runAll(chain, [sliceRows(all, 0, a.length), sliceRows(all, a.length, all.rows)]).rows).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });
});

test('huge batches, after and before small ones, agree too', () => {
  const base = fc.sample(rowOf(wideSchema), { numRuns: 400, seed: 7 });
  const given = Array.from({ length: 6000 }, (_, i): Row => {
    const row = base[(i * 7) % base.length] as Row;
    return {
      ...row,
      string: i % 11 === 0 ? null : `${row.string} ${i}`,
      string_sure: `t${(i * 13) % 5000}`,
      int_sure: i,
    };
  });
  const huge = batchFromRows(wideSchema, given);
  const parts = [sliceRows(huge, 0, 3), huge, sliceRows(huge, 10, 20), sliceRows(huge, 5, 5)];
  const rowsOfParts = [...given.slice(0, 3), ...given, ...given.slice(10, 20)];
  for (const expression of fc.sample(anyExpression, { numRuns: 25, seed: 11 })) {
    const chain = [
      { filter: callOf('ge', [column('int_sure', { kind: 'int' }), int(2)]) },
      { assign: [{ name: 'out', value: expression }] },
    ];
    const wanted = rowsOfParts.flatMap(row => {
      const out = meaning(() => interpretProgram(chain, row, functions));
      return out !== null && !('code' in (out as object)) ? [(out as Row).out] : [];
    });
    expect(runAll([...chain, { keep: ['out'] }], parts).rows.map(row => row.out)).toEqual(wanted);
  }
});

test('a text column starts a new dictionary past the limit, and batches before keep theirs', () => {
  const texts = { fields: [{ name: 's', type: { kind: 'string' } as Type, nullable: false }] };
  const s = column('s', { kind: 'string' });
  const none: Expression = { op: 'literal', type: { kind: 'string' }, nullable: false, value: 'none' };
  const value = callOf('if', [callOf('eq', [s, none]), none, callOf('concat', [s, s])]);
  const program = compileProgram([{ assign: [{ name: 't', value }], keep: ['t'] }], texts, functions);
  const given = [0, 1, 2].map(part => Array.from({ length: DICTIONARY_LIMIT * 0.75 }, (_, i) => `${part}-${i}`));
  const parts = given.map(part =>
    batchFromRows(
      texts,
      ['none', ...part].map(text => ({ s: text })),
    ),
  );
  // The parts share one dictionary, so that tables over it are kept from run to run.
  const all = concatBatches(texts, parts);
  const outs = parts.map(({ rows: n }, part) => program.run(sliceRows(all, part * n, (part + 1) * n), () => {}));
  const dictionaries = outs.map(({ columns }) => (columns[0].kind === 'string' ? columns[0].dictionary : null));
  expect(dictionaries[0]).toBe(dictionaries[1]);
  expect(dictionaries[2]).not.toBe(dictionaries[1]);
  outs.forEach((out, part) => {
    const wanted = ['none', ...given[part].map(text => text + text)];
    expect(rowsOfBatch(out).map(row => row.t)).toEqual(wanted);
  });
});

const int = (value: number): Expression => ({ op: 'literal', type: { kind: 'int' }, nullable: false, value });
const column = (name: string, type: Type): Expression => ({ op: 'column', name, type, nullable: true });
const x = column('x', { kind: 'int' });
const schema = { fields: [{ name: 'x', type: { kind: 'int' } as Type, nullable: true }] };
const run = (value: Expression, values: readonly (number | null)[]) => {
  const rejected: number[] = [];
  const program = compileProgram([{ assign: [{ name: 'y', value }] }], schema, functions);
  const out = program.run(
    batchFromRows(
      schema,
      values.map(each => ({ x: each })),
    ),
    row => rejected.push(row),
  );
  return { values: rowsOfBatch(out).map(row => row.y), rejected };
};
const MAX = 2 ** 53 - 1;

describe('what expressions mean', () => {
  test('ints are exact to ±(2^53−1), and past that the row is rejected', () => {
    expect(run(callOf('mul', [x, int(2)]), [MAX, (MAX - 1) / 2, null, -MAX])).toEqual({
      values: [MAX - 1, null],
      rejected: [0, 3],
    });
    expect(run(callOf('add', [x, int(1)]), [MAX, MAX - 1])).toEqual({ values: [MAX], rejected: [0] });
    expect(run(callOf('mul', [x, x]), [94_906_265, 94_906_266])).toEqual({ values: [94_906_265 ** 2], rejected: [1] });
  });
  test('an overflow behind a condition rejects no row it guards', () => {
    const guarded = callOf('if', [callOf('lt', [x, int(10)]), callOf('mul', [x, x]), int(0)]);
    expect(run(guarded, [3, MAX, -MAX])).toEqual({ values: [9, 0], rejected: [2] });
  });
  test('division by 0 is null, and −0 does not come out of arithmetic', () => {
    expect(run(callOf('div', [int(1), x]), [0, 2, null])).toEqual({ values: [null, 0.5, null], rejected: [] });
    expect(run(callOf('mul', [x, int(0)]), [-5])).toEqual({ values: [0], rejected: [] });
  });
  test('a large chain is cut into loops that agree with the interpreter', () => {
    const assign = Array.from({ length: 60 }, (_, i) => ({
      name: `y${i}`,
      value: callOf('add', [i === 0 ? x : column(`y${i - 1}`, { kind: 'int' }), int(i)]),
    }));
    const chain = [{ assign }, { filter: callOf('gt', [column('y59', { kind: 'int' }), int(1775)]) }];
    const given = Array.from({ length: 20 }, (_, i) => ({ x: i }));
    const out = compileProgram(chain, schema, functions).run(batchFromRows(schema, given), () => {});
    expect(rowsOfBatch(out)).toEqual(given.flatMap(row => interpretProgram(chain, row, functions) ?? []));
    expect(out.rows).toBe(14);
  });
  test('names and texts of a flow cannot break out of the code', () => {
    const nasty = `"); process.exit(1); //\u2028\`$\{1}`;
    const odd = { fields: [{ name: nasty, type: { kind: 'string' } as Type, nullable: false }] };
    const value: Expression = { op: 'literal', type: { kind: 'string' }, nullable: false, value: nasty };
    const same = callOf('eq', [column(nasty, { kind: 'string' }), value]);
    const both = callOf('concat', [callOf('if', [same, value, column(nasty, { kind: 'string' })]), value]);
    const program = compileProgram([{ filter: same, assign: [{ name: nasty, value: both }] }], odd, functions);
    const out = program.run(batchFromRows(odd, [{ [nasty]: nasty }, { [nasty]: 'x' }]), () => {});
    expect(rowsOfBatch(out)).toEqual([{ [nasty]: nasty + nasty }]);
  });
});
