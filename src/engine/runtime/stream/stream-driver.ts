import { OperationalError } from '../../base/operational-error.ts';
import type { StageCount } from '../../contract/artifact.ts';
import type { Log, TaskId } from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { StreamJob } from '../../plan/physical.ts';
import { sinksOf } from '../../plan/refs.ts';
import type { JobContext, JobOutcome } from '../job-context.ts';
import { Leaving } from './leaving.ts';
import { appendFrame, type ManifestState, readManifests, writeManifest } from './manifest-log.ts';
import { Placement } from './placement.ts';
import { SESSION_MS } from './running-processes.ts';
import { settleManifest } from './settle-manifest.ts';
import { inputOf, upstreamsOf } from './stream-inputs.ts';
import { generationName, type StreamManifest } from './stream-manifest.ts';
import { type StreamResult, type StreamTaskSpec, type TargetTopic, taskLabel } from './stream-spec.ts';
import { runStreamTasks } from './stream-tasks.ts';
import { dropExchanges, makeTopics } from './stream-topics.ts';
import { numbersOf } from './task-record.ts';
import { watchManifests } from './watch-manifests.ts';

/** Runs the chains of a flow over the log until all have ended, or as far as the run is told to. */
export async function runStreamJob(context: JobContext, job: StreamJob): Promise<JobOutcome> {
  const log = await context.host.log();
  const { manifest, state } = await settleManifest(context, job, log);
  if (context.drain && manifest.drained !== undefined) {
    return { ready: {}, counts: [], reused: true, sinks: {}, left: 'drained' };
  }
  await context.early?.handOver();
  context.signal.throwIfAborted();
  const leaving = new Leaving();
  const over = new AbortController();
  const flow = context.host.plan.flow.name;
  if (state.drain !== null) leaving.drain(state.drain.offset);
  else if (context.drain) await appendFrame(log, flow, { request: 'drain', id: `by ${context.process}` });
  const leave = watchManifests({
    log,
    clock: context.clock,
    flow,
    manifest,
    state,
    process: context.process,
    leaving,
    takeRequest: () => context.takeRequest(flow),
    ...(context.lookMs === undefined ? {} : { lookMs: context.lookMs }),
    signal: AbortSignal.any([context.signal, over.signal]),
  });
  let how = 'failed';
  try {
    const outcome = await runTasks(context, job, log, manifest, state, leaving);
    how = outcome.left ?? 'ended';
    return outcome;
  } finally {
    over.abort();
    await leave(how).catch(() => undefined);
  }
}

async function runTasks(
  context: JobContext,
  job: StreamJob,
  log: Log,
  manifest: StreamManifest,
  state: ManifestState,
  leaving: Leaving,
): Promise<JobOutcome> {
  const { host } = context;
  const flow = generationName(host.plan.flow.name, manifest.generation);
  const topics = await makeTopics(context, job, log, manifest);
  const specs: StreamTaskSpec[] = [];
  for (const chain of job.chains) {
    for (let partition = 0; partition < manifest.tasks[chain.id]; partition++) {
      specs.push({
        kind: 'stream',
        flow,
        stream: manifest.stream ?? null,
        generation: manifest.generation,
        planHash: manifest.planHash,
        tasks: manifest.tasks,
        upgrade: manifest.upgrade ?? 0,
        drops: manifest.drops ?? [],
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
    const results = await runStreamTasks(context, job, log, specs, before, placement, leaving);
    const counts = new StageCounts();
    for (const result of results) counts.addAll(result.counts);
    if (results.every(result => result.how === 'ended')) await dropExchanges(job, log, topics);
    const left = await leftAs(context, log, manifest, state, results, leaving);
    const already = results.length > 0 && results.every(result => result.how === 'ended' && result.already);
    if (already) {
      context.tell({
        event: 'warning',
        code: 'R541',
        message: 'this flow has run over its whole input before; nothing was left to do (--fresh runs it anew)',
        stage: null,
      });
    }
    return {
      ready: {},
      counts: counts.list(),
      reused: already,
      sinks: sinkDetails(job, counts, topics),
      ...(left === null ? {} : { left }),
    };
  } finally {
    await membership.leave().catch(() => undefined);
  }
}

/** How the stream left off, where that was asked of it; the manifest tells of a drain that has come to its end. */
async function leftAs(
  context: JobContext,
  log: Log,
  manifest: StreamManifest,
  state: ManifestState,
  results: readonly StreamResult[],
  leaving: Leaving,
): Promise<'stopped' | 'drained' | null> {
  const { draining } = leaving;
  const isDrained = draining !== null && results.every(({ how }) => how === 'ended' || how === 'drained');
  if (results.every(({ how }) => how === 'ended')) return null;
  if (isDrained) {
    const flow = context.host.plan.flow.name;
    // Every process of the flow comes here; the first one writes it, unless somebody goes on with the stream by now.
    await writeManifest(log, flow, state, { ...manifest, drained: draining });
    if ((await readManifests(log, flow, state)).manifest?.drained === draining) return 'drained';
  } else if (!leaving.hasGivenUp) return leaving.isStopping ? 'stopped' : null;
  throw new OperationalError(
    'R548',
    `flow ${context.host.plan.flow.name} was not drained: it goes on in another process`,
    {
      hint: 'stop that process, or drain again: weir stop FLOW --drain',
    },
  );
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
    member: context.process,
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
