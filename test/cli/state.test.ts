import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { folderForFile, weir } from './weir-process.ts';

const FEED = `flow feed v1
param rows: int
schema Row { id: int @id, who: string @entity @phi, ward: enum("A", "B", "C"), days: int in 0..9 }
source made = generate($rows, seed: 1) { schema: Row }
sink rows = made | write topic("rows")
`;
const COUNT = `flow count v1
schema Row { id: int @id, who: string @entity @phi, ward: enum("A", "B", "C"), days: int in 0..9 }
source rows = topic("rows") { schema: Row }
let by_ward = rows | aggregate by: ward { n = count(), days = sum(days), who = last(who) }
let by_who = rows | aggregate by: who { n = count() }
sink wards = by_ward | write topic("wards")
sink whos = by_who | write topic("whos")
`;
const linesOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

it(
  'state is listed, shown and exported beside a running flow, and nobody is named unasked',
  { timeout: 120_000 },
  async () => {
    const cwd = folderForFile();
    writeFileSync(join(cwd, 'feed.flow'), FEED);
    writeFileSync(join(cwd, 'count.flow'), COUNT);
    await weir(['run', 'feed.flow', '--param', 'rows=300'], { cwd });
    const exports: string[] = [];
    for (const partitions of ['1', '5']) {
      const log = ['--log', `p${partitions}`];
      await weir(['run', 'feed.flow', '--param', 'rows=300', ...log], { cwd });
      await weir(['run', 'count.flow', '--until-caught-up', '--partitions', partitions, ...log], { cwd });
      for (const to of ['x.csv', 'x.ndjson', 'x.arrow']) {
        const file = join(cwd, `${partitions}-${to}`);
        const done = await weir(['state', 'export', 'count', 'by_who', '--to', file, '--phi', ...log], { cwd });
        expect([done.code, done.err]).toEqual([EXIT.ok, '']);
        exports.push(readFileSync(file, 'hex'));
      }
    }
    expect(exports.slice(3)).toEqual(exports.slice(0, 3));

    let stop = (): void => {};
    const running = weir(['run', 'count.flow'], {
      cwd,
      seen: (_, child) => {
        stop = () => void child.kill('SIGINT');
      },
    });
    try {
      const keys = async () => {
        const { out } = await weir(['state', 'list', 'count', '--json'], { cwd });
        if (!out.startsWith('{')) return 0;
        return linesOf(out).reduce((sum, one) => sum + (one['name'] === 'by_ward' ? Number(one['keys']) : 0), 0);
      };
      await expect.poll(keys, { timeout: 60_000 }).toBe(3);
      const shown = await weir(['state', 'show', 'count', 'by_ward', '--key', 'ward=B'], { cwd });
      expect(shown.out).toMatch(
        /^ward +n\/0\/count +days\/0\/sum +who\/0\/value +who\/0\/known\nB +\d+ +\d+ +\*\*\* +\*\*\*\n$/,
      );
      const all = await weir(['state', 'show', 'count', 'by_who', '--json', '--limit', '1000'], { cwd });
      expect(linesOf(all.out).every(one => one['who'] === '***')).toBe(true);
      const named = await weir(['state', 'show', 'count', 'by_who', '--json', '--limit', '2', '--phi'], { cwd });
      expect(linesOf(named.out).map(one => one['who'] === '***')).toEqual([false, false]);
    } finally {
      stop();
    }
    await running;

    const codes = [
      [['list', 'cuont'], 'R130', 'did you mean count?'],
      [['list', 'flows/count.flow'], 'R130', 'did you mean count?'],
      [['show', 'count', 'by_war'], 'R131', 'did you mean by_ward?'],
      [['show', 'feed', 'made'], 'R131', 'none of its stages keeps anything'],
      [['export', 'count', 'by_who', '--to', 'x.csv'], 'R132', 'add --phi'],
    ] as const;
    for (const [args, code, hint] of codes) {
      const wrong = await weir(['state', ...args], { cwd });
      expect(wrong.code).toBe(EXIT.world);
      expect(wrong.err).toContain(code);
      expect(wrong.err).toContain(hint);
    }
  },
);
