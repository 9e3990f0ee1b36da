import { describe, expect, it } from 'vitest';
import type { ChainOutline, WorkOutline } from '../../../src/engine/plan/work-outline.ts';
import type { RunOptions } from '../../../src/engine/runtime/run.ts';
import { endedForNew } from '../../../src/engine/runtime/stream/ended-chains.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { countRows as count, feed, runVersion } from './support/changed-flow.ts';

const folder = temporaryFolders();
const OTHER = 'source more = topic("more") { schema: Reading }\n';
const run = (dir: string, version: number, text: string, options?: Partial<RunOptions>) =>
  runVersion(
    dir,
    version,
    `source rows = topic("readings") { schema: Reading }
sink copy = rows | write topic("copy"), key: who
${text}`,
    options,
  );

async function begun(): Promise<string> {
  const dir = await folder();
  await feed(dir, 'readings', 200, 1);
  await feed(dir, 'more', 100, 2);
  return dir;
}

describe('a changed flow', () => {
  it('may leave out a limit that is full, though rows lie before it, and is refused where it would go on by another', async () => {
    const dir = await begun();
    const few = (rows: number) => `let few = rows | limit ${rows}\nsink first = few | write topic("first")\n`;
    expect((await run(dir, 1, few(5))).code).toBe('runs');
    expect((await run(dir, 2, few(50))).code).toBe('R564');
    // What it had is not made again: under another name it takes what comes from now on.
    await feed(dir, 'readings', 100, 3);
    const renamed = few(50).replaceAll('few', 'some');
    expect((await run(dir, 2, renamed)).code).toBe('R560');
    expect((await run(dir, 2, renamed, { allowDrop: ['few'] })).code).toBe('runs');
    expect(await count(dir, 'first')).toBe(55);
    expect((await run(dir, 3, '', { allowDrop: ['some'] })).code).toBe('runs');
    expect(await count(dir, 'copy')).toBe(300);
  });
  it('may change elsewhere', async () => {
    const dir = await begun();
    const few = 'let few = rows | limit 5\nsink first = few | write topic("first")\n';
    expect((await run(dir, 1, few)).code).toBe('runs');
    expect((await run(dir, 2, `${few}sink high = rows | where value > 50 | write topic("high")\n`)).code).toBe('runs');
  });
  it('is refused where rows that go on would come to a stage that has ended', async () => {
    const dir = await begun();
    const agg = (of: string) => `sink sums = ${of} | aggregate by: who { n = count() } | write topic("sums")\n`;
    expect((await run(dir, 1, `let few = rows | limit 5\n${agg('few')}`)).code).toBe('runs');
    expect((await run(dir, 2, agg('rows'), { allowDrop: ['few'] })).code).toBe('R564');
  });
});

describe('what has ended', () => {
  const read = (id: string): ChainOutline => ({ id, input: { kind: 'topic', binding: id, of: id }, tables: [] });
  const fed = (id: string, ...upstreams: string[]): ChainOutline => {
    return { id, input: { kind: 'exchange', by: [], single: false, fields: [], upstreams }, tables: [] };
  };
  const write = (chain: string) => ({ id: `to ${chain}`, binding: `to ${chain}`, to: 'topic', chain });
  const before = { chains: [read('a'), read('b'), fed('few', 'b')], sinks: [write('a'), write('few')] };
  const found = (now: WorkOutline, ended = ['b', 'few']) => endedForNew(before, now, new Set(ended), new Set());

  it('is in the way of whoever needs its rows now, and of nobody else', () => {
    expect(found(before)).toEqual([]);
    expect(found({ ...before, sinks: [...before.sinks, write('few')] })).toEqual([]);
    expect(found({ chains: [read('a')], sinks: [] })).toEqual([]);
    expect(found({ ...before, sinks: [...before.sinks, write('b')] })).toEqual(['b']);
    expect(found({ chains: [read('a'), read('b')], sinks: [write('b')] })).toEqual(['b']);
    expect(found({ chains: [...before.chains, fed('new', 'b')], sinks: [] })).toEqual(['b']);
    expect(found({ chains: [read('a'), read('b'), fed('few', 'a', 'b')], sinks: [] })).toEqual(['few']);
    expect(found({ chains: [...before.chains, fed('new', 'b')], sinks: [] }, [])).toEqual([]);
  });
});

describe('a part that was left out of one version and is back in the next', () => {
  it('goes on where it was, as weir plan says, and without its state', async () => {
    const dir = await begun();
    const copied = `${OTHER}sink other = more | write topic("other")\n`;
    expect((await run(dir, 1, copied)).code).toBe('runs');
    expect((await run(dir, 2, '')).code).toBe('runs');
    await feed(dir, 'more', 10, 4);
    const back = await run(dir, 3, copied);
    expect(back.judged.find(one => one.name === 'more')).toMatchObject({ what: 'kept' });
    expect(await count(dir, 'other')).toBe(110);
  });
  it('has as many tasks as it had, whatever is usual by now', async () => {
    const dir = await begun();
    const sums = 'sink sums = rows | aggregate by: who { n = count() } | write topic("sums")\n';
    expect((await run(dir, 1, sums, { partitions: 3 })).code).toBe('runs');
    expect((await run(dir, 2, '', { allowDrop: ['sums'] })).code).toBe('runs');
    await feed(dir, 'readings', 50, 5);
    expect((await run(dir, 3, sums, { partitions: 2 })).code).toBe('runs');
    expect(await count(dir, 'sums')).toBe(250);
  });
});
