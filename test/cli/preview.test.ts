import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderForFile, weir } from './weir-process.ts';

const MADE = `flow made v1
schema V { id: int @id, a: float?, b: float, y: bool @label }
source v = file("d.csv") { schema: V, on_bad: fail }
let more = v | derive { z = b * 2.0 } | where b > 2.0
sink small = more | select { id, b } | write file("small.csv")
sink kept = more | write topic("kept")
let e = v | derive { p = if(y, 0.75, 0.25) } | evaluate p, label: y, metrics: [auroc, brier]
sink page = e | write report("page.html")
let prep = pipeline { | derive { b } }
let m = v | train logistic, label: y, features: prep
sink released = m | publish registry("risk")
`;
const READ = `flow read v1
schema Kept { id: int @id, b: float, z: float }
source kept = topic("kept") { schema: Kept }
let big = kept | where z > 7.0 | select { id, z }
sink seen = big | select { id } | write topic("seen")
`;

describe('a preview', { timeout: 60_000 }, () => {
  const cwd = folderForFile();
  const lines = async (...args: readonly string[]) =>
    (await weir(['preview', ...args], { cwd })).out.trimEnd().split('\n');
  beforeAll(() => {
    writeFileSync(join(cwd, 'd.csv'), 'id,a,b,y\n1,1,2,true\n2,,3,false\n3,4,5,true\n');
    writeFileSync(join(cwd, 'made.flow'), MADE);
    writeFileSync(join(cwd, 'read.flow'), READ);
  });

  it('shows every column, whoever else reads it or not', async () => {
    expect((await lines('made.flow', 'v'))[0]).toBe('id  a  b  y');
    expect(await lines('made.flow', 'more')).toEqual([
      'id  a  b  y       z',
      ' 2     3  false   6',
      ' 3  4  5  true   10',
    ]);
    expect(await lines('made.flow', 'small')).toEqual(['id  b', ' 2  3', ' 3  5']);
  });

  it('shows times as people and flows write them', async () => {
    writeFileSync(join(cwd, 't.csv'), 'at,day\n2026-01-02T03:04:05Z,2026-01-02\n');
    const source = 'source t = file("t.csv") { schema: T, on_bad: fail }';
    const let_ = 'let more = t | derive { later = at + 90m }\nsink o = more | write file("o.csv")';
    writeFileSync(join(cwd, 't.flow'), `flow t v1\nschema T { at: timestamp, day: date }\n${source}\n${let_}\n`);
    const times = ['2026-01-02T03:04:05.000Z', '2026-01-02', '2026-01-02T04:34:05.000Z'];
    expect((await lines('t.flow', 'more'))[1].split(/ +/)).toEqual(times);
    expect(Object.values(JSON.parse((await lines('t.flow', 'more', '--json'))[0]))).toEqual(times);
  });

  it('tells what there is to show', async () => {
    const names = ['v', 'v.bad', 'more', 'small', 'kept', 'e', 'page', 'm', 'released'];
    expect(await lines('made.flow')).toEqual(names);
    expect((await lines('made.flow', '--json')).map(line => JSON.parse(line))).toEqual(names.map(name => ({ name })));
  });

  it('shows the rows that could not be read, wherever the flow sends them', async () => {
    writeFileSync(join(cwd, 'torn.csv'), 'id,a,b,y\n1,1,2,true\n2,,x,false\n3,4,5,maybe\n');
    writeFileSync(join(cwd, 'torn.flow'), MADE.replace('d.csv', 'torn.csv').replace('on_bad: fail', 'on_bad: drop'));
    const bad = (await lines('torn.flow', 'v.bad', '--json')).map(line => JSON.parse(line) as { record: number });
    expect(bad.map(row => row.record)).toEqual([2, 3]);
  });

  it('shows the figures of a report', async () => {
    const figures = ['rows        3', 'auroc       1', 'brier  0.0625'];
    expect(await lines('made.flow', 'e')).toEqual(figures);
    expect(await lines('made.flow', 'page')).toEqual(figures);
  });

  it('acts on nothing, and says so', async () => {
    const { code, err } = await weir(['preview', 'made.flow', 'released'], { cwd });
    expect([code, err]).toEqual([4, expect.stringContaining('weir preview … m')]);
    expect(existsSync(join(cwd, '.weir'))).toBe(false);
  });

  it('reads the topics of the log', async () => {
    expect((await weir(['preview', 'read.flow', 'big'], { cwd })).err).toContain('R111');
    expect((await weir(['run', 'made.flow'], { cwd })).code).toBe(0);
    expect(await lines('read.flow', 'big')).toEqual(['id   z', ' 3  10']);
  });

  it('shows a stream of which rows are refused, where an earlier run has refused some', async () => {
    writeFileSync(join(cwd, 'torn.csv'), 'id,a,b,y\n1,1,2,true\n2,,x,false\n');
    const flow = MADE.split('let more')[0]
      .replace('d.csv', 'torn.csv')
      .replace('on_bad: fail', 'on_bad: dlq("torn.bad")');
    writeFileSync(join(cwd, 'stream.flow'), `${flow}sink out = v | write topic("torn.out")\n`);
    expect((await weir(['run', 'stream.flow'], { cwd })).code).toBe(0);
    expect(await lines('stream.flow', 'out')).toEqual(['id  a  b  y', ' 1  1  2  true']);
    const read = (await weir(['topics', 'read', 'torn.bad', '--json'], { cwd })).out.trimEnd().split('\n');
    expect(read).toHaveLength(1);
  });
});
