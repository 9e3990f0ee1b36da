import { expect } from 'vitest';
import type { Schema } from '../../../src/engine/contract/types.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { numbers, planOf, rows, sink, stage, sumsSchema } from '../../engine/runtime/support/plans.ts';

/** Rows of one split; there are three. */
const SPLITS = 3;
const PEOPLE = 50;
const timesSchema: Schema = {
  fields: [
    { ...sumsSchema.fields[1], name: 'count' },
    { ...sumsSchema.fields[1], name: 'times' },
    { ...sumsSchema.fields[2], name: 'total' },
  ],
};

/** Two exchanges: rows go by person, and what comes out of that by how often the person has been seen. Topics `sums` and `seen`. */
export function twiceFlow(count: number, version = 1): Plan {
  return planOf(
    [
      numbers('nums', SPLITS, count),
      stage('sums/running_sum', 'running_sum', 'nums', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
      sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
      stage(
        'seen/running_sum',
        'running_sum',
        'sums/running_sum',
        { by: 'count', of: 'sum' },
        { out: rows(timesSchema, false) },
      ),
      sink('seen', 'seen/running_sum', 'topic', { name: 'seen' }),
    ],
    'twice',
    version,
  );
}
export const rowsOfTwice = (count: number): number => SPLITS * count;

/** Holds the rows of both topics, as JSON texts, against what a plain map comes to over the same rows. */
export function expectTwice(count: number, sums: readonly string[], seen: readonly string[]): void {
  const total = rowsOfTwice(count);
  const oracle = new Map<string, { count: number; sum: number }>();
  for (let n = 0; n < total; n++) {
    const who = `p${n % PEOPLE}`;
    const one = oracle.get(who) ?? { count: 0, sum: 0 };
    oracle.set(who, { count: one.count + 1, sum: one.sum + n });
  }
  const made = sums.map(text => JSON.parse(text) as { who: string; count: number; sum: number });
  expect(made).toHaveLength(total);
  for (const [who, one] of oracle) {
    const theirs = made.filter(row => row.who === who).sort((a, b) => a.count - b.count);
    expect(theirs.map(row => row.count)).toEqual(Array.from({ length: one.count }, (_, i) => i + 1));
    expect(theirs.at(-1)?.sum).toBe(one.sum);
  }
  // Each person is seen for the nth time once: as many of each n as there are persons.
  const times = seen.map(text => JSON.parse(text) as { count: number; times: number });
  expect(times).toHaveLength(total);
  for (let nth = 1; nth <= total / PEOPLE; nth++) {
    const own = times.filter(row => row.count === nth).map(row => row.times);
    expect(own.sort((a, b) => a - b)).toEqual(Array.from({ length: PEOPLE }, (_, i) => i + 1));
  }
}
