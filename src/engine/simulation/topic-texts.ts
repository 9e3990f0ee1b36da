import { assert } from '../base/assert.ts';
import { decodeFrame } from '../columnar/frame.ts';
import { rowsOfBatch } from '../columnar/rows.ts';
import type { LogReader } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import type { RecordChunk } from '../contract/record-topics.ts';
import { holdsRecords, recordTopicsOf } from '../runtime/record-topics-over.ts';
import { topicSchema } from '../runtime/topic-cursor.ts';
import type { CheckedTopic } from './simulated-flow.ts';

/** The rows of a topic as texts, by key in their order; all under one key where the topic has none. */
export type TopicTexts = ReadonlyMap<string, readonly string[]>;

const READ_BYTES = 1 << 24;
const utf8 = new TextDecoder();

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
  const add = (under: string, text: string): void => {
    const known = texts.get(under);
    if (known === undefined) texts.set(under, [text]);
    else known.push(text);
  };
  if (info === null) return texts;
  const schema = topicSchema(info);
  for (const [partition, { first, stableEnd }] of info.ends.entries()) {
    for (let offset = first; offset < stableEnd; ) {
      const at = { topic: name, partition, offset };
      if (holdsRecords(info)) {
        const { chunks, next } = await recordTopicsOf(log).read(at, { bytes: READ_BYTES, waitMs: 0 });
        for (const chunk of chunks) addRecords(chunk, key !== null, add);
        offset = next;
        continue;
      }
      assert(schema !== null, `topic ${name} says what its rows are`);
      const { frames, next } = await log.read(at, { bytes: READ_BYTES, waitMs: 0 });
      for (const { body } of frames) {
        for (const row of rowsOfBatch(decodeFrame(body, schema))) {
          add(key === null ? '' : JSON.stringify(row[key]), JSON.stringify(row));
        }
      }
      offset = next.offset;
    }
  }
  return texts;
}

/** Keys and values as they are written; when a record was written is another time in each run. */
function addRecords(chunk: RecordChunk, isKeyed: boolean, add: (under: string, text: string) => void): void {
  const { bytes, count, keyStart, keyEnd, valueStart, valueEnd } = chunk;
  const text = (from: number, to: number): string => (from < 0 ? 'null' : utf8.decode(bytes.subarray(from, to)));
  for (let row = 0; row < count; row++) {
    const key = text(keyStart[row], keyEnd[row]);
    add(isKeyed ? key : '', `${key} ${text(valueStart[row], valueEnd[row])}`);
  }
}
