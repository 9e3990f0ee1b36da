import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { drainOutcome } from '../../src/cli/commands/stop.ts';
import { type Ended, folderForFile, weir } from './weir-process.ts';

const cwd = folderForFile();
const SCHEMA = 'schema Reading { who: string @entity, value: int in 0..100 }';
const at = (name: string) => join(cwd, name);
const ROWS = 400;

beforeAll(async () => {
  writeFileSync(
    at('make.flow'),
    `flow make v1
param rows: int = ${ROWS}
${SCHEMA}
source made = generate($rows, entities: 20) { schema: Reading }
sink readings = made | write topic("readings"), key: who
`,
  );
  writeFileSync(
    at('count.flow'),
    `flow count v1
${SCHEMA}
source readings = topic("readings") { schema: Reading, on_bad: fail }
sink counts = readings | aggregate by: who { n = count(), total = sum(value) } | write topic("counts"), key: who
`,
  );
  const made = await weir(['run', 'make.flow', '--workers', '1'], { cwd });
  expect(made.err).not.toContain('error');
  expect(made.code).toBe(0);
});

/** Runs the flow until `then` is through; `then` begins when all rows there are have been counted. */
async function whileRunning(args: readonly string[], then: () => Promise<void>): Promise<Ended> {
  const counted = Promise.withResolvers<void>();
  const ended = weir(['run', 'count.flow', '--workers', '1', '--json', ...args], {
    cwd,
    seen: (_, __, out) => {
      const events = out
        .split('\n')
        .flatMap(line => (line.endsWith('}') ? [JSON.parse(line) as Record<string, unknown>] : []));
      if (
        events.some(
          event => event['event'] === 'progress' && event['stage'] === 'readings' && Number(event['rowsIn']) > 0,
        )
      )
        counted.resolve();
    },
  });
  await Promise.race([counted.promise, ended]);
  await then();
  return ended;
}
const summaryOf = ({ out }: Ended) => JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;

describe('weir stop', () => {
  it('says that a flow is not running where it is not', async () => {
    const { code, out } = await weir(['stop', 'count.flow', '--log', 'nothing-here'], { cwd });
    expect(code).toBe(0);
    expect(out).toBe('count is not running\n');
  });

  it('stops a running flow at a commit', async () => {
    let stopped: Ended | null = null;
    const run = await whileRunning([], async () => {
      stopped = await weir(['stop', 'count.flow'], { cwd });
    });
    expect(stopped).toMatchObject({ code: 0 });
    expect((stopped as Ended | null)?.out).toMatch(/^process \d+ on .*: left\n$/);
    expect(run.code).toBe(130);
    expect(summaryOf(run)).toMatchObject({ ok: true, left: 'stopped' });
  });

  it('drains a running flow, which then takes another number of partitions, and no other way', async () => {
    const refused = await weir(['run', 'count.flow', '--partitions', '9', '--until-caught-up'], { cwd });
    expect(refused.code).toBe(4);
    expect(refused.err).toContain('R544');
    expect(refused.err).toContain('weir stop FLOW --drain');

    let drained: Ended | null = null;
    const run = await whileRunning([], async () => {
      drained = await weir(['stop', 'count.flow', '--drain', '--json'], { cwd });
    });
    expect(summaryOf(run)).toMatchObject({ ok: true, left: 'drained' });
    expect(JSON.parse((drained as Ended | null)?.out ?? '')).toMatchObject({ flow: 'count', left: 'drained' });

    const nine = await weir(['run', 'count.flow', '--partitions', '9', '--until-caught-up', '--json'], { cwd });
    expect(nine.code).toBe(0);
    expect(nine.out).toContain('R549');
    expect(summaryOf(nine)['stages']).toContainEqual(expect.objectContaining({ name: 'counts', rows_in: ROWS }));
    await weir(['run', 'make.flow', '--param', `rows=${ROWS + 1}`], { cwd });
    const on = await weir(['run', 'count.flow', '--until-caught-up'], { cwd });
    expect(on.code).toBe(0);
    const { out } = await weir(['topics', 'read', 'counts', '--json', '--sorted'], { cwd });
    const rows = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { who: string; n: number });
    const most = new Map<string, number>();
    for (const { who, n } of rows) most.set(who, Math.max(most.get(who) ?? 0, n));
    expect(rows).toHaveLength(2 * ROWS + 1);
    // State has gone along: nobody is counted from the beginning again.
    expect([...most.values()].reduce((sum, n) => sum + n, 0)).toBe(2 * ROWS + 1);
  });

  it('drains a flow that is not running, and says so of one that cannot be drained', async () => {
    const { code, out } = await weir(['stop', 'count.flow', '--drain'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('drained count\n');
    const never = await weir(['stop', 'count.flow', '--drain', '--log', 'another'], { cwd });
    expect(never.code).toBe(4);
    expect(never.err).toMatch(/R111|R547/);
    const over = await weir(['stop', 'make.flow', '--drain', '--param', `rows=${ROWS + 1}`], { cwd });
    expect(over.code).toBe(0);
    expect(over.out).toContain('there was nothing to drain');
  });

  it('drains what runs, though its text has changed since, and what does not only by that text', async () => {
    const changed = readFileSync(at('count.flow'), 'utf8').replace('v1', 'v2').replace('total =', 'all =');
    writeFileSync(at('changed.flow'), changed);
    let drained: Ended | null = null;
    await weir(['run', 'make.flow', '--param', `rows=${ROWS + 2}`], { cwd });
    const run = await whileRunning([], async () => {
      drained = await weir(['stop', 'changed.flow', '--drain'], { cwd });
    });
    expect(summaryOf(run)).toMatchObject({ ok: true, left: 'drained' });
    expect(drained).toMatchObject({ code: 0, out: expect.stringContaining('drained count\n') });
    await weir(['run', 'count.flow', '--until-caught-up'], { cwd });
    const other = await weir(['stop', 'changed.flow', '--drain'], { cwd });
    expect(other.code).toBe(4);
    expect(other.err).toContain('R547');
  });

  it('says that a drain was stopped, where it was, and not that there was nothing to drain', () => {
    const error = { code: 'R511', message: 'the run was stopped', hint: null };
    expect(drainOutcome({ left: 'drained' }, true)).toEqual({ how: 'drained', exit: 0 });
    expect(drainOutcome({ left: 'stopped' }, true)).toEqual({ how: 'stopped', exit: 130 });
    expect(drainOutcome({ left: 'stopped' }, false)).toEqual({ how: 'stopped', exit: 130 });
    expect(drainOutcome({ error }, true)).toEqual({ how: 'stopped', exit: 130 });
    expect(drainOutcome({ error: { ...error, code: 'R548' } }, false)).toEqual({ how: 'failed', exit: 4 });
    expect(drainOutcome({}, false)).toEqual({ how: 'ended', exit: 0 });
  });

  it('stops a process that has not come to its stream, at once', async () => {
    writeFileSync(
      at('long.flow'),
      `flow long v1
${SCHEMA}
source many = generate(20000000, entities: 20) { schema: Reading }
let sums = many | aggregate by: who { n = count() }
sink out = sums | write topic("sums")
`,
    );
    const begun = Promise.withResolvers<void>();
    const running = weir(['run', 'long.flow', '--workers', '1', '--json', '--log', 'long'], {
      cwd,
      seen: (_, __, text) => {
        if (text.includes('"state":"running"')) begun.resolve();
      },
    });
    await Promise.race([begun.promise, running]);
    expect(await weir(['stop', 'long.flow', '--log', 'long'], { cwd })).toMatchObject({ code: 0 });
    const run = await running;
    expect(run.code).toBe(130);
    expect(summaryOf(run)).toMatchObject({ ok: true, left: 'stopped' });
    expect(run.out).not.toContain('"job":"stream"');
  });

  it('takes its request back where the process that has the log does not hear it', async () => {
    let heard: Ended | null = null;
    writeFileSync(
      at('other.flow'),
      `flow other v1\n${SCHEMA}\nsource r = topic("readings") { schema: Reading, on_bad: fail }\nsink o = r | write topic("o")\n`,
    );
    await whileRunning([], async () => {
      heard = await weir(['stop', 'other.flow'], { cwd });
      await weir(['stop', 'count.flow'], { cwd });
    });
    expect(heard).toMatchObject({ code: 4 });
    expect((heard as Ended | null)?.err).toContain('R125');
  });
});
