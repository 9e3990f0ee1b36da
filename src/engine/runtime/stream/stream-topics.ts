import { assert } from '../../base/assert.ts';
import { DEAD_LETTER_SCHEMA } from '../../contract/dead-letter.ts';
import { type Log, LogError } from '../../contract/log.ts';
import type { Schema } from '../../contract/types.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { sourceBehind } from '../dead-letters.ts';
import type { JobContext } from '../job-context.ts';
import { recordTopicsOf } from '../record-topics-over.ts';
import { visibleSchema } from '../table-outputs.ts';
import { topicFor } from '../topic-rows.ts';
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
      if (output.kind !== 'sink') continue;
      if (host.catalog.sinks.get(output.sink.connector.connector)?.nature !== 'log') continue;
      const input = host.node(output.sink.input.node).ports[output.sink.input.port];
      assert(input?.kind === 'rows', `sink ${output.sink.id} reads no rows`);
      const name = String(output.sink.connector.options['name']);
      const asked = output.sink.connector.options['partitions'];
      const wanted = typeof asked === 'number' ? asked : partitions;
      // A number that is asked for is held against the topic that is there.
      if (output.sink.format === null && typeof asked === 'number' && known.has(name))
        await log.ensureTopics([{ name, partitions: asked }]);
      if (output.sink.format !== null) {
        topics[output.sink.id] = await recordTarget(log, name, typeof asked === 'number' ? asked : null, partitions);
        continue;
      }
      topics[output.sink.id] = await ensure(name, wanted, { schema: visibleSchema(input.schema) });
    }
    for (const topic of deadLetterTopics(context, chain)) await ensure(topic, 1, { schema: DEAD_LETTER_SCHEMA });
  }
  return topics;
}

/** A topic of records, made where it is missing; one that is there must have the partitions asked for. */
async function recordTarget(log: Log, name: string, asked: number | null, usual: number): Promise<TargetTopic> {
  const topics = recordTopicsOf(log);
  if ((await topics.describe(name)) === null) await topics.create(name, asked ?? usual);
  const info = await topics.describe(name);
  assert(info !== null, 'a topic that was made is there');
  if (asked !== null && asked !== info.partitions) {
    throw new LogError('partitions', `Topic ${name} has ${info.partitions} partitions, not ${asked}.`);
  }
  return { name, partitions: info.partitions };
}

function deadLetterTopics(context: JobContext, chain: Chain): ReadonlySet<string> {
  const { input } = chain;
  const sources = chain.steps.map(step => sourceBehind(context.host, step.node));
  if (input.kind === 'source' || input.kind === 'topic') sources.push(input.source);
  return new Set(sources.flatMap(source => (source.onBad.kind === 'topic' ? [source.onBad.topic] : [])));
}
