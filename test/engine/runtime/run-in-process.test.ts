import { describe, expect, it } from 'vitest';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { Batch } from '../../../src/engine/contract/batch.ts';
import { runInProcess } from '../../../src/engine/runtime/run-in-process.ts';
import { numbers, numbersSchema, planOf, rows, sink, stage, sumsSchema, topicSource, whereK } from './support/plans.ts';
import { realClock } from './support/run-plan.ts';
import { loadCatalog } from './support/test-catalog.ts';

const given = Array.from({ length: 100 }, (_, n) => ({ n, k: n % 10, who: `p${n % 3}` }));
const batches = [batchFromRows(numbersSchema, given.slice(0, 33)), batchFromRows(numbersSchema, given.slice(33))];
const all = (captured: readonly Batch[] | undefined) => (captured ?? []).flatMap(rowsOfBatch);

const plan = planOf([
  topicSource('nums', 'nowhere', numbersSchema),
  whereK('small', 'nums', 3, false),
  stage('sums', 'running_sum', 'small', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
  sink('out', 'sums', 'topic', { name: 'elsewhere' }, 'who'),
]);

describe('a run in this thread', () => {
  it.each([1, 7, 8192])('gives the rows of stages and sinks over rows handed in, batches of %i', async batchRows => {
    const result = await runInProcess(plan, await loadCatalog(), {
      clock: realClock,
      rows: new Map([['nums', batches]]),
      capture: [
        { node: 'small', port: 'out' },
        { node: 'out', port: 'out' },
      ],
      batchRows,
      partitions: 3,
    });
    const expected = given.filter(row => row.k < 3);
    expect(all(result.rows.get('small:out'))).toEqual(expected);
    const sums = all(result.rows.get('out:out'));
    expect(sums).toHaveLength(expected.length);
    for (const who of ['p0', 'p1', 'p2']) {
      const theirs = expected.filter(row => row.who === who);
      let sum = 0;
      const running = theirs.map((row, i) => ({ who, count: i + 1, sum: (sum += row.n) }));
      expect(sums.filter(row => row['who'] === who)).toEqual(running);
    }
  });

  it('runs nothing that is not wanted, and stops when there is enough', async () => {
    const endless = planOf([
      numbers('nums', 1, 1_000_000_000),
      stage('bad', 'fail_on', 'nums', { column: 'n', value: 3 }, { out: rows(numbersSchema) }),
    ]);
    const result = await runInProcess(endless, await loadCatalog(), {
      clock: realClock,
      capture: [{ node: 'nums', port: 'out' }],
      batchRows: 64,
      limitRows: 20,
    });
    expect(all(result.rows.get('nums:out'))[19]).toEqual({ n: 19, k: 9, who: 'p19' });
  });

  it('gives values', async () => {
    const value = planOf([
      numbers('nums', 2, 10),
      stage('total', 'sum_of', 'nums', { column: 'n' }, { out: { kind: 'report', metrics: ['sum'] } }),
    ]);
    const result = await runInProcess(value, await loadCatalog(), {
      clock: realClock,
      rows: new Map([['nums', batches]]),
      capture: [{ node: 'total', port: 'out' }],
    });
    expect(result.values.get('total:out')?.json).toMatchObject({ metrics: { rows: 100 } });
    expect(result.parts.reports['total']['rows']).toBe(100);
  });
});
