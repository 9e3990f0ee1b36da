import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtinCatalog } from '../../../src/cli/catalog.ts';
import { compileFlow } from '../../../src/dsl/compile-flow.ts';
import { refuseWorldNames } from '../../../src/engine/runtime/world-names.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const HEAD = `flow named v1
schema Row { id: int @id }
`;

/** What a flow is told at its start, given these parameters. */
async function toldOf(body: string, params: Readonly<Record<string, string>>): Promise<string> {
  const catalog = builtinCatalog();
  const { plan, diagnostics } = compileFlow({
    path: 'named.flow',
    catalog,
    host: { read: () => HEAD + body, resolve: (_, to) => to, env: () => undefined },
    params,
  });
  if (plan === null) throw new Error(diagnostics.map(one => `${one.code} ${one.message}`).join('\n'));
  try {
    await refuseWorldNames(plan, catalog);
    return 'nothing';
  } catch (cause) {
    return `${(cause as { code: string }).code} ${(cause as Error).message}`;
  }
}

describe('topics named by parameters', () => {
  const body = `param topic: string
param letters: string = "rows.bad"
source rows = file("rows.csv") { schema: Row, on_bad: dlq($letters) }
sink out = rows | write topic($topic)`;

  it.each(['', '.', '..', 'a b', 'grün', 'x'.repeat(250), 'weir.named.manifest'])('refuses %j', async topic => {
    expect(await toldOf(body, { topic })).toMatch(/^R115 out names the topic/);
  });
  it('refuses dead letters among the engine’s own', async () => {
    expect(await toldOf(body, { topic: 'ok', letters: 'weir.x' })).toMatch(/^R115 rows names the topic "weir.x"/);
  });
  it.each(['a', 'ehr.vitals', 'A_b-1.2', 'weird', 'x'.repeat(249)])('takes %j', async topic => {
    expect(await toldOf(body, { topic })).toBe('nothing');
  });
  it('refuses a source', async () => {
    const read = 'param from: string\nsource rows = topic($from) { schema: Row }\nsink out = rows | write topic("out")';
    expect(await toldOf(read, { from: 'a/b' })).toMatch(/^R115 rows names the topic "a\/b"/);
  });
});

describe('files that are one', () => {
  const folder = temporaryFolders();
  const two = `param from: string
param a: string
param b: string
source rows = file($from) { format: csv, schema: Row, on_bad: fail }
sink first = rows | write file($a), format: csv
sink second = rows | write file($b), format: csv`;

  it('finds two sinks behind a link and an absolute path', async () => {
    const at = await folder();
    await mkdir(join(at, 'real'));
    await symlink(join(at, 'real'), join(at, 'link'));
    const given = { from: join(at, 'rows.csv'), a: join(at, 'real/new/out.csv'), b: join(at, 'link/new/out.csv') };
    expect(await toldOf(two, given)).toMatch(/^R216 second and first write one file/);
    expect(await toldOf(two, { ...given, b: join(at, 'link/new/other.csv') })).toBe('nothing');
  });
  it('finds what a report writes beside its page', async () => {
    const at = await folder();
    await mkdir(join(at, 'real'));
    await symlink(join(at, 'real'), join(at, 'link'));
    const body = `param page: string
param rows: string
source visits = file("visits.csv") { schema: Row, on_bad: fail }
let scored = visits | derive { p = 0.5, back = id > 1 }
let parts = scored | split test: 1.0, group: none, seed: 1
sink first = parts.test | evaluate p, label: back, metrics: [brier] | write report($page)
sink second = visits | write file($rows)`;
    const given = { page: join(at, 'real/card.html'), rows: join(at, 'link/card.json') };
    expect(await toldOf(body, given)).toMatch(/^R216 second and first write one file/);
    expect(await toldOf(body, { ...given, rows: join(at, 'link/rows.json') })).toBe('nothing');
  });
  it('finds a sink that a source reads, by a pattern or behind a link', async () => {
    const at = await folder();
    await writeFile(join(at, 'rows.csv'), 'id\n1\n');
    await symlink(join(at, 'rows.csv'), join(at, 'same.csv'));
    const given = { from: join(at, '*.csv'), a: join(at, 'out/a.csv'), b: join(at, 'b.csv') };
    expect(await toldOf(two, given)).toMatch(/^R216 second writes .*b\.csv, which rows reads/);
    expect(await toldOf(two, { ...given, b: join(at, 'out/b.csv') })).toBe('nothing');
    const linked = { ...given, from: join(at, 'same.csv'), b: join(at, 'rows.csv') };
    expect(await toldOf(two, linked)).toMatch(/^R216 second writes/);
  });
});
