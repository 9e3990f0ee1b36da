import { decodeFrame } from '../columnar/frame.ts';
import { rowsOfBatch } from '../columnar/rows.ts';
import type { LogReader } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { topicSchema } from '../runtime/topic-cursor.ts';
import type { CheckedTopic } from './simulated-flow.ts';

/** The rows of a topic as texts, by key in their order; all under one key where the topic has none. */
export type TopicTexts = ReadonlyMap<string, readonly string[]>;

const READ_BYTES = 1 << 24;

/** What the topics hold, as whoever reads the log from the beginning finds it. A topic that is not there is empty. */
export async function readTopics(
  log: LogReader,
  topics: readonly CheckedTopic[],
): Promise<ReadonlyMap<string, TopicTexts>> {
  const all = new Map<string, TopicTexts>();
  for (const topic of topics) all.set(topic.name, await readTopic(log, topic));
  return all;
}

async function readTopic(log: LogReader, { name, key }: CheckedTopic): Promise<TopicTexts> {
  const texts = new Map<string, string[]>();
  const info = await log.describe(name).catch((error: unknown) => {
    if (error instanceof LogError && error.code === 'no-topic') return null;
    throw error;
  });
  const schema = info === null ? null : topicSchema(info);
  if (info === null || schema === null) return texts;
  for (const [partition, { first, stableEnd }] of info.ends.entries()) {
    for (let offset = first; offset < stableEnd; ) {
      const { frames, next } = await log.read({ topic: name, partition, offset }, { bytes: READ_BYTES, waitMs: 0 });
      for (const { body } of frames) {
        for (const row of rowsOfBatch(decodeFrame(body, schema))) {
          const under = key === null ? '' : JSON.stringify(row[key]);
          const known = texts.get(under);
          if (known === undefined) texts.set(under, [JSON.stringify(row)]);
          else known.push(JSON.stringify(row));
        }
      }
      offset = next.offset;
    }
  }
  return texts;
}
