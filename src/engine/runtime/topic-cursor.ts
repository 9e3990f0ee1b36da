import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { decodeFrame } from '../columnar/frame.ts';
import type { Batch } from '../contract/batch.ts';
import type { LogReader, TopicInfo } from '../contract/log.ts';
import type { Schema } from '../contract/types.ts';

/** The rows of one committed frame. */
export interface TopicBatch {
  readonly partition: number;
  readonly offset: bigint;
  readonly batch: Batch;
}

const READ_BYTES = 4 * 1024 * 1024;

/** Goes through the rows a public topic holds; each `upTo` goes on where the one before ended. */
export class TopicCursor {
  readonly schema: Schema;
  readonly #log: LogReader;
  readonly #next: bigint[];

  /** Throws R113 for a topic that does not say what its rows are. */
  constructor(log: LogReader, topic: TopicInfo) {
    this.schema = schemaOf(topic);
    this.#log = log;
    this.#next = topic.ends.map(end => end.first);
  }

  /** Partition by partition, to the ends in `topic`: all of one moment. Throws LogError `gap`, `corrupt`. */
  async *upTo(topic: TopicInfo): AsyncGenerator<TopicBatch> {
    for (const [partition, { stableEnd }] of topic.ends.entries()) {
      for (let offset = this.#next[partition]; offset < stableEnd; ) {
        const { frames, next } = await this.#log.read(
          { topic: topic.name, partition, offset },
          { bytes: READ_BYTES, waitMs: 0 },
        );
        assert(next.offset > offset, 'what is committed can be read');
        for (const frame of frames) {
          if (frame.offset >= stableEnd) break;
          yield { partition, offset: frame.offset, batch: decodeFrame(frame.body, this.schema) };
        }
        offset = next.offset < stableEnd ? next.offset : stableEnd;
        this.#next[partition] = offset;
      }
    }
  }
}

/** What the rows of a topic are; null for one of the engine's own. */
export function topicSchema({ meta }: Pick<TopicInfo, 'meta'>): Schema | null {
  return (meta as { readonly schema?: Schema } | undefined)?.schema ?? null;
}

function schemaOf(topic: TopicInfo): Schema {
  const schema = topicSchema(topic);
  if (schema !== null) return schema;
  throw new OperationalError('R113', `topic "${topic.name}" has no schema: it is one of the engine's own`, {
    hint: 'weir topics list shows the ones that hold rows',
  });
}
