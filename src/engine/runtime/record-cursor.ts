import { assert } from '../base/assert.ts';
import type { TopicInfo } from '../contract/log.ts';
import type { RecordChunk, RecordTopics } from '../contract/record-topics.ts';

/** One record, for whoever looks at a few. Views of what was read. */
export interface OneRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Epoch milliseconds; −1: none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

const READ_BYTES = 4 * 1024 * 1024;

/** Goes through the records a topic holds; each `upTo` goes on where the one before ended. */
export class RecordCursor {
  readonly #topics: RecordTopics;
  readonly #next: bigint[];

  constructor(topics: RecordTopics, topic: TopicInfo) {
    this.#topics = topics;
    this.#next = topic.ends.map(end => end.first);
  }

  /** Partition by partition, to the ends in `topic`. Throws LogError `gap`, `corrupt`. */
  async *upTo(topic: TopicInfo): AsyncGenerator<readonly OneRecord[]> {
    for (const [partition, { stableEnd }] of topic.ends.entries()) {
      for (let offset = this.#next[partition]; offset < stableEnd; ) {
        const at = { topic: topic.name, partition, offset };
        const { chunks, next } = await this.#topics.read(at, { bytes: READ_BYTES, waitMs: 0 });
        assert(next > offset, 'what is committed can be read');
        for (const chunk of chunks) yield recordsOf(chunk, partition).filter(record => record.offset < stableEnd);
        offset = next < stableEnd ? next : stableEnd;
        this.#next[partition] = offset;
      }
    }
  }
}

function recordsOf(chunk: RecordChunk, partition: number): OneRecord[] {
  const { bytes, baseOffset, offsetDelta, timestamp, keyStart, keyEnd, valueStart, valueEnd } = chunk;
  const part = (from: number, to: number) => (from < 0 ? null : bytes.subarray(from, to));
  return Array.from({ length: chunk.count }, (_, i) => ({
    partition,
    offset: offsetDelta === null ? baseOffset : baseOffset + BigInt(offsetDelta[i]),
    timestamp: timestamp[i],
    key: part(keyStart[i], keyEnd[i]),
    value: part(valueStart[i], valueEnd[i]),
  }));
}
