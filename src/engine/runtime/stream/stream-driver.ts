import { OperationalError } from '../../base/operational-error.ts';
import type { Millis } from '../../base/units.ts';
import type { StageCount } from '../../contract/artifact.ts';
import type { Log, TaskId } from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { StreamJob } from '../../plan/physical.ts';
import { sinksOf } from '../../plan/refs.ts';
import type { JobContext, JobOutcome } from '../job-context.ts';
import { Placement } from './placement.ts';
import { settleManifest } from './settle-manifest.ts';
import { inputOf, upstreamsOf } from './stream-inputs.ts';
import { generationName, type StreamManifest } from './stream-manifest.ts';
import { type StreamTaskSpec, type TargetTopic, taskLabel } from './stream-spec.ts';
import { runStreamTasks } from './stream-tasks.ts';
import { dropExchanges, makeTopics } from './stream-topics.ts';
import { numbersOf } from './task-record.ts';

/** A process that says nothing for so long is taken for dead, and its tasks go to others. */
const SESSION_MS: Millis = 10_000;

/** Runs the chains of a flow over the log until all have ended, or as far as the run is told to. */
export async function runStreamJob(context: JobContext, job: StreamJob): Promise<JobOutcome> {
  const { host } = context;
  const log = await host.log();
  const manifest = await settleManifest(context, job, log);
  const flow = generationName(host.plan.flow.name, manifest.generation);
  const topics = await makeTopics(context, job, log, manifest);
  const specs: StreamTaskSpec[] = [];
  for (const chain of job.chains) {
    for (let partition = 0; partition < manifest.tasks[chain.id]; partition++) {
      specs.push({
        kind: 'stream',
        flow,
        stream: manifest.stream ?? null,
        planHash: manifest.planHash,
        chain,
        partition,
        input: await inputOf(context, log, chain, partition, manifest, topics),
        topics,
        upstreams: upstreamsOf(chain, manifest),
        models: modelsOf(context),
        ready: context.ready,
      });
    }
  }
  const before = await countsBefore(log, specs);
  const placement = new Placement();
  const membership = await joinGroup(context, log, flow, manifest, specs, placement);
  try {
    const results = await runStreamTasks(context, job, log, specs, before, placement);
    const counts = new StageCounts();
    for (const result of results) counts.addAll(result.counts);
    if (results.every(result => result.how === 'ended')) await dropExchanges(job, log, topics);
    const already = results.length > 0 && results.every(result => result.already);
    if (already) {
      context.tell({
        event: 'warning',
        code: 'R541',
        message: 'this flow has run over its whole input before; nothing was left to do (--fresh runs it anew)',
        stage: null,
      });
    }
    return { ready: {}, counts: counts.list(), reused: already, sinks: sinkDetails(job, counts, topics) };
  } finally {
    await membership.leave().catch(() => undefined);
  }
}

/**
 * What the tasks had counted before this run, where it is not to be told again: standard input is other input each time. Of
 * input that is read on the whole is told.
 */
async function countsBefore(
  log: Log,
  specs: readonly StreamTaskSpec[],
): Promise<ReadonlyMap<string, readonly StageCount[]>> {
  const before = new Map<string, readonly StageCount[]>();
  if (specs.every(({ input }) => input.kind !== 'splits' || input.bounded)) return before;
  for (const { flow, chain, partition } of specs) {
    const last = await log.last({ flow, chain: chain.id, partition });
    before.set(taskLabel(chain.id, partition), numbersOf(last).stages);
  }
  return before;
}

function modelsOf(context: JobContext): Readonly<Record<string, string>> {
  const models: Record<string, string> = {};
  for (const made of Object.values(context.ready)) {
    if (made.kind === 'value' && made.version !== null) models[made.name] = made.version;
  }
  return models;
}

/** The group places the tasks; where this process is alone all come to it. Resolves once some have been placed, or none. */
async function joinGroup(
  context: JobContext,
  log: Log,
  flow: string,
  manifest: StreamManifest,
  specs: readonly StreamTaskSpec[],
  placement: Placement,
): Promise<{ leave(): Promise<void> }> {
  const tasks: TaskId[] = specs.map(spec => ({ flow, chain: spec.chain.id, partition: spec.partition }));
  const group = {
    flow,
    planHash: manifest.planHash,
    tasks,
    member: 'weir',
    sessionTimeoutMs: context.sessionTimeout ?? SESSION_MS,
  };
  return new Promise((resolve, reject) => {
    const assigned = new Promise<void>(done => {
      log
        .join(group, assignment => {
          placement.assign(assignment.tasks.map(task => taskLabel(task.chain, task.partition)));
          done();
        })
        .then(membership => {
          void membership.lost?.then(why => placement.lose(why));
          return assigned.then(() => resolve(membership));
        })
        .catch(reject);
    });
    context.signal.addEventListener('abort', () => reject(new OperationalError('R511', 'the run was stopped')), {
      once: true,
    });
  });
}

function sinkDetails(
  job: StreamJob,
  counts: StageCounts,
  topics: Readonly<Record<string, TargetTopic>>,
): NonNullable<JobOutcome['sinks']> {
  const rows = new Map(counts.list().map(count => [count.name, count.rowsOut]));
  return Object.fromEntries(
    sinksOf(job.chains).map(({ binding, delivery, id }) => {
      const topic = topics[id]?.name;
      return [binding, { rows: rows.get(binding) ?? 0, delivery, ...(topic === undefined ? {} : { topic }) }];
    }),
  );
}
