import { OperationalError } from '../base/operational-error.ts';
import type { Log, TopicInfo } from '../contract/log.ts';
import { recordsNotRows } from '../contract/record-topics.ts';
import type { Schema } from '../contract/types.ts';
import { difference } from './field-fit.ts';
import { holdsRecords } from './record-topics-over.ts';
import { topicSchema } from './topic-cursor.ts';

/**
 * The topic, ready for rows of this schema; null where there is none. Frames do not hold their schema: of other fields they
 * could not be read, or would be read as what they are not, so they are refused (R116). A topic that never had a row, as a run
 * leaves it that fails at its start, takes the new schema.
 */
export async function topicFor(log: Log, name: string, schema: Schema): Promise<TopicInfo | null> {
  const topic = (await log.topics()).find(info => info.name === name);
  if (topic === undefined) return null;
  if (fits(topic, schema)) return topic;
  const { partitions, retention } = topic;
  await log.deleteTopics([name]);
  await log.ensureTopics([{ name, partitions, meta: { schema: schema as never }, ...(retention && { retention }) }]);
  return log.describe(name);
}

/** Whether a topic takes rows of this schema as it is; false: once it is made anew, for it has none. Throws R116, R140. */
export function fits(topic: TopicInfo, schema: Schema): boolean {
  if (holdsRecords(topic)) throw recordsNotRows(topic.name);
  const held = topicSchema(topic);
  const fault = held === null ? null : difference(held, schema);
  if (fault === null) return true;
  if (topic.ends.every(({ end }) => end === 0n)) return false;
  throw new OperationalError('R116', `topic "${topic.name}" holds other rows than the flow writes: ${fault}`, {
    hint: `write to a topic of its own, as in topic("${topic.name}.v2")`,
  });
}
