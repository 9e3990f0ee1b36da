import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../../src/engine/contract/progress.ts';
import type { BadDestination } from '../../../src/engine/plan/plan.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { csv, numbersSchema, planOf, sink } from './support/plans.ts';
import { finish, hastyClock, topicRows } from './support/run-plan.ts';

const folders = temporaryFolders();
let weir: string;
let data: string;
/** Three files, read one after another by one task; the second breaks off in the middle. */
const MIDDLE = 16_000;
const lines = (from: number, count: number, k = 1) => Array.from({ length: count }, (_, i) => `${from + i},${k},p1`);
const text = (rows: readonly string[]) => `n,k,who\n${rows.join('\n')}\n`;
const write = (name: string, content: string | Uint8Array) => writeFile(join(data, name), content);
const middle = (rows = lines(1_000, MIDDLE)) => write('b.csv.gz', gzipSync(text(rows)));

async function run(files = '*.csv*', onBad: BadDestination = { kind: 'topic', topic: 'bad' }): Promise<RunSummary> {
  const source = csv('file', join(data, files), numbersSchema, onBad);
  const plan = planOf([source, sink('all', 'file', 'topic', { name: 'all' })]);
  return (await finish(plan, weir, { partitions: 1, clock: hastyClock() })).summary;
}
const committed = async () =>
  (await topicRows(weir, 'all')).map(row => JSON.parse(row) as { n: number; k: number }).sort((a, b) => a.n - b.n);

beforeEach(async () => {
  [weir, data] = [await folders(), join(await folders(), 'data')];
  await mkdir(data);
});

it('a stream that stopped at a record goes on where it was once the record is mended', async () => {
  const rows = lines(0, 2_000);
  await write('one.csv', text(rows.with(1_500, 'x,1,p1')));
  expect((await run('one.csv', { kind: 'fail' })).error).toMatchObject({ code: 'R421' });
  // All of it is one chunk; what lies behind the batches that were committed is not read yet.
  expect((await committed()).length).toBe(1_024);
  await write('one.csv', text(rows));
  expect((await run('one.csv', { kind: 'fail' })).error).toBeUndefined();
  expect((await committed()).map(row => row.n)).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
});

describe('a stream whose input broke off', () => {
  beforeEach(async () => {
    await write('a.csv', text(lines(0, 1_000)));
    const whole = gzipSync(text(lines(1_000, MIDDLE)));
    await write('b.csv.gz', whole.subarray(0, whole.length >> 1));
    await write('c.csv', text(lines(1_000 + MIDDLE, 10)));
    expect((await run()).error?.code).toBe('R205');
    const rows = await committed();
    expect(rows.length).toBeGreaterThan(1_000);
    expect(rows.length).toBeLessThan(1_000 + MIDDLE);
  });

  it('goes on where it was once the file is whole, and doubles nothing', async () => {
    await middle();
    const { error, stages } = await run();
    expect(error).toBeUndefined();
    expect((await committed()).map(row => row.n)).toEqual(Array.from({ length: MIDDLE + 1_010 }, (_, n) => n));
    expect(stages[0]).toMatchObject({ rows_in: MIDDLE + 1_010, rows_out: MIDDLE + 1_010, rejected: 0 });
  });

  it('takes what it has not read as it is by then', async () => {
    await middle([...lines(1_000, MIDDLE - 1), '7777777,2,p1']);
    await write('c.csv', text(lines(1_000 + MIDDLE, 20, 3)));
    expect((await run()).error).toBeUndefined();
    const rows = await committed();
    expect(rows).toHaveLength(MIDDLE + 1_020);
    expect(rows.filter(row => row.k === 3)).toHaveLength(20);
    expect(rows.at(-1)).toMatchObject({ n: 7_777_777 });
  });

  it.each([
    ['a row it has read is another', () => middle(lines(1_000, MIDDLE).with(5, '1005,2,p1')), 'b.csv.gz'],
    ['a file ends before what it has read of it', () => middle(lines(1_000, 10)), 'b.csv.gz'],
    ['a file it has read to its end is another', () => write('a.csv', text(lines(0, 999))), 'a.csv'],
    ['a file it has not read is gone', () => rm(join(data, 'c.csv')), 'list of files'],
    ['a file has come', () => write('aa.csv', text(lines(9, 1))), 'list of files'],
  ])('refuses to where %s, and keeps what it has', async (_, change, named) => {
    const before = await committed();
    if (named !== 'b.csv.gz') await middle();
    await change();
    const { error } = await run();
    expect(error).toMatchObject({ code: 'R540', message: expect.stringContaining(named) });
    expect(error?.hint).toContain('--fresh');
    expect(await committed()).toEqual(before);
    await rm(join(data, 'aa.csv'), { force: true });
    await write('a.csv', text(lines(0, 1_000)));
    await middle();
    await write('c.csv', text(lines(1_000 + MIDDLE, 10)));
    expect((await run()).error).toBeUndefined();
    expect((await committed()).map(row => row.n)).toEqual(Array.from({ length: MIDDLE + 1_010 }, (_, n) => n));
  });
});

describe('a stream that has ended', () => {
  beforeEach(async () => {
    await write('a.csv', text(lines(0, 30)));
    await write('c.csv', text(lines(30, 10)));
    expect((await run()).error).toBeUndefined();
  });

  it.each([
    ['a file has changed', () => write('c.csv', text(lines(7, 20, 3))), 50],
    ['a file has come', () => write('b.csv', text(lines(9, 1, 3))), 41],
    ['a file is gone', () => rm(join(data, 'a.csv')), 10],
  ])('begins anew where %s, and adds to its topics', async (_, change, records) => {
    const before = await committed();
    await change();
    const { error, stages } = await run();
    expect(error).toBeUndefined();
    expect(stages[0]).toMatchObject({ rows_in: records, rows_out: records });
    expect(await committed()).toHaveLength(before.length + records);
    await run();
    expect(await committed()).toHaveLength(before.length + records);
  });
});
