import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../../src/engine/base/clock.ts';
import { systemClock } from '../../../../src/engine/base/system-clock.ts';
import { rowsOfBatch } from '../../../../src/engine/columnar/rows.ts';
import type { LogReader } from '../../../../src/engine/contract/log.ts';
import type { RunEvent, RunSummary } from '../../../../src/engine/contract/progress.ts';
import { openLogView } from '../../../../src/engine/log/embedded/log-view.ts';
import type { Plan } from '../../../../src/engine/plan/plan.ts';
import type { Run, RunOptions } from '../../../../src/engine/runtime/run.ts';
import { startRun } from '../../../../src/engine/runtime/start-run.ts';
import { TopicCursor } from '../../../../src/engine/runtime/topic-cursor.ts';

export const catalogModule = fileURLToPath(new URL('./test-catalog.ts', import.meta.url));

export const realClock: Clock = systemClock;

/** Finds its time over at every look (`step` ms later), so that every batch is a commit; to sleep is to let others go on. */
export function hastyClock(step = 10): Clock {
  let elapsed = 0;
  return { now: () => 0, elapsed: () => (elapsed += step), sleep: () => new Promise(resolve => setImmediate(resolve)) };
}

export function runOptions(folder: string, options: Partial<RunOptions> = {}): RunOptions {
  return {
    workers: 0,
    partitions: 4,
    batchRows: 512,
    folder,
    catalogModule,
    extensions: [],
    fresh: false,
    untilCaughtUp: false,
    clock: realClock,
    ...options,
  };
}
export function start(plan: Plan, folder: string, options: Partial<RunOptions> = {}): Run {
  return startRun(plan, runOptions(folder, options));
}
export async function finish(
  plan: Plan,
  folder: string,
  options: Partial<RunOptions> = {},
): Promise<{ summary: RunSummary; events: RunEvent[] }> {
  const run = start(plan, folder, options);
  const events: RunEvent[] = [];
  run.events.subscribe(event => events.push(event));
  return { summary: await run.summary, events };
}

/** All rows of a topic as JSON texts, partition by partition. */
export async function rowsIn(log: LogReader, topic: string): Promise<string[]> {
  const info = await log.describe(topic);
  const rows: string[] = [];
  for await (const { batch } of new TopicCursor(log, info).upTo(info)) {
    for (const row of rowsOfBatch(batch)) rows.push(JSON.stringify(row));
  }
  return rows;
}
/** Those of the log in a folder, sorted. */
export async function topicRows(folder: string, topic: string): Promise<string[]> {
  const view = openLogView({ dir: `${folder}/log`, clock: realClock });
  try {
    return (await rowsIn(view, topic)).sort();
  } finally {
    await view.close();
  }
}
