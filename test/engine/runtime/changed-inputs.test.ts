import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { countRows, feed, runVersion } from './support/changed-flow.ts';

const folder = temporaryFolders();

it.each([
  [2, 5],
  [5, 2],
])('a source of %i partitions that reads another topic of %i reads all of it', async (before, now) => {
  const dir = await folder();
  await feed(dir, 'one', 300, 1, before);
  await feed(dir, 'two', 200, 2, now);
  const text = (topic: string) => `source rows = topic("${topic}") { schema: Reading }
sink copy = rows | write topic("copy")
sink sums = rows | aggregate by: who { n = count() } | write topic("sums"), key: who
`;
  expect((await runVersion(dir, 1, text('one'))).code).toBe('runs');
  expect((await runVersion(dir, 2, text('two'))).code).toBe('runs');
  expect(await countRows(dir, 'copy')).toBe(500);
  expect(await countRows(dir, 'sums')).toBe(500);
  await feed(dir, 'two', 50, 3, now);
  expect((await runVersion(dir, 2, text('two'))).code).toBe('runs');
  expect(await countRows(dir, 'sums')).toBe(550);
});

describe('files', () => {
  const COPY = `source rows = topic("one") { schema: Reading }
sink copy = rows | write topic("copy")
`;
  const files = (path: string, name = 'lines') => `source ${name} = file("${path}") { schema: Reading, on_bad: fail }
sink read = ${name} | write topic("read")
`;
  const write = (dir: string, name: string, rows: number) =>
    writeFile(join(dir, name), `who,value\n${Array.from({ length: rows }, (_, i) => `p${i},1\n`).join('')}`);

  it('may come and go with their source, as weir plan says, and are read once', async () => {
    const dir = await folder();
    await feed(dir, 'one', 100, 1);
    await write(dir, 'a.csv', 30);
    const path = join(dir, 'a.csv');
    expect((await runVersion(dir, 1, COPY)).code).toBe('runs');
    expect((await runVersion(dir, 2, COPY + files(path))).code).toBe('runs');
    expect(await countRows(dir, 'read')).toBe(30);
    expect((await runVersion(dir, 3, COPY)).code).toBe('runs');
    expect((await runVersion(dir, 4, COPY + files(path))).code).toBe('R564');
    expect((await runVersion(dir, 4, COPY + files(path, 'again'))).code).toBe('runs');
    expect(await countRows(dir, 'read')).toBe(60);
    expect(await countRows(dir, 'copy')).toBe(100);
    // By the same name another list of them is still refused, though weir plan does not look at files.
    await write(dir, 'b.csv', 5);
    await expect(runVersion(dir, 5, COPY + files(join(dir, '*.csv'), 'again'))).rejects.toThrow('R540');
  });
});
