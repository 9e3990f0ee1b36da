import { expect, it } from 'vitest';
import type { Log, TaskId } from '../../../src/engine/contract/log.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { planPhysical } from '../../../src/engine/plan/physical-plan.ts';
import { operatorCatalog } from '../../../src/engine/runtime/catalog-module.ts';
import { boundLog } from '../../../src/engine/runtime/log-over.ts';
import { memoryArtifacts } from '../../../src/engine/runtime/memory-artifacts.ts';
import { STAGE_BACKENDS } from '../../../src/engine/runtime/stage-backends.ts';
import { ensureManifests, writeManifest } from '../../../src/engine/runtime/stream/manifest-log.ts';
import type { StreamTaskSpec } from '../../../src/engine/runtime/stream/stream-spec.ts';
import { runStreamTask } from '../../../src/engine/runtime/stream/stream-task.ts';
import { taskHost } from '../../../src/engine/runtime/task-host.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';
import { record } from '../../conformance/log/helpers.ts';
import { emptyManifest } from './support/empty-manifest.ts';
import { numbers, numbersSchema, planOf, rows, sink, stage, sumsSchema } from './support/plans.ts';
import { realClock } from './support/run-plan.ts';
import { loadCatalog } from './support/test-catalog.ts';

const EXCHANGE = 'weir.test_flow.1.sums';
const plan = planOf([
  numbers('nums', 1, 10),
  stage('sums/running_sum', 'running_sum', 'nums', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
  sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
]);

/** A task whose first read is under way while `meanwhile` happens to its log. */
async function waiting(meanwhile: (log: Log, task: TaskId) => Promise<void>): Promise<unknown> {
  const log = createMemoryLog({ clock: realClock });
  const hasHappened = Promise.withResolvers<void>();
  const slow: Log = {
    ...boundLog(log),
    read: async (at, max) => {
      if (at.topic === EXCHANGE) await hasHappened.promise;
      return log.read(at, max);
    },
  };
  await log.ensureTopics([{ name: EXCHANGE, partitions: 1, internal: true }]);
  await writeManifest(log, 'test_flow', await ensureManifests(log, 'test_flow'), emptyManifest);
  const catalog = await loadCatalog();
  const host = taskHost({
    plan,
    catalog,
    lookUp: operatorCatalog(catalog),
    artifacts: memoryArtifacts(),
    fuse: STAGE_BACKENDS.generated,
    clock: realClock,
    batchRows: 8,
    memoryState: createStateStore,
    log: async () => slow,
  });
  const [job] = planPhysical(plan, catalog).jobs;
  if (job.kind !== 'stream') throw new Error('a stream');
  const chain = job.chains.find(one => one.input.kind === 'exchange');
  if (chain === undefined) throw new Error('an exchange');
  const spec: StreamTaskSpec = {
    kind: 'stream',
    flow: 'test_flow',
    stream: 'test_flow',
    generation: emptyManifest.generation,
    planHash: emptyManifest.planHash,
    tasks: emptyManifest.tasks,
    upgrade: 0,
    drops: [],
    chain,
    partition: 0,
    input: { kind: 'exchange', topic: EXCHANGE, schema: numbersSchema },
    topics: { sums: { name: 'sums', partitions: 1 } },
    upstreams: ['nums/0'],
    models: {},
    ready: {},
  };
  const isOpen = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const run = { host, ports: [], signal, tell: () => isOpen.resolve(), onOrder: () => {} };
  const ended = runStreamTask(run, spec).catch((error: unknown) => error);
  await isOpen.promise;
  await meanwhile(log, { flow: spec.flow, chain: chain.id, partition: 0 });
  hasHappened.resolve();
  return ended;
}

async function overtake(log: Log, task: TaskId): Promise<void> {
  const heir = await log.open(task);
  await heir.commit({ record: { ...record, ended: true }, outputs: [], deltas: [] });
}
const gone = (log: Log) => log.deleteTopics([EXCHANGE]);
async function purged(log: Log): Promise<void> {
  const at = { topic: EXCHANGE, partition: 0 };
  await log.append(at, [new Uint8Array(8), new Uint8Array(8)]);
  await log.purge(at, 2n);
}

it.each([
  ['has been passed on', purged],
  ['is no longer needed', gone],
])('a task that does not know yet that it has another owner is fenced when its input %s', async (_, happens) => {
  const error = await waiting(async (log, task) => {
    await overtake(log, task);
    await happens(log);
  });
  expect(error).toMatchObject({ code: 'fenced' });
});

it('input that goes from under its owner stays an error', async () => {
  expect(await waiting(gone)).toMatchObject({ code: 'no-topic' });
  expect(await waiting(purged)).toMatchObject({ code: 'gap' });
});
