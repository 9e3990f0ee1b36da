import { assert } from '../../base/assert.ts';
import { OperationalError } from '../../base/operational-error.ts';
import type { Split } from '../../contract/connector.ts';
import type { Log, TaskId } from '../../contract/log.ts';
import type { Schema } from '../../contract/types.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { DEAD_LETTER_SCHEMA, sourceBehind } from '../dead-letters.ts';
import type { JobContext, JobOutcome } from '../job-context.ts';
import { planHash } from '../job-keys.ts';
import { portKey } from '../port-key.ts';
import { sourceOf, splitsOf } from '../read-split.ts';
import { visibleSchema } from '../table-outputs.ts';
import {
  assertSameInputs,
  generationName,
  readManifest,
  type StreamManifest,
  writeManifest,
} from './stream-manifest.ts';
import { type StreamInput, type StreamTaskSpec, type TargetTopic, taskLabel } from './stream-spec.ts';
import { runStreamTasks } from './stream-tasks.ts';

/** Runs the chains of a flow over the log until all have ended, or as far as the run is told to. */
export async function runStreamJob(context: JobContext, job: StreamJob): Promise<JobOutcome> {
  const { host } = context;
  const log = await host.log();
  const manifest = await settleManifest(context, job, log);
  const flow = generationName(host.plan.flow.name, manifest.generation);
  const topics = await makeTopics(context, job, log, manifest, flow);
  const specs: StreamTaskSpec[] = [];
  for (const chain of job.chains) {
    for (let partition = 0; partition < manifest.tasks[chain.id]; partition++) {
      specs.push({
        kind: 'stream',
        flow,
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
  const membership = await joinGroup(context, log, flow, manifest, specs);
  try {
    const results = await runStreamTasks(context, job, log, specs);
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
    return { ready: {}, counts: counts.list(), reused: already, sinks: sinksOf(job, counts, topics) };
  } finally {
    await membership.leave().catch(() => undefined);
  }
}

/** Nobody will read them again; a task that has ended does not need its input to say so. */
async function dropExchanges(job: StreamJob, log: Log, topics: Readonly<Record<string, TargetTopic>>): Promise<void> {
  const outputs = job.chains.flatMap(chain => chain.outputs);
  const exchanges = outputs.flatMap(output => (output.kind === 'exchange' ? [topics[output.topic].name] : []));
  if (exchanges.length > 0) await log.deleteTopics(exchanges);
}

/** The manifest in force: the one in the log, or a new one, written before any task starts. */
async function settleManifest(context: JobContext, job: StreamJob, log: Log): Promise<StreamManifest> {
  const { host } = context;
  const { name, version } = host.plan.flow;
  const before = await readManifest(log, name);
  const hash = planHash(host.plan.nodes);
  const fresh = { ...(await inputsNow(context, job, log, before)), planHash: hash, flowVersion: version };
  if (before === null || context.fresh) {
    if (before !== null) await dropGeneration(log, name, before);
    const manifest = { ...fresh, generation: (before?.generation ?? 0) + 1 };
    await writeManifest(log, name, manifest);
    return manifest;
  }
  const now = { ...fresh, generation: before.generation, tasks: { ...fresh.tasks, ...keptTasks(before, fresh) } };
  const isOver = await hasEnded(log, name, before);
  if (before.planHash === hash && !(isOver && isForTheEye(context, job))) {
    assertSameInputs(before, now);
    return before;
  }
  if (isOver) {
    const manifest = { ...fresh, generation: before.generation + 1 };
    await writeManifest(log, name, manifest);
    return manifest;
  }
  if (version <= before.flowVersion) {
    throw new OperationalError('R542', `flow ${name} has changed since this stream began, and its version has not`, {
      hint: `raise it to v${before.flowVersion + 1} to go on with what the stream holds, or begin anew with --fresh`,
    });
  }
  assertSameInputs(before, now);
  await writeManifest(log, name, now);
  return now;
}

/** The exchanges of a stream that is given up. */
async function dropGeneration(log: Log, name: string, manifest: StreamManifest): Promise<void> {
  const prefix = `weir.${generationName(name, manifest.generation)}.`;
  const exchanges = (await log.topics()).filter(info => info.internal && info.name.startsWith(prefix));
  const names = exchanges.map(info => info.name).filter(topic => topic !== `weir.${name}.manifest`);
  if (names.length > 0) await log.deleteTopics(names);
}

/** Chains keep their number of tasks over versions: their state and positions are per task. */
function keptTasks(before: StreamManifest, now: Pick<StreamManifest, 'tasks'>): Record<string, number> {
  return Object.fromEntries(Object.entries(before.tasks).filter(([chain]) => chain in now.tasks));
}

async function inputsNow(
  context: JobContext,
  job: StreamJob,
  log: Log,
  before: StreamManifest | null,
): Promise<Pick<StreamManifest, 'tasks' | 'splits' | 'tables'>> {
  const { host, partitions } = context;
  const tasks: Record<string, number> = {};
  const splits: Record<string, readonly Split[]> = {};
  const tables: Record<string, string> = {};
  for (const chain of job.chains) {
    const { input } = chain;
    if (input.kind === 'source' || isGiven(context, chain)) {
      assert(input.kind === 'source' || input.kind === 'topic', 'rows are given for sources');
      splits[input.source.id] = await splitsOf(host, input.source, context.signal);
      tasks[chain.id] = Math.max(1, Math.min(partitions, splits[input.source.id].length));
    } else if (input.kind === 'table') {
      const made = context.ready[portKey(input.ref)];
      assert(made?.kind === 'table', `table ${portKey(input.ref)} is not ready`);
      tables[portKey(input.ref)] = made.key;
      tasks[chain.id] = 1;
    } else if (input.kind === 'topic') tasks[chain.id] = await topicPartitions(log, input.topic);
    else tasks[chain.id] = isSingle(job, chain) ? 1 : (before?.tasks[chain.id] ?? partitions);
  }
  return { tasks, splits, tables };
}

function isGiven(context: JobContext, chain: Chain): boolean {
  return chain.input.kind === 'topic' && context.host.injected?.has(chain.input.source.id) === true;
}
function isSingle(job: StreamJob, chain: Chain): boolean {
  const { input } = chain;
  if (input.kind !== 'exchange') return false;
  return job.chains.some(other =>
    other.outputs.some(output => output.kind === 'exchange' && output.topic === input.topic && output.single),
  );
}
async function topicPartitions(log: Log, topic: string): Promise<number> {
  const known = (await log.topics()).find(info => info.name === topic);
  if (known !== undefined) return known.partitions;
  throw new OperationalError('R111', `there is no topic "${topic}" in this log`, {
    hint: 'see what there is: weir topics list',
  });
}

/** All its sinks are consoles: nothing is kept of an earlier run, so that one does not make this one superfluous. */
function isForTheEye(context: JobContext, job: StreamJob): boolean {
  const outputs = job.chains.flatMap(chain => chain.outputs);
  return outputs.every(
    output =>
      output.kind === 'exchange' ||
      (output.kind === 'sink' && context.host.catalog.sinks.get(output.sink.connector.connector)?.nature === 'console'),
  );
}

async function hasEnded(log: Log, name: string, manifest: StreamManifest): Promise<boolean> {
  const flow = generationName(name, manifest.generation);
  for (const [chain, count] of Object.entries(manifest.tasks)) {
    for (let partition = 0; partition < count; partition++) {
      const task = await log.open({ flow, chain, partition });
      const isEnded = task.last?.ended === true;
      await task.close();
      if (!isEnded) return false;
    }
  }
  return true;
}

/** Exchanges, the topics of sinks and of dead letters: made where missing. By exchange topic or sink id. */
async function makeTopics(
  context: JobContext,
  job: StreamJob,
  log: Log,
  manifest: StreamManifest,
  flow: string,
): Promise<Readonly<Record<string, TargetTopic>>> {
  const { host, partitions } = context;
  const known = new Map((await log.topics()).map(info => [info.name, info.partitions]));
  const topics: Record<string, TargetTopic> = {};
  const ensure = async (name: string, wanted: number, options: { internal?: boolean; schema?: Schema }) => {
    const count = known.get(name) ?? wanted;
    if (!known.has(name)) {
      const meta = options.schema === undefined ? {} : { meta: { schema: options.schema as never } };
      await log.ensureTopics([{ name, partitions: count, internal: options.internal === true, ...meta }]);
      known.set(name, count);
    }
    return { name, partitions: count };
  };
  for (const chain of job.chains) {
    for (const output of chain.outputs) {
      if (output.kind === 'exchange') {
        const reader = job.chains.find(one => one.input.kind === 'exchange' && one.input.topic === output.topic);
        assert(reader !== undefined, `exchange ${output.topic} has no reader`);
        const name = exchangeName(output.topic, host.plan.flow.name, flow);
        topics[output.topic] = await ensure(name, manifest.tasks[reader.id], { internal: true });
        assert(
          topics[output.topic].partitions === manifest.tasks[reader.id],
          'an exchange has its reader’s partitions',
        );
      }
      if (output.kind !== 'sink') continue;
      if (host.catalog.sinks.get(output.sink.connector.connector)?.nature !== 'log') continue;
      const input = host.node(output.sink.input.node).ports[output.sink.input.port];
      assert(input?.kind === 'rows', `sink ${output.sink.id} reads no rows`);
      const name = String(output.sink.connector.options['name']);
      const asked = output.sink.connector.options['partitions'];
      const wanted = typeof asked === 'number' ? asked : partitions;
      // A number that is asked for is held against the topic that is there.
      if (typeof asked === 'number' && known.has(name)) await log.ensureTopics([{ name, partitions: asked }]);
      topics[output.sink.id] = await ensure(name, wanted, { schema: visibleSchema(input.schema) });
    }
    for (const topic of deadLetterTopics(context, chain)) await ensure(topic, 1, { schema: DEAD_LETTER_SCHEMA });
  }
  return topics;
}

function exchangeName(planned: string, flow: string, generation: string): string {
  const prefix = `weir.${flow}.`;
  return planned.startsWith(prefix) ? `weir.${generation}.${planned.slice(prefix.length)}` : planned;
}

function deadLetterTopics(context: JobContext, chain: Chain): ReadonlySet<string> {
  const { input } = chain;
  const sources = chain.steps.map(step => sourceBehind(context.host, step.node));
  if (input.kind === 'source' || input.kind === 'topic') sources.push(input.source);
  return new Set(sources.flatMap(source => (source.onBad.kind === 'topic' ? [source.onBad.topic] : [])));
}

async function inputOf(
  context: JobContext,
  log: Log,
  chain: Chain,
  partition: number,
  manifest: StreamManifest,
  topics: Readonly<Record<string, TargetTopic>>,
): Promise<StreamInput> {
  const { input } = chain;
  if (input.kind === 'source' || isGiven(context, chain)) {
    assert(input.kind === 'source' || input.kind === 'topic', 'rows are given for sources');
    const { source } = input;
    const splits = manifest.splits[source.id].map((split, index) => ({ index, split }));
    const mine = splits.filter(({ index }) => index % manifest.tasks[chain.id] === partition);
    const bounded = isGiven(context, chain) || sourceOf(context.host, source).nature === 'bounded';
    return { kind: 'splits', source, splits: mine, bounded };
  }
  if (input.kind === 'table') {
    const table = context.ready[portKey(input.ref)];
    assert(table?.kind === 'table', `table ${portKey(input.ref)} is not ready`);
    const columns = input.schema.fields.map(field => field.name);
    return { kind: 'rows', table, columns, from: 0, to: table.rows };
  }
  if (input.kind === 'exchange') {
    return { kind: 'exchange', topic: topics[input.topic].name, schema: input.schema };
  }
  const info = await log.describe(input.topic);
  return {
    kind: 'topic',
    source: input.source,
    topic: input.topic,
    schema: topicSchema(input.topic, info.meta, input.source.schema),
    start: String(
      input.source.connector.options['from'] === 'latest' ? info.ends[partition].stableEnd : info.ends[partition].first,
    ),
    until: context.untilCaughtUp ? String(info.ends[partition].stableEnd) : null,
  };
}

/** The schema a topic was made with, checked against what the flow declares of it. */
function topicSchema(topic: string, meta: unknown, declared: Schema): Schema {
  const held = (meta as { schema?: Schema } | undefined)?.schema;
  if (held === undefined) {
    throw new OperationalError('R113', `topic "${topic}" does not say what its rows are`, {
      hint: 'it was not written by a sink of a flow',
    });
  }
  for (const field of declared.fields) {
    const there = held.fields.find(one => one.name === field.name);
    const fits = there !== undefined && there.type.kind === field.type.kind && (field.nullable || !there.nullable);
    if (fits) continue;
    throw new OperationalError('R114', `topic "${topic}" has no field ${field.name} of the declared type`, {
      hint: 'see its fields: weir topics list --json',
    });
  }
  return held;
}

function upstreamsOf(chain: Chain, manifest: StreamManifest): readonly string[] {
  if (chain.input.kind !== 'exchange') return [];
  return chain.input.upstreams.flatMap(id =>
    Array.from({ length: manifest.tasks[id] }, (_, partition) => taskLabel(id, partition)),
  );
}

function modelsOf(context: JobContext): Readonly<Record<string, string>> {
  const models: Record<string, string> = {};
  for (const made of Object.values(context.ready)) {
    if (made.kind === 'value' && made.version !== null) models[made.name] = made.version;
  }
  return models;
}

/** The group places the tasks; on one machine all come to this process. */
async function joinGroup(
  context: JobContext,
  log: Log,
  flow: string,
  manifest: StreamManifest,
  specs: readonly StreamTaskSpec[],
): Promise<{ leave(): Promise<void> }> {
  const tasks: TaskId[] = specs.map(spec => ({ flow, chain: spec.chain.id, partition: spec.partition }));
  const group = { flow, planHash: manifest.planHash, tasks, member: 'weir', sessionTimeoutMs: 30_000 };
  return new Promise((resolve, reject) => {
    const assigned = new Promise<void>(done => {
      log
        .join(group, assignment => {
          if (assignment.tasks.length === tasks.length) done();
        })
        .then(membership => assigned.then(() => resolve(membership)), reject);
    });
    context.signal.addEventListener('abort', () => reject(new OperationalError('R511', 'the run was stopped')), {
      once: true,
    });
  });
}

function sinksOf(
  job: StreamJob,
  counts: StageCounts,
  topics: Readonly<Record<string, TargetTopic>>,
): NonNullable<JobOutcome['sinks']> {
  const rows = new Map(counts.list().map(count => [count.name, count.rowsOut]));
  const outputs = job.chains.flatMap(chain => chain.outputs);
  return Object.fromEntries(
    outputs.flatMap(output => {
      if (output.kind !== 'sink') return [];
      const { binding, delivery, id } = output.sink;
      const topic = topics[id]?.name;
      return [[binding, { rows: rows.get(binding) ?? 0, delivery, ...(topic === undefined ? {} : { topic }) }]];
    }),
  );
}
