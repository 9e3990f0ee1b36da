import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import type { RunSummary } from '../../src/engine/contract/progress.ts';
import type { Plan } from '../../src/engine/plan/plan.ts';
import { numbers, planOf, rows, sink, stage, sumsSchema, whereK } from '../engine/runtime/support/plans.ts';
import { topicRows } from '../engine/runtime/support/run-plan.ts';

const child = fileURLToPath(new URL('../engine/runtime/support/run-child.ts', import.meta.url));
const MAX_KILLS = 8;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-kill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Two sinks: rows that pass a filter, and running sums by person behind an exchange. */
function plan(): Plan {
  return planOf([
    numbers('nums', 3, 90_000),
    whereK('some/where', 'nums', 2),
    sink('some', 'some/where', 'topic', { name: 'small' }, 'who'),
    stage('sums/running_sum', 'running_sum', 'nums', { by: 'who', of: 'k' }, { out: rows(sumsSchema, false) }),
    sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
  ]);
}

interface Kill {
  /** Signs of progress to wait for, and how long after the last of them. */
  readonly signs: number;
  readonly afterMs: number;
}
/** Runs the flow; null where it was killed first. */
async function run(dir: string, workers: number, kill: Kill | null): Promise<RunSummary | null> {
  const process_ = spawn(process.execPath, [child, join(folder, 'plan.json'), dir, String(workers), '64'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const exited = new Promise<number | null>(resolve => process_.once('exit', code => resolve(code)));
  const reading = (async () => {
    for await (const line of createInterface({ input: process_.stdout })) {
      lines.push(line);
      if (kill !== null && lines.length === kill.signs) void delay(kill.afterMs).then(() => process_.kill('SIGKILL'));
    }
  })();
  const code = await exited;
  await reading;
  if (code === null) return null;
  expect(code, lines.join('\n')).toBe(0);
  return JSON.parse(lines.at(-1) ?? '') as RunSummary;
}

it('commits the same rows however often it is killed, and at whatever worker count it starts again', async () => {
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan()));
  const whole = await run(join(folder, 'whole'), 2, null);
  const rng = seededRng(7);
  const killed = join(folder, 'killed');
  const rowsAt: number[] = [];
  let summary: RunSummary | null = null;
  while (rowsAt.length < MAX_KILLS && summary === null) {
    summary = await run(killed, rng.below(4), { signs: 1 + rng.below(2), afterMs: rng.below(150) });
    if (summary === null) rowsAt.push((await topicRows(killed, 'sums').catch(() => [])).length);
  }
  summary ??= await run(killed, 2, null);
  // It was killed in mid-stream, several times.
  expect(new Set(rowsAt).size, `rows at each kill: ${rowsAt}`).toBeGreaterThan(3);
  expect(counts(summary)).toEqual(counts(whole));
  for (const topic of ['small', 'sums']) {
    const expected = await topicRows(join(folder, 'whole'), topic);
    const rowsNow = await topicRows(killed, topic);
    expect(rowsNow.length).toBe(expected.length);
    if (topic === 'small') expect(rowsNow).toEqual(expected);
    else expect(finals(rowsNow)).toEqual(finals(expected));
  }
}, 240_000);

/** Rows by stage. A run killed between its last commit and its end has nothing left to do, and says that an earlier one did it. */
function counts(summary: RunSummary | null): unknown {
  return summary?.stages.map(({ reused: _, ...stage }) => stage);
}

/** By person, the row that has counted the most. */
function finals(texts: readonly string[]): Map<string, unknown> {
  const last = new Map<string, { count: number }>();
  for (const one of texts) {
    const row = JSON.parse(one) as { who: string; count: number };
    if ((last.get(row.who)?.count ?? 0) < row.count) last.set(row.who, row);
  }
  return last;
}
