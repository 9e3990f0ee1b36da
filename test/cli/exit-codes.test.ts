import { type ChildProcess, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { OperationalError } from '../../src/engine/base/operational-error.ts';
import { LogError } from '../../src/engine/contract/log.ts';
import { folderForFile, WEIR, weir } from './weir-process.ts';

const FEED = `flow feed v1
schema Row { id: int @id, n: int in 0..9 }
source made = generate(200, seed: 1) { schema: Row }
sink rows = made | write topic("rows")
`;
const WATCH = `flow watch v1
schema Row { id: int @id, n: int in 0..9 }
source rows = topic("rows") { schema: Row }
sink big = rows | where n > 4 | write topic("big")
`;
const GATE = `flow gate v1
schema Row { id: int @id, who: string @entity, x: float, back: bool @label }
source made = generate(400, seed: 1) { schema: Row }
let prep = pipeline { | derive { x } }
let parts = made | split train: 0.5, test: 0.5, group: who, seed: 1
let lr = parts.train | train logistic, features: prep, label: back
let card = parts.test | score lr { p = probability(true) } | evaluate p, label: back, metrics: [auroc]
sink release = lr | require card.auroc >= 1.0 | publish registry("none"), tag: champion
`;
/** What nobody foresaw, with a value of a row in its text. */
const BROKEN = `export const broken = {
  kind: 'operator', name: 'broken', summary: 'Breaks.', params: {}, examples: [],
  check() { throw new TypeError('Anna Example is no number'); },
  execution: { mode: 'expressions', lower: () => [] },
};
`;
const TIMEOUT = 60_000;

describe('exit codes', () => {
  const cwd = folderForFile();
  beforeAll(() => {
    writeFileSync(join(cwd, 'feed.flow'), FEED);
    writeFileSync(join(cwd, 'watch.flow'), WATCH);
    writeFileSync(join(cwd, 'gate.flow'), GATE);
    writeFileSync(join(cwd, 'named.flow'), FEED.replace('topic("rows")', 'topic($topic)\nparam topic: string'));
    writeFileSync(join(cwd, 'wrong.flow'), FEED.replace('schema: Row', 'schema: Rov'));
    writeFileSync(join(cwd, 'out.flow'), FEED.replace('topic("rows")', 'stdout()'));
    writeFileSync(join(cwd, 'library.flow'), 'schema Row { id: int @id }\n');
    writeFileSync(join(cwd, 'broken.flow'), FEED.replace('| write', '| broken | write'));
    writeFileSync(join(cwd, 'broken.mjs'), BROKEN);
    writeFileSync(join(cwd, 'lost.flow'), FEED.replace('generate(200, seed: 1) {', 'file("lost.csv") { on_bad: fail,'));
  });

  it('0 of a run that is done; the last line of --json is the summary', { timeout: TIMEOUT }, async () => {
    const { code, out } = await weir(['run', 'feed.flow', '--json', '--log', 'done'], { cwd });
    expect(code).toBe(EXIT.ok);
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string });
    expect(events.map(one => one.event).filter(event => event === 'summary')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      ok: true,
      flow: 'feed',
      stages: [{ name: 'made', rows_in: 200, rows_out: 200, rejected: 0 }, { name: 'rows' }],
      sinks: { rows: { rows: 200 } },
    });
  });

  it.each([
    [['wrong.flow'], EXIT.flow, 'E201', 'feed'],
    [['library.flow'], EXIT.flow, 'R552', null],
    [['feed.flow', '--param', 'rows=1'], EXIT.flow, 'E231', 'feed'],
    [['gone.flow'], EXIT.world, 'R201', null],
    [['feed.flow', '--log', 'feed.flow'], EXIT.world, 'R215', null],
    [['feed.flow', '--worker', '2'], EXIT.usage, 'USAGE', null],
    [['feed.flow', '--param', 'rows'], EXIT.usage, 'USAGE', null],
    [['out.flow'], EXIT.usage, 'R217', null],
    [['broken.flow', '--with', './broken.mjs'], EXIT.bug, 'BUG', null],
  ])('the last line of --json is a summary that says why there was no run: %j', async (args, exit, reason, flow) => {
    const { code, out, err } = await weir(['run', ...args, '--json'], { cwd });
    const summary = JSON.parse(out) as { error: { message: string } };
    expect([code, summary]).toMatchObject([exit, { event: 'summary', ok: false, flow, error: { code: reason } }]);
    expect(Object.keys(summary)).toEqual(expect.arrayContaining(['stages', 'reports', 'models', 'sinks', 'seconds']));
    expect(err).toContain(summary.error.message);
    expect(out + err).not.toContain('Anna');
  });

  it('a folder of snapshots that is a file is noticed before anything is run', async () => {
    const { code, err } = await weir(['run', 'feed.flow', '--snapshots', 'feed.flow'], { cwd });
    expect(code).toBe(EXIT.world);
    expect(err).toMatch(/error R218: there is a file in the place of the folder .*feed.flow/);
  });

  it('the summary of a wrong flow has all its diagnostics, as check gives them', async () => {
    const [run, check] = await Promise.all(
      ['run', 'check'].map(async command => {
        const { out } = await weir([command, 'wrong.flow', '--json'], { cwd });
        return (JSON.parse(out) as { diagnostics: unknown }).diagnostics;
      }),
    );
    expect(run).toEqual(check);
  });

  it('1 of a wrong flow, with the name that was meant', async () => {
    const { code, out, err } = await weir(['run', 'wrong.flow'], { cwd });
    expect([code, out]).toEqual([EXIT.flow, '']);
    expect(err).toContain('error[E201]: there is no schema `Rov` here\n --> wrong.flow:3:');
    expect(err).toContain('Did you mean `Row`?');
  });

  it.each([
    [['run', 'feed.flow', '--worker', '2'], 'Did you mean --workers?'],
    [['run', 'feed.flow', '--workers', 'two'], 'a whole number from 1 to 256'],
    [['run', 'feed.flow', '--partitions', '129'], 'a whole number from 1 to 128'],
    [['run', 'feed.flow', '--param', 'rows'], 'got "rows"\n(weir run --help)'],
    [['run', 'feed.flow', '--param', 'n=2', '--param', 'n=3'], '--param gives n twice\n(weir run --help)'],
    [['check', 'feed.flow', '--param', 'n=2', '--param', 'n=2'], '--param gives n twice'],
    [['rnu', 'feed.flow'], 'Did you mean run?'],
    [['explain-error', 'E999'], 'no error has the code E999'],
    [['run'], "missing required argument 'flow'\n(weir run --help)"],
    [['topics', 'read'], '(weir topics read --help)'],
    [['feed.flow'], 'did you mean: weir run feed.flow'],
  ])('2 of a wrong command line: %j', async (args, said) => {
    const { code, err } = await weir(args, { cwd });
    expect([code, err]).toEqual([EXIT.usage, expect.stringContaining(said)]);
  });

  it('3 of a requirement that is not met', { timeout: TIMEOUT }, async () => {
    const { code, err } = await weir(['run', 'gate.flow', '--workers', '1', '--log', 'gate'], { cwd });
    expect([code, err]).toEqual([
      EXIT.requirement,
      expect.stringContaining('error R520: requirement not met: card.auroc >= 1'),
    ]);
  });

  it.each([
    [['run', 'lost.flow'], 'error R201: the file lost.csv does not exist'],
    [['run', 'fedd.flow'], 'error R201: there is no file fedd.flow\n  help: did you mean feed.flow?'],
    [['check', 'nowhere/x.flow'], 'weir init'],
    [['fmt', '.'], 'error R202: . is a folder'],
    [['topics', 'read', 'nothing'], 'error R111: there is no topic "nothing" in world\n  help: it holds no topics'],
    [['topics', 'read', 'no thing'], 'error R115: "no thing" cannot be a topic'],
    [['run', 'named.flow', '--param', 'topic=weir.feed.manifest'], 'error R115: rows names the topic "weir.feed'],
    [['models', 'show', 'nothing'], 'error R301: there is no model "nothing" in world\n  help: it holds no models'],
    [['models', 'promote', 'nothing', '1', 'champion'], 'error R301: there is no model "nothing" in world'],
    [['models', 'rollback', 'nothing', 'champion'], 'error R301: there is no model "nothing" in world'],
    [['preview', 'feed.flow', 'made.good'], 'error R550: made has no part good\n  help: name one: made.bad'],
    [['check', 'feed.flow', '--with', './gone.ts'], 'error R501'],
  ])('4 of a wrong world: %j', { timeout: TIMEOUT }, async (args, said) => {
    const { code, err } = await weir([...args, ...(args[0] === 'fmt' ? [] : ['--log', 'world'])], { cwd });
    expect([code, err]).toEqual([EXIT.world, expect.stringContaining(said)]);
  });

  it.each([
    [['run', 'feed.flow'], '/proc/weir', 'error R215: the folder /proc/weir cannot be made'],
    [['doctor'], '/proc/weir', 'the folder /proc/weir cannot be made'],
    [['run', 'feed.flow'], 'feed.flow', 'error R215: there is a file in the place of the folder feed.flow'],
    [['models', 'list'], 'feed.flow/below', 'error R215: there is a file in the place of the folder feed.flow/below'],
  ])('4 of a folder that cannot be one: %j --log %s', { timeout: TIMEOUT }, async (args, folder, said) => {
    const { code, out, err } = await weir([...args, '--log', folder], { cwd });
    expect([code, out + err]).toEqual([EXIT.world, expect.stringContaining(said)]);
  });

  it('4 of output for which there is no room, where Node alone would say 1', { timeout: TIMEOUT }, async () => {
    const full = openSync('/dev/full', 'w');
    const stdio = ['ignore', full, 'pipe'] as const;
    for (const args of [['check', 'feed.flow'], ['run', 'feed.flow', '--json', '--log', 'no-room'], ['--help']]) {
      const { status, stderr } = spawnSync(process.execPath, [WEIR, ...args], {
        cwd,
        stdio: [...stdio],
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([EXIT.world, expect.stringContaining('error R212')]);
    }
    closeSync(full);
  });

  it('4 of a run whose reader has gone: it is not done; 0 of one that only looks', { timeout: TIMEOUT }, async () => {
    writeFileSync(join(cwd, 'many.flow'), FEED.replace('200', '3000000').replace('topic("rows")', 'stdout()'));
    const seen = (_: string, child: ChildProcess) => void child.stdout?.destroy();
    const run = await weir(['run', 'many.flow', '--log', 'many'], { cwd, seen });
    expect([run.code, run.err]).toEqual([EXIT.world, expect.stringContaining('error R214')]);
    const look = await weir(['preview', 'many.flow', 'rows', '--rows', '100000', '--json'], { cwd, seen });
    expect([look.code, look.err]).toEqual([EXIT.ok, '']);
  });

  it('130 of a stop, which is no failure; the next run has the log', { timeout: TIMEOUT }, async () => {
    await weir(['run', 'feed.flow', '--log', 'stop'], { cwd });
    let asked = false;
    const seen = (err: string, child: { kill(signal: 'SIGINT'): boolean }) => {
      if (asked || !err.includes('… stream')) return;
      asked = child.kill('SIGINT');
    };
    const { code, out, err } = await weir(['run', 'watch.flow', '--log', 'stop'], { cwd, seen });
    expect(code).toBe(EXIT.stopped);
    expect(err).toContain('stopping at the next commit');
    expect(`${out}${err}`).not.toMatch(/failed|error/);
    const after = await weir(['run', 'watch.flow', '--until-caught-up', '--log', 'stop'], { cwd });
    expect(after.code).toBe(EXIT.ok);
  });

  it('tells the world’s failures from ours', () => {
    expect(failureOf(new OperationalError('R201', 'x')).exitCode).toBe(EXIT.world);
    expect(failureOf(new LogError('locked', 'x'))).toMatchObject({ exitCode: EXIT.world, code: 'R107' });
    expect(failureOf(new TypeError('x')).exitCode).toBe(EXIT.bug);
  });
});
