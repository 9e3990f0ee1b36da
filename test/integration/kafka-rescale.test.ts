import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKafkaLog } from '../../src/connectors/kafka/kafka-log.ts';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';
import { newestManifest } from '../../src/engine/runtime/stream/manifest-log.ts';
import { realClock } from '../conformance/log/real-clock.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';
import { isSummary, type RunningWeir, runningWeir, weir } from './support/running-weir.ts';

const reason = skipReason();
const TEST_MS = 300_000;
const ROWS = 200_000;
const folder = temporaryFolders();

const SCHEMA = 'schema Reading { who: string @entity, value: int in 0..100 }';
const FLOWS = {
  'make.flow': `flow make v1
${SCHEMA}
source made = generate(${ROWS}, seed: 4, entities: 3000) { schema: Reading }
sink readings = made | write topic("readings", partitions: 3), key: who
`,
  'count.flow': `flow count v1
${SCHEMA}
source readings = topic("readings") { schema: Reading, on_bad: fail }
sink counts = readings | aggregate by: who { n = count(), total = sum(value) } | write topic("counts"), key: who
`,
  // Some seconds of work before its stream.
  'long.flow': `flow long v1
${SCHEMA}
source many = generate(20000000, entities: 20) { schema: Reading }
let sums = many | aggregate by: who { n = count() }
sink out = sums | write topic("sums")
`,
};
/** A snapshot behind every commit: two make a purge. */
const env = { ...process.env, WEIR_SNAPSHOT_DELTAS: '1', WEIR_SESSION_TIMEOUT_MS: '6000' };

const run = (cwd: string, args: readonly string[], workers = 1): RunningWeir =>
  runningWeir(cwd, [...args, '--workers', String(workers), '--batch-rows', '500'], env);
const hasCounted = (event: RunEvent): boolean =>
  event.event === 'progress' && event.stage === 'counts' && event.rowsIn > 0;

/** Of the tasks of the one that was killed, too: each has made some snapshots by then. */
const isFarOn = (event: RunEvent): boolean =>
  event.event === 'progress' && event.stage === 'counts' && event.rowsIn >= ROWS * 0.8;

function call(cwd: string, args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [weir, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { out: stdout, err: stderr, code: status };
}
const rowsOf = (cwd: string, log: string, topic: string) =>
  call(cwd, ['topics', 'read', topic, '--json', '--sorted', '--log', log])
    .out.trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, number | string>);

/** Every reading counted once, in the order of its person's. */
function expectCounted(dir: string, log: string): void {
  const oracle = new Map<string, { n: number; total: number }>();
  for (const { who, value } of rowsOf(dir, log, 'readings')) {
    const one = oracle.get(String(who)) ?? { n: 0, total: 0 };
    oracle.set(String(who), { n: one.n + 1, total: one.total + Number(value) });
  }
  const seen = new Map<string, { n: number; total: number }[]>();
  for (const { who, n, total } of rowsOf(dir, log, 'counts')) {
    const theirs = seen.get(String(who)) ?? [];
    seen.set(String(who), theirs);
    theirs.push({ n: Number(n), total: Number(total) });
  }
  expect(seen.size).toBe(oracle.size);
  for (const [who, theirs] of seen) {
    theirs.sort((a, b) => a.n - b.n);
    expect(theirs.map(({ n }) => n)).toEqual(Array.from({ length: theirs.length }, (_, i) => i + 1));
    expect(theirs.at(-1)).toEqual(oracle.get(who));
  }
}

describe.skipIf(reason !== null)(`state of processes that share a flow over Kafka${skipNote(reason)}`, () => {
  const kafka = kafkaForTests({ brokers: 1 });

  it(
    'goes on from shared snapshots, is drained, and takes other partitions, though processes are killed',
    async () => {
      const dir = await folder();
      const at = (name: string) => join(dir, name);
      for (const name of ['one', 'two', 'three']) await mkdir(at(name));
      for (const [name, text] of Object.entries(FLOWS)) await writeFile(at(name), text);
      const log = `kafka://${kafka().bootstrap}/shared`;
      const over = ['--log', log, '--snapshots', at('snapshots')];
      const count = [at('count.flow'), ...over];
      expect(await run(at('one'), [at('make.flow'), '--log', log]).ended).toBe(0);

      const first = run(at('one'), count);
      await first.until(hasCounted);
      const second = run(at('two'), count);
      await second.until(hasCounted);
      first.signal('SIGKILL');
      await first.ended;
      await second.until(isFarOn);

      const stopped = call(at('three'), ['stop', ...count, '--drain', '--json']);
      expect(stopped.err).not.toContain('error');
      expect(JSON.parse(stopped.out)).toMatchObject({ flow: 'count', left: 'drained' });
      expect((JSON.parse(stopped.out) as { processes: unknown[] }).processes).toHaveLength(1);
      expect(await second.ended).toBe(130);
      expect(await second.until(isSummary)).toMatchObject({ ok: true, left: 'drained' });

      // Purged up to the older snapshot; whoever does not know where they are does not begin.
      const client = openKafkaLog({
        bootstrap: kafka().brokers.map(({ port }) => ({ host: '127.0.0.1', port })),
        clock: realClock,
        prefix: 'shared.',
      });
      const chains = Object.keys((await newestManifest(client, 'count'))?.tasks ?? {});
      const keyed = chains.find(chain => chain !== 'readings') ?? '';
      const whole = async () => {
        for await (const { next } of client.changelog({ flow: 'count', chain: keyed, partition: 0 }, 0n)) return next;
        return null;
      };
      await expect(whole()).rejects.toMatchObject({ code: 'gap' });
      const blind = call(at('three'), ['run', at('count.flow'), '--log', log, '--until-caught-up']);
      expect(blind.code).toBe(4);
      expect(blind.err).toContain('R124');
      // It had begun: what was drained is not any more.
      expect(call(at('three'), ['stop', ...count, '--drain']).code).toBe(0);

      // Killed as it begins to move the state, and as it has just done so.
      const moving = run(at('one'), [...count, '--partitions', '7']);
      await moving.until(event => event.event === 'job' && event.job === 'stream');
      await realClock.sleep(700);
      moving.signal('SIGKILL');
      await moving.ended;
      const moved = run(at('two'), [...count, '--partitions', '7']);
      await moved.until(event => event.event === 'warning' && event.code === 'R549').catch(() => undefined);
      moved.signal('SIGKILL');
      await moved.ended;
      const last = run(at('one'), [...count, '--until-caught-up']);
      const summary = (await last.until(isSummary)) as RunSummary;
      expect(summary.error).toBeUndefined();
      expect(Object.values((await newestManifest(client, 'count'))?.tasks ?? {}).sort()).toEqual([3, 7]);
      expect(call(at('three'), ['run', ...count, '--partitions', '4']).err).toContain('R544');
      await client.close();

      expect(summary.stages.find(({ name }) => name === 'counts')?.rows_in).toBe(ROWS);
      expectCounted(dir, log);
    },
    TEST_MS,
  );

  it(
    'is told of by whoever asks it to stop, standing still or before its stream',
    async () => {
      const dir = await folder();
      for (const [name, text] of Object.entries(FLOWS)) await writeFile(join(dir, name), text);
      const log = `kafka://${kafka().bootstrap}/asked`;
      const count = [join(dir, 'count.flow'), '--log', log];
      expect(await run(dir, [join(dir, 'make.flow'), '--log', log]).ended).toBe(0);
      const frozen = run(dir, count);
      await frozen.until(hasCounted);
      frozen.signal('SIGSTOP');
      const asked = call(dir, ['stop', ...count]);
      expect(asked).toMatchObject({ code: 4 });
      expect(asked.err).toContain('R126');
      expect(asked.err).toMatch(new RegExp(`process ${frozen.pid} on .* does not answer`));
      frozen.signal('SIGCONT');
      expect(await frozen.ended).toBe(130);

      const early = run(dir, [join(dir, 'long.flow'), '--log', log]);
      await early.until(event => event.event === 'job' && event.job === 'sums');
      const stopped = call(dir, ['stop', join(dir, 'long.flow'), '--log', log]);
      expect(stopped.out).toMatch(/^process \d+ on .*: stopped\n$/);
      expect(await early.ended).toBe(130);
      expect(await early.until(isSummary)).toMatchObject({ ok: true, left: 'stopped' });
    },
    TEST_MS,
  );

  it(
    'goes on at any number of workers',
    async () => {
      const dir = await folder();
      for (const [name, text] of Object.entries(FLOWS)) await writeFile(join(dir, name), text);
      const log = `kafka://${kafka().bootstrap}/workers`;
      const count = [join(dir, 'count.flow'), '--log', log];
      expect(await run(dir, [join(dir, 'make.flow'), '--log', log]).ended).toBe(0);
      for (const workers of [1, 3]) {
        const running = run(dir, count, workers);
        await running.until(hasCounted);
        const { out, code } = call(dir, ['stop', ...count]);
        expect(out).toMatch(/^process \d+ on .*: stopped\n$/);
        expect(code).toBe(0);
        expect(await running.ended).toBe(130);
        expect(await running.until(isSummary)).toMatchObject({ ok: true, left: 'stopped' });
      }
      const last = run(dir, [...count, '--until-caught-up'], 2);
      expect(await last.until(isSummary)).toMatchObject({ ok: true });
      expectCounted(dir, log);
      expect(call(dir, ['stop', ...count]).out).toBe('count is not running\n');
    },
    TEST_MS,
  );
});
