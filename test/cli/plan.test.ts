import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { openEmbeddedLog } from '../../src/engine/log/embedded/embedded-log.ts';
import { realClock } from '../conformance/log/real-clock.ts';
import { folderForFile, weir } from './weir-process.ts';

const ROW = 'schema Row { id: int @id, ward: string, days: int }';
const FEED = `flow feed v1
param data: string
${ROW}
source made = file($data) { schema: Row, on_bad: fail }
sink rows = made | write topic("rows")
`;
const count = (version: number, block: string, by = 'ward') => `flow count v${version}
${ROW}
source rows = topic("rows") { schema: Row }
let groups = rows | aggregate by: ${by} { ${block} }
sink out = groups | write topic("out${version}")
`;
interface Row {
  readonly id: number;
  readonly ward: string;
  readonly days: number;
}
const made = (from: number, to: number): readonly Row[] =>
  Array.from({ length: to - from }, (_, i) => ({
    id: from + i,
    ward: `W${(from + i) % 3}`,
    days: ((from + i) * 7) % 11,
  }));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

it(
  'a changed flow goes on with what the plan said of it, to the row, and drops nothing unasked',
  { timeout: 240_000 },
  async () => {
    const cwd = folderForFile();
    const json = async <T>(...args: string[]): Promise<readonly T[]> => {
      const { out } = await weir(args, { cwd });
      const lines = out.split('\n').filter(line => line !== '');
      return lines.map(line => JSON.parse(line) as T);
    };
    const run = async (flow: string, ...args: string[]) => {
      const { code, err } = await weir(['run', flow, ...args], { cwd });
      return { code, wrong: /error (R\d+)/.exec(err)?.[1] ?? null, err };
    };
    const feed = async (from: number, to: number) => {
      const lines = made(from, to).map(({ id, ward, days }) => `${id},${ward},${days}`);
      writeFileSync(join(cwd, `${from}.csv`), `id,ward,days\n${lines.join('\n')}\n`);
      expect((await run('feed.flow', '--param', `data=${from}.csv`)).code).toBe(EXIT.ok);
    };
    const change = (version: number, block: string, by?: string) =>
      writeFileSync(join(cwd, 'count.flow'), count(version, block, by));
    const plan = async (...args: string[]) => {
      const { out, err, code } = await weir(['plan', 'count.flow', '--json', ...args], { cwd });
      const lines = out.trimEnd().split('\n');
      const all = lines.map(line => JSON.parse(line) as { kind?: string; what?: string; standing?: string });
      const what = (kind: string) => all.find(one => one.kind === kind)?.what;
      const wrong = /error (R\d+)/.exec(err)?.[1] ?? null;
      return { code, wrong, err, standing: all.at(-1)?.standing, state: what('state'), source: what('source') };
    };
    const newest = async (topic: string, by: string) => {
      const found: Record<string, Record<string, unknown>> = {};
      for (const row of await json<Record<string, unknown>>('topics', 'read', topic, '--json')) {
        const { partition: _, offset: __, ...values } = row;
        const before = found[String(values[by])];
        if (before === undefined || Number(values['n']) > Number(before['n'])) found[String(values[by])] = values;
      }
      return found;
    };
    writeFileSync(join(cwd, 'feed.flow'), FEED);
    await feed(0, 200);
    change(1, 'n = count(), days = sum(days)');
    // Nothing of it is there: no word that could be taken for an all-clear.
    for (const where of [[], ['--against', 'nothing-here']]) {
      expect(await plan(...where)).toMatchObject({ standing: 'none', wrong: 'R130', code: EXIT.world });
    }
    const text = await weir(['plan', 'count.flow'], { cwd });
    expect(text.out).toBe('');
    expect(text.err).toMatch(/no flow count has run as a stream over \.weir[\s\S]*there are: feed/);
    expect(existsSync(join(cwd, 'nothing-here'))).toBe(false);
    expect((await run('count.flow', '--until-caught-up')).code).toBe(EXIT.ok);
    expect(await plan()).toMatchObject({ standing: 'same', code: EXIT.ok });

    // New figures have the rows after the change alone, the others all of them.
    const figures = 'n = count(), days = sum(days), most = max(days), rest = sum(days - 1)';
    change(1, figures);
    expect(await plan()).toMatchObject({ wrong: 'R542', code: EXIT.world });
    change(2, figures);
    expect(await plan()).toMatchObject({ state: 'migrated', source: 'kept', standing: 'changed', code: EXIT.ok });
    await feed(200, 500);
    expect((await run('count.flow', '--until-caught-up')).code).toBe(EXIT.ok);
    const [all, late] = [made(0, 500), made(200, 500)];
    const wards = ['W0', 'W1', 'W2'].map(ward => {
      const of = (rows: readonly Row[]) => rows.filter(row => row.ward === ward).map(row => row.days);
      const values = {
        n: of(all).length,
        days: sum(of(all)),
        most: Math.max(...of(late)),
        rest: sum(of(late)) - of(late).length,
      };
      return [ward, { ward, ...values }] as const;
    });
    expect(await newest('out2', 'ward')).toEqual(Object.fromEntries(wards));

    // Another key: what was gathered would be of no use.
    change(3, 'n = count()', 'days');
    const refused = await plan();
    expect(refused).toMatchObject({ state: 'dropped', source: 'kept', wrong: 'R560', code: EXIT.world });
    expect(refused.err).toContain('--allow-drop groups');
    expect(await run('count.flow', '--until-caught-up')).toMatchObject({ wrong: 'R560', code: EXIT.world });
    expect(await plan('--allow-drop', 'groups')).toMatchObject({ state: 'dropped', code: EXIT.ok });

    // Rows on their way, of the old version: nobody could read them. In a copy, for they are made up.
    await feed(500, 800);
    cpSync(join(cwd, '.weir'), join(cwd, 'copy'), { recursive: true });
    const log = await openEmbeddedLog({ dir: join(cwd, 'copy/log'), clock: realClock });
    await log.append({ topic: 'weir.count.1.groups', partition: 0 }, [new Uint8Array(64)]);
    await log.close();
    for (const outcome of [
      await plan('--against', 'copy', '--allow-drop', 'groups'),
      await run('count.flow', '--log', 'copy', '--allow-drop', 'groups'),
    ]) {
      expect(outcome).toMatchObject({ wrong: 'R561', code: EXIT.world });
      expect(outcome.err).toContain('weir stop FLOW --drain');
    }
    expect(await run('count.flow', '--until-caught-up', '--allow-drop', 'groups')).toMatchObject({ wrong: null });
    const days = Object.fromEntries(
      [...new Set(made(500, 800).map(row => row.days))].map(value => {
        return [String(value), { days: value, n: made(500, 800).filter(row => row.days === value).length }];
      }),
    );
    expect(await newest('out3', 'days')).toEqual(days);
    expect(await plan()).toMatchObject({ standing: 'same', code: EXIT.ok });
  },
);
