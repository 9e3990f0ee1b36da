import { expect, it } from 'vitest';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import type { RunEvent } from '../../../src/engine/contract/progress.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import type { TaskStart } from '../../../src/engine/runtime/executor.ts';
import type { JobContext } from '../../../src/engine/runtime/job-context.ts';
import { withRestarts } from '../../../src/engine/runtime/restarts.ts';
import type { StreamTaskSpec } from '../../../src/engine/runtime/stream/stream-spec.ts';
import { runStreamTasks } from '../../../src/engine/runtime/stream/stream-tasks.ts';
import { hastyClock } from './support/run-plan.ts';

const lost = (code = 'R510', retriable = true) => new OperationalError(code, 'a worker ended', { retriable });

/** A run's surroundings that tell how long was waited, and how often it was said. */
function surroundings() {
  const waits: number[] = [];
  const restarts: RunEvent[] = [];
  const clock = { ...hastyClock(), sleep: async (ms: number) => void waits.push(ms) };
  return { waits, restarts, clock, signal: new AbortController().signal, tell: (e: RunEvent) => void restarts.push(e) };
}

it.each([
  ['a lost worker', lost(), [100, 200, 400, 800, 1_600]],
  ['a worker out of memory', lost('R512'), [100, 200]],
  ['what trying again does not mend', lost('R421', false), []],
])('%s: tried again a few times, waiting twice as long each time', async (_, error, waited) => {
  const world = surroundings();
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw error;
  };
  await expect(withRestarts(world, 'job', work)).rejects.toBe(error);
  expect(world.waits).toEqual(waited);
  expect(tries).toBe(waited.length + 1);
  expect(world.restarts).toEqual(
    waited.map((_, i) => ({ event: 'restart', task: 'job', attempt: i + 1, reason: error.code })),
  );
});

/** Lives of one stream task, each opened at a commit after so many rows, and lost. */
async function stream(commits: readonly number[], end: 'ends' | 'is lost') {
  const world = surroundings();
  const workers: number[] = [];
  const start = ({ worker, onNote }: TaskStart) => {
    const rowsIn = commits[workers.length];
    workers.push(worker);
    const counts = (rows: number) => [{ name: 'a', rowsIn: rows, rowsOut: 0, rejected: 0 }];
    onNote?.({ kind: 'counts', counts: counts(rowsIn), done: null, lag: null });
    // What has not been committed is no gain.
    onNote?.({ kind: 'counts', counts: counts(rowsIn + 99), done: null, lag: null });
    const isLast = end === 'ends' && workers.length === commits.length;
    const result = isLast ? Promise.resolve({ how: 'ended', counts: [], already: false }) : Promise.reject(lost());
    return { result, order: () => undefined, abort: () => undefined };
  };
  const context = { ...world, executor: { size: 2, start }, note: () => undefined, onStop: () => undefined };
  const spec = { chain: { id: 'a' }, partition: 0, input: { kind: 'splits' }, upstreams: [] };
  const run = runStreamTasks(
    context as unknown as JobContext,
    { kind: 'stream', id: 'stream', needs: [], chains: [] },
    createMemoryLog({ clock: world.clock }),
    [spec as unknown as StreamTaskSpec],
  );
  return { run, waits: world.waits, workers };
}

it('a task that has committed more since is given as many tries again, on the workers in turn', async () => {
  const { run, waits, workers } = await stream([0, 0, 0, 7, 7, 8], 'ends');
  expect(await run).toMatchObject([{ how: 'ended' }]);
  expect(waits).toEqual([100, 200, 400, 100, 200]);
  expect(workers).toEqual([0, 1, 0, 1, 0, 1]);
});

it('a task that commits nothing more is given up', async () => {
  const { run, waits } = await stream([5, 5, 5, 5, 5, 5, 5], 'is lost');
  await expect(run).rejects.toMatchObject({ code: 'R510' });
  expect(waits).toEqual([100, 200, 400, 800, 1_600]);
});
