import { MessageChannel } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { ModelContent } from '../contract/value.ts';
import type { TrainJob } from '../plan/physical.ts';
import type { PortRef, StageNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { earlierValue } from './earlier.ts';
import type { RunningTask } from './executor.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { inputsOf, jobKey } from './job-keys.ts';
import { partitionCount } from './learn-partitions.ts';
import { withRestarts } from './restarts.ts';
import type { Ready } from './sides.ts';
import { resultOf } from './table-driver.ts';
import type { TrainTaskSpec, ValueResult } from './task-spec.ts';
import { valueOutcome } from './value-driver.ts';

/** Places the fixed partitions of the training rows on workers; the lead's worker merges. */
export async function runTrainJob(context: JobContext, job: TrainJob): Promise<JobOutcome> {
  const { host, ready } = context;
  const key = jobKey(context, job, []);
  const known = await earlierValue(context, job.id, key);
  if (known !== null) return modelOutcome(context, job.node, known, known.about.counts, true);
  const table = tableOf(context, job.node.input);
  const [held] = Object.values(job.node.sides)
    .flat()
    .filter(ref => host.node(ref.node).ports[ref.port]?.kind === 'rows');
  const partitions = partitionCount(table.rows);
  const workers = Math.min(context.executor.size, partitions);
  const owned = Array.from({ length: workers }, (_, worker) =>
    Array.from({ length: partitions }, (_, p) => p).filter(p => p % workers === worker),
  );
  const spec = {
    kind: 'train',
    job,
    table,
    validation: held === undefined ? null : tableOf(context, held),
    partitions,
    ready,
    key,
    inputs: inputsOf(job, ready, []),
  } as const;
  const result = await withRestarts(context, job.id, () => learn(context, spec, owned));
  return modelOutcome(context, job.node, result, result.counts, false);
}

/** A model that was trained now, or by an earlier run: what its learner warns of is told either way. */
async function modelOutcome(
  context: JobContext,
  node: StageNode,
  { key, hash }: { readonly key: string; readonly hash: string },
  counts: JobOutcome['counts'],
  reused: boolean,
): Promise<JobOutcome> {
  const outcome = await valueOutcome(context, node, 'out', key, hash, counts, reused);
  const { content } = await context.host.sides.value({ kind: 'value', key, name: node.binding, hash, version: null });
  const { warnings = [] } = content.json as unknown as Partial<ModelContent>;
  for (const { code, message } of warnings) {
    context.tell({ event: 'warning', code, message: `${node.binding}: ${message}`, stage: node.binding });
  }
  return outcome;
}

function tableOf(context: JobContext, ref: PortRef): Extract<Ready, { kind: 'table' }> {
  const made = context.ready[portKey(ref)];
  assert(made?.kind === 'table', `${portKey(ref)} is no table`);
  return made;
}

async function learn(
  context: JobContext,
  spec: Omit<TrainTaskSpec, 'lead' | 'own' | 'others'>,
  owned: readonly (readonly number[])[],
): Promise<ValueResult> {
  const [own, ...others] = owned;
  const channels = others.map(() => new MessageChannel());
  const tasks: RunningTask[] = others.map((theirs, i) =>
    context.executor.start({
      spec: { ...spec, lead: false, own: theirs, others: [] },
      worker: i + 1,
      ports: [channels[i].port2],
    }),
  );
  const lead = context.executor.start({
    spec: { ...spec, lead: true, own, others },
    worker: 0,
    ports: channels.map(channel => channel.port1),
    onNote: note => context.note(spec.job.id, 'lead', note),
  });
  try {
    const [result] = await Promise.all([lead, ...tasks].map(task => resultOf(context, task)));
    return result as ValueResult;
  } catch (error) {
    for (const task of [lead, ...tasks]) task.abort();
    await Promise.allSettled([lead, ...tasks].map(task => task.result));
    throw error;
  }
}
