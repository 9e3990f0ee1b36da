import type { LogReader } from '../../contract/log.ts';
import type { StreamJob } from '../../plan/physical.ts';
import { recordTopic } from './stream-inputs.ts';
import type { StreamManifest } from './stream-manifest.ts';

/**
 * The manifest with a task for each partition that topics of records have got since: whoever owns them may let them grow. What a new
 * partition holds has come since, so it is read from its first record. The same manifest where none has grown.
 */
export async function withGrownTopics(
  manifest: StreamManifest,
  job: StreamJob,
  log: LogReader,
): Promise<StreamManifest> {
  let grown = manifest;
  for (const { id, input } of job.chains) {
    const tasks = grown.tasks[id];
    const start = grown.topics?.[id];
    if (input.kind !== 'topic' || input.source.format === null || tasks === undefined) continue;
    if (start?.topic !== input.topic) continue;
    const { partitions, ends } = await recordTopic(log, input.topic);
    if (partitions <= tasks) continue;
    const firsts = ends.slice(tasks).map(end => String(end.first));
    const offsets = start.offsets === null ? null : [...start.offsets, ...firsts];
    grown = {
      ...grown,
      tasks: { ...grown.tasks, [id]: partitions },
      topics: { ...grown.topics, [id]: { ...start, offsets } },
    };
  }
  return grown;
}
