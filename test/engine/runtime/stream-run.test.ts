import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BadDestination, Plan, PlanNode } from '../../../src/engine/plan/plan.ts';
import { csv, numbers, numbersSchema, planOf, rows, sink, stage, sumsSchema, whereK } from './support/plans.ts';
import { finish, topicRows } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function filtered(splits: number, count: number): Plan {
  return planOf([
    numbers('nums', splits, count),
    whereK('some/where', 'nums', 3),
    sink('some', 'some/where', 'topic', { name: 'small' }, 'who'),
  ]);
}

/** Running sums by person over an exchange, straight to a topic. */
function summed(splits: number, count: number): Plan {
  return planOf([
    numbers('nums', splits, count),
    stage('sums/running_sum', 'running_sum', 'nums', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
    sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
  ]);
}

/** Counts and the last sum by person: what any run must agree on. */
function finalSums(splits: number, count: number): Map<string, { count: number; sum: number }> {
  const sums = new Map<string, { count: number; sum: number }>();
  for (let n = 0; n < splits * count; n++) {
    const before = sums.get(`p${n % 50}`) ?? { count: 0, sum: 0 };
    sums.set(`p${n % 50}`, { count: before.count + 1, sum: before.sum + n });
  }
  return sums;
}
function lastByPerson(texts: readonly string[]): Map<string, { count: number; sum: number }> {
  const last = new Map<string, { count: number; sum: number }>();
  for (const one of texts) {
    const { who, count, sum } = JSON.parse(one) as { who: string; count: number; sum: number };
    if ((last.get(who)?.count ?? 0) < count) last.set(who, { count, sum });
  }
  return last;
}

it('writes the rows that pass a filter to a topic, once, and does nothing the second time', async () => {
  const plan = filtered(3, 1_000);
  const { summary } = await finish(plan, folder);
  expect(summary.error).toBeUndefined();
  expect(summary.stages).toEqual([
    { name: 'nums', rows_in: 3_000, rows_out: 3_000, rejected: 0 },
    { name: 'some', rows_in: 3_000, rows_out: 900, rejected: 0 },
  ]);
  const all = await topicRows(folder, 'small');
  expect(all.length).toBe(900);
  const again = await finish(plan, folder);
  expect(again.summary.ok).toBe(true);
  expect(again.events.some(event => event.event === 'warning' && event.code === 'R541')).toBe(true);
  expect(again.summary.stages[1].rows_out).toBe(900);
  expect(await topicRows(folder, 'small')).toEqual(all);
});

describe('a run that begins anew over input that has changed', () => {
  const warned = async (plan: Plan, options = {}) => {
    const { summary, events } = await finish(plan, folder, options);
    expect(summary.error).toBeUndefined();
    return events.flatMap(event => (event.event === 'warning' ? [[event.code, event.message]] : []));
  };

  it('says that its topic now has rows twice', async () => {
    const path = join(folder, 'in.csv');
    const plan = planOf([
      csv('file', path, numbersSchema, { kind: 'fail' }),
      sink('small', 'file', 'topic', { name: 'small' }, 'who'),
    ]);
    await writeFile(path, 'n,k,who\n1,1,p1\n');
    expect(await warned(plan)).toEqual([]);
    await appendFile(path, '2,2,p2\n');
    const [[code, message], ...more] = await warned(plan);
    expect([code, more]).toEqual(['R543', []]);
    expect(message).toContain('the input is not what the finished run read: all of it is read anew');
    expect(message).toContain('added to the rows of topic "small"');
    expect(await topicRows(folder, 'small')).toHaveLength(3);
    expect(await warned(plan)).toEqual([['R541', expect.anything()]]);
    // Asked for.
    await appendFile(path, '3,3,p3\n');
    expect(await warned(plan, { fresh: true })).toEqual([]);
  });

  it('says so of another flow, too, and nothing where its topics hold no rows', async () => {
    const to = (name: string) => planOf([numbers('nums', 1, 10), sink('all', 'nums', 'topic', { name })]);
    expect(await warned(to('one'))).toEqual([]);
    expect(await warned(to('two'))).toEqual([]);
    expect(await warned(to('one'))).toEqual([
      ['R543', expect.stringContaining('the flow, or a parameter, is another')],
    ]);
  });
});

describe.each([
  { workers: 0, batchRows: 7 },
  { workers: 1, batchRows: 512 },
  { workers: 2, batchRows: 64 },
  { workers: 3, batchRows: 8192 },
])('with $workers workers and batches of $batchRows', options => {
  it('gives the same filtered rows', async () => {
    const { summary } = await finish(filtered(2, 500), folder, options);
    expect(summary.error).toBeUndefined();
    const all = await topicRows(folder, 'small');
    expect(all.map(one => (JSON.parse(one) as { n: number }).n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n).filter(n => n % 10 < 3),
    );
  });

  it('keeps state by key behind an exchange', async () => {
    const { summary } = await finish(summed(2, 2_500), folder, options);
    expect(summary.error).toBeUndefined();
    const all = await topicRows(folder, 'sums');
    expect(all.length).toBe(5_000);
    expect(lastByPerson(all)).toEqual(finalSums(2, 2_500));
  });
});

describe('rows that cannot be worked on', () => {
  const schema = numbersSchema;
  const nodes = (op: string, onBad: BadDestination): PlanNode[] => [
    csv('file', join(folder, 'in.csv'), schema, onBad),
    stage('kept/op', op, 'file', { column: 'n', value: 250 }, { out: rows(schema) }),
    sink('kept', 'kept/op', 'topic', { name: 'kept' }, 'who'),
  ];
  const written = Array.from({ length: 600 }, (_, n) => (n === 77 ? 'x,1,p1' : `${n},${n % 10},p${n % 50}`));
  beforeEach(() => writeFile(join(folder, 'in.csv'), `n,k,who\n${written.join('\n')}\n`));

  it('go to the dead letters by row, whoever refuses them', async () => {
    const { summary } = await finish(planOf(nodes('refuse', { kind: 'topic', topic: 'bad' })), folder);
    expect(summary.error).toBeUndefined();
    expect(summary.stages).toEqual([
      { name: 'file', rows_in: 600, rows_out: 599, rejected: 1 },
      { name: 'kept', rows_in: 599, rows_out: 599, rejected: 1 },
    ]);
    const bad = (await topicRows(folder, 'bad')).map(one => JSON.parse(one) as Record<string, unknown>);
    expect(bad).toHaveLength(2);
    expect(bad).toContainEqual(
      expect.objectContaining({ source: 'file', stage: null, record: 78, raw: expect.stringContaining('x,1,p1') }),
    );
    expect(bad).toContainEqual(expect.objectContaining({ source: 'file', stage: 'kept/op', code: 'T001' }));
  });

  it('are found by halving where an operator fails on them, and nothing else is lost', async () => {
    // The operator is not the first of its chain.
    const [file, op, out] = nodes('fail_on', { kind: 'topic', topic: 'bad' });
    if (op.kind !== 'stage') throw new Error('a stage');
    const first = stage('first', 'refuse', 'file', { column: 'n', value: 1_000 }, { out: rows(schema) });
    const plan = planOf([file, first, { ...op, input: { node: 'first', port: 'out' } }, out]);
    const { summary } = await finish(plan, folder);
    expect(summary.error).toBeUndefined();
    const kept = (await topicRows(folder, 'kept')).map(one => (JSON.parse(one) as { n: number }).n);
    expect(kept.sort((a, b) => a - b)).toEqual(
      Array.from({ length: 600 }, (_, n) => n).filter(n => n !== 77 && n !== 250),
    );
    const bad = (await topicRows(folder, 'bad')).map(one => JSON.parse(one) as Record<string, unknown>);
    expect(bad.map(one => [one['stage'], one['code'], one['record']])).toEqual([
      ['kept/op', 'R531', 0],
      [null, 'R414', 78],
    ]);
    expect(JSON.stringify(bad.map(one => one['reason']))).not.toContain('secret-value');
    expect(summary.stages).toEqual([
      { name: 'file', rows_in: 600, rows_out: 599, rejected: 1 },
      { name: 'first', rows_in: 599, rows_out: 599, rejected: 0 },
      { name: 'kept', rows_in: 599, rows_out: 598, rejected: 1 },
    ]);
  });

  it('end the run where an operator fails on too many', async () => {
    const plan = planOf(nodes('fail_on', { kind: 'topic', topic: 'bad' }));
    const tooMany = plan.nodes.map(node =>
      node.id === 'kept/op' ? { ...node, params: { column: 'k', value: 1 } } : node,
    );
    await writeFile(
      join(folder, 'in.csv'),
      `n,k,who\n${Array.from({ length: 120 }, (_, n) => `${n},1,p1`).join('\n')}\n`,
    );
    const { summary } = await finish({ ...plan, nodes: tooMany }, folder);
    expect(summary.error).toMatchObject({ code: 'R530', message: expect.stringContaining('(101 of ') });
    const bad = await topicRows(folder, 'bad');
    // What it had set aside by then is committed, but for the last, which ended it.
    expect(bad).toHaveLength(100);
  });

  it('end the run where the flow says fail, and the message holds no value', async () => {
    const { summary } = await finish(planOf(nodes('fail_on', { kind: 'fail' })), folder);
    expect(summary.ok).toBe(false);
    expect(summary.error?.code).toBe('R421');
    expect(summary.error?.message).toContain('record 78');
    expect(summary.error?.message).not.toContain('x,1');
  });
});
