import type { Json } from '../base/json.ts';
import type { ValueJob } from '../plan/physical.ts';
import type { StageNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { earlierValue } from './earlier.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { inputsOf, jobKey } from './job-keys.ts';
import { splitsOf } from './read-split.ts';
import { withRestarts } from './restarts.ts';
import { partsOf, resultOf } from './table-driver.ts';
import type { ValueResult } from './task-spec.ts';

/** One task over all rows, to one value; or the value that is there. */
export async function runValueJob(context: JobContext, job: ValueJob): Promise<JobOutcome> {
  const { host, ready } = context;
  const { input } = job.chain;
  const splits = input.kind === 'source' ? await splitsOf(host, input.source, context.signal) : [];
  const key = jobKey(context, job, splits);
  const port = job.prepare ? 'prepared' : 'out';
  const known = await earlierValue(context, job.id, key);
  if (known !== null) return valueOutcome(context, job.node, port, known.key, known.hash, known.about.counts, true);
  const [part] = partsOf({ ...job.chain, spread: 'single' }, ready, splits);
  const spec = { kind: 'value', job, part, ready, key, jobKey: key, inputs: inputsOf(job, ready, splits) } as const;
  const result = await withRestarts(context, job.id, () =>
    context.slots.use(async worker => {
      const task = context.executor.start({ spec, worker, onNote: note => context.note(job.id, '0', note) });
      return (await resultOf(context, task)) as ValueResult;
    }),
  );
  return valueOutcome(context, job.node, port, result.key, result.hash, result.counts, false);
}

/** A value as what its port's type says it is: reports and models are told of in the summary too. */
export async function valueOutcome(
  context: JobContext,
  node: StageNode,
  port: string,
  key: string,
  hash: string,
  counts: JobOutcome['counts'],
  reused: boolean,
): Promise<JobOutcome> {
  const made = { kind: 'value', key, name: node.binding, hash, version: null } as const;
  const outcome = { ready: { [portKey({ node: node.id, port })]: made }, counts, reused };
  const type = node.ports[port];
  if (type?.kind === 'model') return { ...outcome, models: { [node.binding]: { hash, version: null } } };
  if (type?.kind !== 'report') return outcome;
  const { content } = await context.host.sides.value(made);
  return { ...outcome, reports: { [node.binding]: metricsOf(content.json) } };
}

function metricsOf(json: Json): Readonly<Record<string, Json>> {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return {};
  const report = json as Readonly<Record<string, Json>>;
  const { metrics } = report;
  if (metrics === null || typeof metrics !== 'object' || Array.isArray(metrics)) return report;
  return metrics as Readonly<Record<string, Json>>;
}
