import { assert } from '../../base/assert.ts';
import { DEAD_LETTER_SCHEMA } from '../../contract/dead-letter.ts';
import { type Log, LogError, type TopicInfo } from '../../contract/log.ts';
import type { Schema } from '../../contract/types.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import type { SinkNode } from '../../plan/plan.ts';
import { sinksOf } from '../../plan/refs.ts';
import { sourceBehind } from '../dead-letters.ts';
import type { JobContext } from '../job-context.ts';
import { recordTopicsOf } from '../record-topics-over.ts';
import { visibleSchema } from '../table-outputs.ts';
import { fits, topicFor } from '../topic-rows.ts';
import { exchangeTopic } from './own-topics.ts';
import type { StreamManifest } from './stream-manifest.ts';
import type { TargetTopic } from './stream-spec.ts';

/** Nobody will read them again; a task that has ended does not need its input to say so. */
export async function dropExchanges(
  job: StreamJob,
  log: Log,
  topics: Readonly<Record<string, TargetTopic>>,
): Promise<void> {
  const outputs = job.chains.flatMap(chain => chain.outputs);
  const exchanges = outputs.flatMap(output => (output.kind === 'exchange' ? [topics[output.topic].name] : []));
  if (exchanges.length > 0) await log.deleteTopics(exchanges);
}

/**
 * The topics of sinks that are there take the rows that are written: looked at before a manifest says that they are. Throws R116, R140,
 * LogError `partitions`.
 */
export async function assertTopicsFit(context: JobContext, job: StreamJob, log: Log): Promise<void> {
  const known = new Map((await log.topics()).map(info => [info.name, info]));
  for (const sink of topicSinks(context, job)) {
    const topic = known.get(nameOf(sink));
    if (topic === undefined || sink.format !== null) continue;
    fits(topic, sinkSchema(context, sink));
    const asked = partitionsAsked(sink);
    if (asked !== null && asked !== topic.partitions) throw otherPartitions(topic, asked);
  }
}

/** Exchanges, the topics of sinks and of dead letters: made where missing. By exchange topic or sink id. */
export async function makeTopics(
  context: JobContext,
  job: StreamJob,
  log: Log,
  manifest: StreamManifest,
): Promise<Readonly<Record<string, TargetTopic>>> {
  const { host, partitions } = context;
  const known = new Map((await log.topics()).map(info => [info.name, info.partitions]));
  const topics: Record<string, TargetTopic> = {};
  const ensure = async (name: string, wanted: number, options: { internal?: boolean; schema?: Schema }) => {
    if (options.schema !== undefined) await topicFor(log, name, options.schema);
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
        const name = exchangeTopic(host.plan.flow.name, manifest.generation, output.topic);
        topics[output.topic] = await ensure(name, manifest.tasks[reader.id], { internal: true });
        assert(
          topics[output.topic].partitions === manifest.tasks[reader.id],
          'an exchange has its reader’s partitions',
        );
      }
    }
    for (const topic of deadLetterTopics(context, chain)) await ensure(topic, 1, { schema: DEAD_LETTER_SCHEMA });
  }
  for (const sink of topicSinks(context, job)) {
    const name = nameOf(sink);
    const asked = partitionsAsked(sink);
    topics[sink.id] =
      sink.format === null
        ? await ensure(name, asked ?? partitions, { schema: sinkSchema(context, sink) })
        : await recordTarget(log, sink, asked, partitions);
  }
  return topics;
}

/** A topic of records, made where it is missing; one that is there must have the partitions asked for. */
async function recordTarget(log: Log, sink: SinkNode, asked: number | null, usual: number): Promise<TargetTopic> {
  const name = nameOf(sink);
  const topics = recordTopicsOf(log);
  if ((await topics.describe(name)) === null) await topics.create(name, asked ?? usual);
  const info = await topics.describe(name);
  assert(info !== null, 'a topic that was made is there');
  if (asked !== null && asked !== info.partitions) throw otherPartitions(info, asked);
  const times = sink.record?.timestamp === undefined ? null : await topics.timeLimits?.(name);
  return { name, partitions: info.partitions, ...(times && { times }) };
}
function otherPartitions({ name, partitions }: TopicInfo, asked: number): LogError {
  return new LogError('partitions', `Topic ${name} has ${partitions} partitions, not ${asked}.`);
}

function topicSinks({ host }: JobContext, job: StreamJob): readonly SinkNode[] {
  return sinksOf(job.chains).filter(sink => host.catalog.sinks.get(sink.connector.connector)?.nature === 'log');
}
const nameOf = (sink: SinkNode): string => String(sink.connector.options['name']);
function partitionsAsked({ connector }: SinkNode): number | null {
  const asked = connector.options['partitions'];
  return typeof asked === 'number' ? asked : null;
}
function sinkSchema({ host }: JobContext, { id, input }: SinkNode): Schema {
  const rows = host.node(input.node).ports[input.port];
  assert(rows?.kind === 'rows', `sink ${id} reads no rows`);
  return visibleSchema(rows.schema);
}

function deadLetterTopics(context: JobContext, chain: Chain): ReadonlySet<string> {
  const { input } = chain;
  const sources = chain.steps.map(step => sourceBehind(context.host, step.node));
  if (input.kind === 'source' || input.kind === 'topic') sources.push(input.source);
  for (const output of chain.outputs) {
    if (output.kind === 'sink' && output.sink.record?.timestamp !== undefined) {
      sources.push(sourceBehind(context.host, output.sink));
    }
  }
  return new Set(sources.flatMap(source => (source.onBad.kind === 'topic' ? [source.onBad.topic] : [])));
}
