import { assert } from '../../base/assert.ts';
import { OperationalError } from '../../base/operational-error.ts';
import type { Split } from '../../contract/connector.ts';
import type { Log, TopicInfo } from '../../contract/log.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { portKey } from '../../plan/port-key.ts';
import type { JobContext } from '../job-context.ts';
import { splitsOf } from '../read-split.ts';
import { isGiven, recordTopic, startsOf } from './stream-inputs.ts';
import type { StreamManifest, TopicStart } from './stream-manifest.ts';

/** What the flow would read, and in how many tasks, if it began now. `known`: what is kept of that. Throws R111. */
export async function inputsNow(
  context: JobContext,
  job: StreamJob,
  log: Log,
  known: { readonly before: StreamManifest | null; readonly tasks: StreamManifest['tasks'] },
  partitions: number,
): Promise<Required<Pick<StreamManifest, 'tasks' | 'splits' | 'topics' | 'tables'>>> {
  const { host } = context;
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
      const info = await (source.format === null ? topicRead(log, topic) : recordTopic(log, topic));
      const offsets = await startsOf(log, source, info, known.before?.topics?.[chain.id]);
      topics[chain.id] = { topic, ...(info.id !== undefined && { id: info.id }), offsets };
      tasks[chain.id] = info.partitions;
    } else tasks[chain.id] = isSingle(job, chain) ? 1 : (known.tasks[chain.id] ?? partitions);
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
