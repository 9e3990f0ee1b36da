import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIRST_FLOW } from '../../src/cli/commands/first-flow.ts';
import { program } from '../../src/cli/main.ts';
import { commandLineProblem } from './command-line-problem.ts';
import { folderForFile, weir } from './weir-process.ts';

const TIMEOUT = 60_000;
const ESCAPE = '\u001b[';

describe('the first flow', () => {
  const cwd = folderForFile();
  beforeAll(() => writeFileSync(join(cwd, 'ugly.flow'), FIRST_FLOW.replace('flow first v1', 'flow   first   v1')));

  it('is written, tested, run, and gives the right numbers', { timeout: TIMEOUT }, async () => {
    expect((await weir(['init', 'mine'], { cwd })).code).toBe(0);
    const mine = join(cwd, 'mine');
    expect((await weir(['init', 'mine'], { cwd })).code).toBe(4);
    expect((await weir(['test', 'first.flow'], { cwd: mine })).out).toContain('1 passed, 0 failed');
    const run = await weir(['run', 'first.flow'], { cwd: mine });
    expect(run.out).toMatch(/sink wards: 3 rows to file wards\.csv, exactly-once\ndone first in /);
    const preview = await weir(['preview', 'first.flow', 'visits', '--rows', '1000', '--json'], { cwd: mine });
    const visits = preview.out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { ward: string; days: number });
    expect(visits).toHaveLength(1000);
    // The mean by the plainest program: stored tables lack columns nobody reads, which has misled aggregates before.
    const lines = readFileSync(join(mine, 'wards.csv'), 'utf8').trim().split(/\r?\n/).slice(1);
    for (const line of lines) {
      const [ward, count, mean] = line.split(',');
      const days = visits.filter(visit => visit.ward === ward).map(visit => visit.days);
      expect(Number(count)).toBe(days.length);
      expect(Number(mean)).toBeCloseTo(days.reduce((sum, n) => sum + n, 0) / days.length, 9);
    }
  });

  it('is laid out as fmt does it; another layout is exit 1 and changes nothing', async () => {
    const path = join(cwd, 'ugly.flow');
    const before = readFileSync(path, 'utf8');
    const checked = await weir(['fmt', '--check', 'ugly.flow'], { cwd });
    expect([checked.code, checked.out]).toEqual([1, 'ugly.flow: not formatted\n']);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect((await weir(['fmt', 'ugly.flow'], { cwd })).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(FIRST_FLOW);
    expect((await weir(['fmt', '--check', 'ugly.flow'], { cwd })).code).toBe(0);
  });

  it.each([
    ['text', /^flow first v1\n\nLogical plan\n.*\nPhysical plan\n/s],
    ['mermaid', /^(flowchart|graph) /],
    ['svg', /^<svg .*<\/svg>\s*$/s],
    ['json', /^\{"plan":\{/],
  ])('is explained as %s', async (format, shape) => {
    const { code, out } = await weir(['explain', 'ugly.flow', '--format', format], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(shape);
    if (format !== 'json') return;
    expect(Object.keys(JSON.parse(out) as object)).toEqual(['plan', 'physical']);
    expect((await weir(['explain', 'ugly.flow', '--json'], { cwd })).out).toBe(out);
  });

  it('is coloured where colours are forced, and never under NO_COLOR', async () => {
    const colored = await weir(['check', 'ugly.flow'], { cwd, env: { FORCE_COLOR: '1' } });
    expect(colored.out).toContain(ESCAPE);
    const environments: Readonly<Record<string, string>>[] = [
      {},
      { NO_COLOR: '1' },
      { NO_COLOR: '1', FORCE_COLOR: '1' },
    ];
    for (const env of environments) {
      const plain = await weir(['check', 'ugly.flow'], { cwd, env });
      expect(plain.out).toBe('ok ugly.flow: flow first v1\n');
    }
  });

  it('is checked for all parameters, or as a run with the ones given', async () => {
    expect((await weir(['check', 'ugly.flow', '--param', 'rows=5'], { cwd })).code).toBe(0);
    const { code, out } = await weir(['check', 'ugly.flow', '--param', 'rows=0', '--json'], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ flow: 'ugly.flow', ok: false, diagnostics: [{ code: 'E232' }] });
    writeFileSync(join(cwd, 'wrong.flow'), FIRST_FLOW.replace('days >=', 'dayz >='));
    const both = await weir(['check', 'wrong.flow', 'ugly.flow'], { cwd });
    expect(both).toMatchObject({ code: 1, out: 'ok ugly.flow: flow first v1\n', err: expect.stringContaining('E201') });
  });
});

describe('tests', () => {
  const cwd = folderForFile();
  const text = `flow least v1
param least: int
schema Row { id: int @id, n: int }
source rows = file("rows.csv") { schema: Row, on_bad: fail }
let some = rows | where n >= $least
sink out = some | write topic("out")
test "given" { given rows [{ id: 1, n: 4 }, { id: 2, n: 6 }] expect some [{ id: 2 }] }
test "of its own" { given $least 6 given rows [{ id: 1, n: 4 }, { id: 2, n: 6 }] expect some [{ id: 2 }] }
`;
  beforeAll(() => {
    writeFileSync(join(cwd, 'least.flow'), text);
    writeFileSync(join(cwd, 'wrong.flow'), text.replace('rows | where', 'row | where'));
  });

  it.each([
    [
      ['least.flow', '--param', 'least=5'],
      [0, '2 passed, 0 failed'],
    ],
    [
      ['least.flow', '--param', 'least=7'],
      [1, '1 passed, 1 failed'],
    ],
    [
      ['least.flow', '--param', 'most=7'],
      [1, '0 passed, 1 failed'],
    ],
  ])('run with parameters: %j', async (args, [code, said]) => {
    const ended = await weir(['test', ...args], { cwd });
    expect([ended.code, ended.out.trimEnd().split('\n').at(-1)]).toEqual([code, said]);
  });

  it('have fixtures in JSON lines where records of a topic are in a format without files', async () => {
    writeFileSync(join(cwd, 'vitals.ndjson'), '{"id":1,"n":4}\n{"id":2,"n":6}\n');
    const registered = `flow registered v1
schema Row { id: int, n: int }
source rows = topic("in") { format: avro, registry: "http://127.0.0.1:1", schema: Row, on_bad: fail }
let some = rows | where n >= 5
sink out = some | write topic("out")
test "a file" { given rows file("vitals.ndjson") expect some [{ id: 2 }] }
`;
    writeFileSync(join(cwd, 'registered.flow'), registered);
    const ended = await weir(['test', 'registered.flow'], { cwd });
    expect([ended.code, ended.out.trimEnd().split('\n').at(-1)], ended.err).toEqual([0, '1 passed, 0 failed']);
  });

  it('of a flow that does not compile fail, for scripts as well; a flow may have none', async () => {
    const { code, out, err } = await weir(['test', 'wrong.flow', 'least.flow', '--param', 'least=5'], { cwd });
    expect([code, err]).toEqual([1, expect.stringContaining('E201')]);
    expect(out).toMatch(/^✗ wrong\.flow: does not compile\n✓ .*\n✓ .*\n2 passed, 1 failed\n$/);
    const script = await weir(['test', 'wrong.flow', '--json'], { cwd });
    expect(JSON.parse(script.out)).toEqual({
      flow: 'wrong.flow',
      title: null,
      ok: false,
      lines: [expect.stringMatching(/^E201 line 5: /)],
    });
    writeFileSync(join(cwd, 'untested.flow'), text.replaceAll(/^test .*$/gm, ''));
    expect(await weir(['test', 'untested.flow'], { cwd })).toMatchObject({ code: 0, out: 'no tests\n' });
  });
});

describe('--help', () => {
  it('of every command has an example, and the examples exist', async () => {
    const root = await program();
    const check = async (command: Command): Promise<void> => {
      let help = '';
      command.configureOutput({ writeOut: text => void (help += text) }).outputHelp();
      const examples = [...help.matchAll(/^ {2}weir (.*)$/gm)].map(found => found[1]!);
      expect(examples, command.name()).not.toEqual([]);
      for (const example of examples) {
        const [words] = example.split(/ (?:\||>|&&) /);
        expect(await commandLineProblem(words!.split(' ')), example).toBeNull();
      }
      for (const child of command.commands) await check(child);
    };
    await check(root);
  });
});
