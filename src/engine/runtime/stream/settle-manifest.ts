import { assert } from '../../base/assert.ts';
import { OperationalError } from '../../base/operational-error.ts';
import type { Split } from '../../contract/connector.ts';
import type { CommitRecord, Log, TopicInfo } from '../../contract/log.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { portKey } from '../../plan/port-key.ts';
import { sinksOf } from '../../plan/refs.ts';
import type { JobContext } from '../job-context.ts';
import { planHash } from '../job-keys.ts';
import { splitsOf } from '../read-split.ts';
import { exchangesOf } from './own-topics.ts';
import { assertReadOn } from './read-on.ts';
import { warnOfRowsTwice } from './rows-twice.ts';
import { isGiven, recordTopic } from './stream-inputs.ts';
import {
  generationName,
  readManifest,
  type StreamManifest,
  type TopicStart,
  writeManifest,
} from './stream-manifest.ts';

/** The manifest in force: the one in the log, or a new one, written before any task starts. */
export async function settleManifest(context: JobContext, job: StreamJob, log: Log): Promise<StreamManifest> {
  const { host } = context;
  const { name, version } = host.plan.flow;
  const before = await readManifest(log, name);
  const hash = planHash(host.plan.nodes);
  const inputs = await inputsNow(context, job, log, before);
  const fresh = { ...inputs, planHash: hash, flowVersion: version, sinks: sinkIds(job) };
  const begin = async (topics = fresh.topics) => {
    const stream = context.clock.now().toString(36);
    const manifest = { ...fresh, topics, stream, generation: (before?.generation ?? 0) + 1 };
    await writeManifest(log, name, manifest);
    return manifest;
  };
  if (before === null) return begin();
  const last = context.fresh ? [] : await lastRecords(log, name, before);
  // Nothing rests on a manifest under which nothing was committed.
  const isOpen = last.every(record => record === null);
  const isOver = last.every(record => record?.ended === true);
  const isSamePlan = before.planHash === hash;
  const isSameWork = isSamePlan && hasSameSinks(before, fresh);
  const isSame = isSameWork && hasSameInput(before, fresh);
  if (isOpen || isOver) {
    const holds = isSame && !context.fresh && !(isOver && isForTheEye(context, job));
    if (holds) return before;
    if (isOpen) await dropGeneration(log, name, before);
    else await warnOfRowsTwice(context, job, log, isSameWork);
    return begin(isOpen && !context.fresh ? keptStarts(before, fresh, false) : fresh.topics);
  }
  const tasks = { ...fresh.tasks, ...keptTasks(before, fresh) };
  const now = { ...before, ...fresh, tasks, topics: keptStarts(before, fresh, true) };
  if (isSameWork) {
    if (!assertReadOn(before, now, last)) return before;
    const manifest = { ...before, splits: now.splits };
    await writeManifest(log, name, manifest);
    return manifest;
  }
  if (isSamePlan && last.some(record => record?.ended === true)) {
    throw new OperationalError(
      'R542',
      `a model that flow ${name} left out, or had, is there or gone now that part of its input has ended`,
      {
        hint: 'begin anew with --fresh',
      },
    );
  }
  if (!isSamePlan && version <= before.flowVersion) {
    throw new OperationalError('R542', `flow ${name} has changed since this stream began, and its version has not`, {
      hint: `raise it to v${before.flowVersion + 1} to go on with what the stream holds, or begin anew with --fresh`,
    });
  }
  assertReadOn(before, now, last);
  await writeManifest(log, name, now);
  return now;
}

function sinkIds(job: StreamJob): readonly string[] {
  return sinksOf(job.chains)
    .map(sink => sink.id)
    .sort();
}
function hasSameSinks({ sinks }: StreamManifest, now: { readonly sinks: readonly string[] }): boolean {
  return sinks === undefined || JSON.stringify(sinks) === JSON.stringify(now.sinks);
}

function hasSameInput(before: StreamManifest, now: Pick<StreamManifest, 'splits' | 'tables'>): boolean {
  const text = ({ splits, tables }: Pick<StreamManifest, 'splits' | 'tables'>) => JSON.stringify([splits, tables]);
  return text(before) === text(now);
}

/** The exchanges of a stream that is given up. */
async function dropGeneration(log: Log, name: string, manifest: StreamManifest): Promise<void> {
  const prefix = exchangesOf(name, manifest.generation);
  const names = (await log.topics()).map(info => info.name).filter(topic => topic.startsWith(prefix));
  if (names.length > 0) await log.deleteTopics(names);
}

/** Chains keep their number of tasks over versions: their state and positions are per task. */
function keptTasks(before: StreamManifest, now: Pick<StreamManifest, 'tasks'>): Record<string, number> {
  return Object.fromEntries(Object.entries(before.tasks).filter(([chain]) => chain in now.tasks));
}

/** A chain that reads the topic it read begins where it began: what has come since is still to be read. One that has not begun may be told another start. */
function keptStarts(
  before: StreamManifest,
  now: Required<Pick<StreamManifest, 'topics'>>,
  hasBegun: boolean,
): Record<string, TopicStart> {
  const kept = Object.entries(before.topics ?? {}).filter(([chain, start]) => {
    const wanted = now.topics[chain];
    if (wanted?.topic !== start.topic) return false;
    return hasBegun || (wanted.offsets === null) === (start.offsets === null);
  });
  return { ...now.topics, ...Object.fromEntries(kept) };
}

async function inputsNow(
  context: JobContext,
  job: StreamJob,
  log: Log,
  before: StreamManifest | null,
): Promise<Required<Pick<StreamManifest, 'tasks' | 'splits' | 'topics' | 'tables'>>> {
  const { host, partitions } = context;
  const tasks: Record<string, number> = {};
  const splits: Record<string, readonly Split[]> = {};
  const topics: Record<string, TopicStart> = {};
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
    } else if (input.kind === 'topic') {
      const { topic, source } = input;
      const { partitions, ends } = await (source.format === null ? topicRead(log, topic) : recordTopic(log, topic));
      const offsets = ends.map(end => String(end.stableEnd));
      topics[chain.id] = { topic, offsets: source.connector.options['from'] === 'latest' ? offsets : null };
      tasks[chain.id] = partitions;
    } else tasks[chain.id] = isSingle(job, chain) ? 1 : (before?.tasks[chain.id] ?? partitions);
  }
  return { tasks, splits, topics, tables };
}

function isSingle(job: StreamJob, chain: Chain): boolean {
  const { input } = chain;
  if (input.kind !== 'exchange') return false;
  return job.chains.some(other =>
    other.outputs.some(output => output.kind === 'exchange' && output.topic === input.topic && output.single),
  );
}

async function topicRead(log: Log, topic: string): Promise<TopicInfo> {
  const known = (await log.topics()).find(info => info.name === topic);
  if (known !== undefined) return known;
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

/** The last commit of every task of a manifest; null of one that has made none. */
async function lastRecords(
  log: Log,
  name: string,
  manifest: StreamManifest,
): Promise<readonly (CommitRecord | null)[]> {
  const flow = generationName(name, manifest.generation);
  const records: (CommitRecord | null)[] = [];
  for (const [chain, count] of Object.entries(manifest.tasks)) {
    for (let partition = 0; partition < count; partition++) {
      records.push(await log.last({ flow, chain, partition }));
    }
  }
  return records;
}
