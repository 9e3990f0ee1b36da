import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Schema } from '../../../src/engine/contract/types.ts';
import type { BadDestination, PlanNode } from '../../../src/engine/plan/plan.ts';
import {
  bool,
  call,
  column,
  csv,
  literal,
  numbers,
  numbersSchema,
  planOf,
  rows,
  sink,
  stage,
  whereK,
} from './support/plans.ts';
import { finish, topicRows } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const labelled: Schema = { fields: [...numbersSchema.fields, { name: 'hit', type: bool, nullable: false }] };
const featured: Schema = {
  fields: [...labelled.fields, { name: 'features', type: { kind: 'features', names: [] }, nullable: false }],
};

/** Numbers, kept sorted as a table, then a value, a model and a file made of it. */
function training(splits: number, count: number, rounds = 4): PlanNode[] {
  return [
    numbers('nums', splits, count),
    whereK('kept/where', 'nums', 8),
    stage(
      'kept',
      'derive',
      'kept/where',
      { block: [{ name: 'hit', value: call('lt', bool, column('k'), literal(3)) }] },
      { out: rows(labelled) },
    ),
    stage('total', 'sum_of', 'kept', { column: 'n' }, { out: { kind: 'report', metrics: ['sum'] } }),
    stage('ready', 'as_features', 'kept', { columns: ['n', 'k'] }, { out: rows(featured) }),
    stage(
      'model',
      'learn',
      'ready',
      { learner: { rule: 'means', params: { rounds } }, label: 'hit' },
      { out: { kind: 'model', features: ['n', 'k'], predicts: bool } },
    ),
    sink('file', 'kept', 'file', { path: join(folder, 'out.csv') }),
  ];
}

describe('bounded jobs', () => {
  it('make the same bytes for any workers, batches and order of finishing', async () => {
    const results = [];
    for (const [workers, batchRows] of [
      [0, 8192],
      [1, 7],
      [2, 1000],
      [3, 8192],
    ]) {
      const dir = join(folder, `${workers}`);
      const { summary } = await finish(planOf(training(5, 4_000)), dir, { workers, batchRows });
      expect(summary.error).toBeUndefined();
      results.push({
        models: summary.models,
        reports: summary.reports,
        stages: summary.stages,
        file: await readFile(join(folder, 'out.csv'), 'utf8'),
      });
      await rm(join(folder, 'out.csv'));
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
    expect(results[0].reports['total']['rows']).toBe(16_000);
    expect(results[0].file.split('\n')[1]).toMatch(/^0,0,p0,/);
    expect(results[0].file.trimEnd().split('\n')).toHaveLength(16_001);
  });

  it('are not done again, and tell the counts they had', async () => {
    const plan = planOf(training(3, 500));
    const first = await finish(plan, folder);
    const model = first.summary.models['model'].hash;
    const again = await finish(plan, folder);
    expect(again.summary.ok).toBe(true);
    expect(again.summary.models['model'].hash).toBe(model);
    expect(again.events.filter(event => event.event === 'job' && event.state === 'reused')).not.toHaveLength(0);
    const plain = (stages: typeof first.summary.stages) => stages.map(({ reused: _, ...rest }) => rest);
    expect(plain(again.summary.stages)).toEqual(plain(first.summary.stages));
    expect(again.summary.stages.find(one => one.name === 'kept')?.reused).toBe(true);
  });

  it('begin without what was left of a run killed long ago', async () => {
    const left = join(folder, 'artifacts', 'aa', 'a.tmp');
    await mkdir(left, { recursive: true });
    await utimes(left, 0, 0);
    expect((await finish(planOf(training(1, 10)), folder)).summary.ok).toBe(true);
    await expect(stat(left)).rejects.toThrow();
  });

  it('tell what a learner warns of, and of a model that was there as well', async () => {
    const warnings = async (rounds: number) => {
      const { events } = await finish(planOf(training(1, 100, rounds)), folder);
      return events.filter(event => event.event === 'warning');
    };
    const told = { event: 'warning', code: 'R348', message: 'model: one round is few', stage: 'model' };
    expect([await warnings(1), await warnings(1), await warnings(2)]).toEqual([[told], [told], []]);
  });

  it('are done again where a module given by --with has another text', async () => {
    const plan = planOf(training(1, 100));
    const module = join(folder, 'module.ts');
    const reused = async (text: string) => {
      await writeFile(module, text);
      const { events } = await finish(plan, folder, { extensions: [module] });
      return events.some(event => event.event === 'job' && event.state === 'reused');
    };
    expect([await reused('1'), await reused('1'), await reused('2')]).toEqual([false, true, false]);
  });

  it('are done again with fresh, in place of what was there', async () => {
    const plan = planOf(training(3, 500));
    const first = await finish(plan, folder);
    const files = await readdir(join(folder, 'artifacts'), { recursive: true });
    const kept = files.filter(name => /\.(bin|json)$/.test(name)).sort();
    for (const name of kept) await writeFile(join(folder, 'artifacts', name), 'damaged');
    expect((await finish(plan, folder)).summary.error?.code).toBe('R310');
    const fresh = await finish(plan, folder, { fresh: true, workers: 1 });
    const states = (state: string) =>
      fresh.events.flatMap(event => (event.event === 'job' && event.state === state ? [event.job] : []));
    expect(states('replacing').sort()).toEqual(['kept', 'model', 'ready', 'total']);
    expect(states('reused')).toEqual([]);
    expect(fresh.summary.models).toEqual(first.summary.models);
    expect(fresh.summary.reports).toEqual(first.summary.reports);
    expect(await readdir(join(folder, 'artifacts'), { recursive: true })).toEqual(files);
    expect((await finish(plan, folder)).summary.models).toEqual(first.summary.models);
  });

  it('put the dead letters of a table into the log once, however often it is made', async () => {
    await writeFile(join(folder, 'in.csv'), 'n,k,who\n1,1,a\nx,2,b\n3,3,c\ny,4,d\n');
    const plan = planOf([
      csv('file', join(folder, 'in.csv'), numbersSchema, { kind: 'topic', topic: 'bad' }),
      stage('total', 'sum_of', 'file', { column: 'n' }, { out: { kind: 'report', metrics: ['sum'] } }),
    ]);
    for (const fresh of [false, true, false]) {
      const { summary } = await finish(plan, folder, { fresh, workers: 1 });
      expect(summary.error).toBeUndefined();
      expect(summary.reports['total']['rows']).toBe(2);
      expect(summary.stages[0]).toMatchObject({ name: 'file', rows_in: 4, rows_out: 2, rejected: 2 });
    }
    expect(await topicRows(folder, 'bad')).toHaveLength(2);
  });

  it('leave no file behind when a row stops the run', async () => {
    await writeFile(join(folder, 'in.csv'), 'n,k,who\n1,1,a\nx,2,b\n');
    const plan = planOf([
      csv('file', join(folder, 'in.csv'), numbersSchema, { kind: 'fail' }),
      sink('out', 'file', 'file', { path: join(folder, 'out.csv') }),
    ]);
    const { summary } = await finish(plan, folder, { workers: 1 });
    expect(summary.error?.code).toBe('R421');
    await expect(stat(join(folder, 'out.csv'))).rejects.toThrow();
  });

  it('find the row an operator fails on, where nothing is kept between rows', async () => {
    const kept = (onBad: BadDestination) =>
      planOf([
        numbers('nums', 2, 500, onBad),
        stage('kept/fail_on', 'fail_on', 'nums', { column: 'n', value: 777 }, { out: rows(numbersSchema) }),
        sink('kept', 'kept/fail_on', 'file', { path: join(folder, 'kept.csv') }),
      ]);
    const { summary } = await finish(kept({ kind: 'topic', topic: 'bad' }), folder, { workers: 1 });
    expect(summary.error).toBeUndefined();
    expect(summary.stages).toEqual([
      { name: 'nums', rows_in: 1_000, rows_out: 1_000, rejected: 0 },
      { name: 'kept', rows_in: 1_000, rows_out: 999, rejected: 1 },
    ]);
    const lines = (await readFile(join(folder, 'kept.csv'), 'utf8')).trimEnd().split('\n').slice(1);
    expect(lines.map(line => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n).filter(n => n !== 777),
    );
    const [bad] = (await topicRows(folder, 'bad')).map(text => JSON.parse(text) as Record<string, unknown>);
    expect(bad).toMatchObject({ stage: 'kept/fail_on', code: 'R531' });
    expect(bad['raw']).toContain('777');
    expect(bad['reason']).not.toContain('secret');
    const stopped = await finish(kept({ kind: 'fail' }), folder, { workers: 1 });
    expect(stopped.summary.error?.code).toBe('R422');
  });

  it.each([1, 7, 8192])('end where an operator fails on too many rows, in batches of %i', async batchRows => {
    // One of ten.
    const plan = planOf([
      numbers('nums', 1, 3_000, { kind: 'topic', topic: 'bad' }),
      stage('kept/fail_on', 'fail_on', 'nums', { column: 'k', value: 4 }, { out: rows(numbersSchema) }),
      sink('kept', 'kept/fail_on', 'file', { path: join(folder, 'kept.csv') }),
    ]);
    const { summary } = await finish(plan, folder, { batchRows });
    expect(summary.error).toMatchObject({ code: 'R530', message: 'an operator fails on too many rows (101 of 1005)' });
  });

  it('start again when their worker is lost, and make the same', async () => {
    const plan = planOf([
      numbers('nums', 3, 500),
      stage(
        'kept/crash_once',
        'crash_once',
        'nums',
        { column: 'n', value: 900, marker: join(folder, 'crashed') },
        { out: rows(numbersSchema) },
      ),
      sink('kept', 'kept/crash_once', 'file', { path: join(folder, 'kept.csv') }),
    ]);
    const { summary, events } = await finish(plan, folder, { workers: 2 });
    expect(summary.error).toBeUndefined();
    expect(events.some(event => event.event === 'restart')).toBe(true);
    const lines = (await readFile(join(folder, 'kept.csv'), 'utf8')).trimEnd().split('\n').slice(1);
    expect(lines.map(line => Number(line.split(',')[0]))).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
  });
});
