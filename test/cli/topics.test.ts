import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { folderForFile, weir } from './weir-process.ts';

const FEED = `flow feed v1
param rows: int = 200
schema Row { id: int @id, n: int in 0..9 }
source made = generate($rows, seed: 1) { schema: Row }
sink rows = made | write topic("rows")
`;
const WATCH = `flow watch v1
schema Row { id: int @id, n: int in 0..9 }
source rows = topic("rows") { schema: Row }
sink copies = rows | write topic("copies")
`;

it('topics are listed, read and followed while a flow holds the log', { timeout: 120_000 }, async () => {
  const cwd = folderForFile();
  writeFileSync(join(cwd, 'feed.flow'), FEED);
  writeFileSync(join(cwd, 'watch.flow'), WATCH);
  await weir(['run', 'feed.flow', '--param', 'rows=100'], { cwd });
  await weir(['run', 'watch.flow', '--until-caught-up'], { cwd });
  await weir(['run', 'feed.flow', '--param', 'rows=200'], { cwd });

  // It has read what there was before the flow starts that brings the rest.
  let followed = 0;
  let endFollowing = (): void => {};
  const following = weir(['topics', 'read', 'copies', '--follow', '--json'], {
    cwd,
    seen: (_err, child, out) => {
      followed = out.split('\n').length - 1;
      endFollowing = () => void child.kill('SIGINT');
    },
  });
  await expect.poll(() => followed, { timeout: 60_000 }).toBe(100);
  let endWatching = (): void => {};
  const watching = weir(['run', 'watch.flow'], {
    cwd,
    seen: (_, child) => {
      endWatching = () => void child.kill('SIGINT');
    },
  });
  try {
    await expect.poll(() => followed, { timeout: 60_000 }).toBe(300);
    endFollowing();
    const { code, out, err } = await following;
    expect([code, err]).toEqual([EXIT.stopped, '']);
    const rows = linesOf<{ id: number }>(out);
    expect(rows.map(row => row.id).sort((a, b) => a - b)).toEqual([...upTo(100), ...upTo(200)].sort((a, b) => a - b));

    const sorted = await weir(['topics', 'read', 'copies', '--json', '--sorted'], { cwd });
    expect(linesOf(sorted.out)).toHaveLength(300);
    const list = await weir(['topics', 'list', '--json'], { cwd });
    const fields = { id: 'int', n: 'int in 0..9' };
    expect(linesOf(list.out)).toMatchObject([
      { name: 'copies', fields },
      { name: 'rows', fields },
    ]);
    const lag = await weir(['topics', 'lag', '--json'], { cwd });
    const ofRows = linesOf<{ topic: string; behind: number }>(lag.out).filter(one => one.topic === 'rows');
    expect(new Set(ofRows.map(one => one.behind))).toEqual(new Set([0]));
  } finally {
    endFollowing();
    endWatching();
  }
  expect((await watching).code).toBe(EXIT.stopped);
});

function linesOf<T>(out: string): T[] {
  return out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as T);
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

it('a followed topic cannot be sorted', async () => {
  const { code, err } = await weir(['topics', 'read', 'rows', '--follow', '--sorted'], { cwd: folderForFile() });
  expect([code, err]).toEqual([EXIT.usage, expect.stringContaining("option '--sorted' cannot be used with")]);
});
