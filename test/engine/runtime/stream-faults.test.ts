import { expect, it } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { decodeFrame } from '../../../src/engine/columnar/frame.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { Log } from '../../../src/engine/contract/log.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { noFaults } from '../../../src/engine/log/log-faults.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { openRegistry } from '../../../src/engine/models/registry.ts';
import { planPhysical } from '../../../src/engine/plan/physical-plan.ts';
import { operatorCatalog } from '../../../src/engine/runtime/catalog-module.ts';
import { inThreadExecutor } from '../../../src/engine/runtime/executor.ts';
import { inThreadContext } from '../../../src/engine/runtime/in-thread-context.ts';
import { memoryArtifacts } from '../../../src/engine/runtime/memory-artifacts.ts';
import { STAGE_BACKENDS } from '../../../src/engine/runtime/stage-backends.ts';
import { runStreamJob } from '../../../src/engine/runtime/stream/stream-driver.ts';
import { taskHost } from '../../../src/engine/runtime/task-host.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';
import { seededFaults } from '../../conformance/log/seeded-faults.ts';
import { numbers, planOf, rows, sink, stage, sumsSchema, whereK } from './support/plans.ts';
import { hastyClock, realClock } from './support/run-plan.ts';
import { loadCatalog } from './support/test-catalog.ts';

const COUNT = 1_500;
const plan = planOf([
  numbers('nums', 2, COUNT),
  whereK('some/where', 'nums', 2),
  sink('some', 'some/where', 'topic', { name: 'small' }, 'who'),
  stage('sums/running_sum', 'running_sum', 'nums', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
  sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
]);

const MOST_READS = 10_000;
/** To the very end: rows become readable a while after their commit. */
async function topic(log: Log, name: string): Promise<Record<string, unknown>[]> {
  const info = await log.describe(name);
  const { schema } = info.meta as unknown as { schema: Schema };
  const all: Record<string, unknown>[] = [];
  for (let partition = 0; partition < info.partitions; partition++) {
    let at = { topic: name, partition, offset: 0n };
    for (let reads = 0; reads < MOST_READS; reads++) {
      const { frames, next, end } = await log.read(at, { bytes: 1 << 20, waitMs: 50 });
      for (const frame of frames) all.push(...rowsOfBatch(decodeFrame(frame.body, schema)));
      at = { ...at, offset: next.offset };
      if (at.offset >= end) break;
    }
  }
  return all;
}

it.each([1, 2, 3, 4, 5, 6])('keeps every row, once, over a log that loses answers, seed %i', async seed => {
  const rates = { lostApplied: 0.08, lostDropped: 0.08, gap: 0.1, delay: 0.2, maxDelayMs: 4 };
  const log = createMemoryLog({ clock: realClock, faults: seededFaults(seededRng(seed), rates) });
  const catalog = await loadCatalog();
  const clock = hastyClock();
  const host = taskHost({
    plan,
    catalog,
    lookUp: operatorCatalog(catalog),
    artifacts: memoryArtifacts(),
    fuse: STAGE_BACKENDS.generated,
    clock,
    batchRows: 40,
    memoryState: createStateStore,
    log: async () => log,
  });
  let restarts = 0;
  const context = inThreadContext({
    host,
    executor: inThreadExecutor(host),
    registry: openRegistry('/nowhere', realClock),
    clock,
    partitions: 3,
    process: 'test',
    untilCaughtUp: false,
    signal: new AbortController().signal,
    ready: {},
    tell: event => {
      if (event.event === 'restart') restarts += 1;
    },
  });
  const [job] = planPhysical(plan, catalog).jobs;
  if (job.kind !== 'stream') throw new Error('a stream');
  const { counts } = await runStreamJob(context, job);
  expect(restarts).toBeGreaterThan(10);
  log.setFaults(noFaults);
  expect(counts.find(one => one.name === 'nums')).toMatchObject({ rowsIn: 2 * COUNT, rowsOut: 2 * COUNT });
  const small = (await topic(log, 'small')).map(row => Number(row['n'])).sort((a, b) => a - b);
  expect(small).toEqual(Array.from({ length: 2 * COUNT }, (_, n) => n).filter(n => n % 10 < 2));
  const sums = await topic(log, 'sums');
  expect(sums).toHaveLength(2 * COUNT);
  for (let who = 0; who < 50; who++) {
    const theirs = sums.filter(row => row['who'] === `p${who}`).map(row => Number(row['count']));
    expect(theirs).toEqual(Array.from({ length: (2 * COUNT) / 50 }, (_, i) => i + 1));
  }
});
