import { decodeRecordFrame } from '../columnar/record-frame.ts';
import type { Log, LogReader, TopicInfo } from '../contract/log.ts';
import { type RecordChunk, type RecordTopics, rowsNotRecords } from '../contract/record-topics.ts';

const SCAN_BYTES = 4 * 1024 * 1024;
/** What is kept with a topic of records. */
const META = { records: true } as const;

/** The log's own topics of records, or such topics kept in its frames. */
export function recordTopicsOf(log: LogReader & Partial<Pick<Log, 'ensureTopics'>>): RecordTopics {
  return log.records ?? new FramedRecords(log);
}

export function holdsRecords({ meta }: Pick<TopicInfo, 'meta'>): boolean {
  return (meta as { readonly records?: boolean } | undefined)?.records === true;
}

class FramedRecords implements RecordTopics {
  readonly #log: LogReader & Partial<Pick<Log, 'ensureTopics'>>;

  constructor(log: LogReader & Partial<Pick<Log, 'ensureTopics'>>) {
    this.#log = log;
  }

  async describe(topic: string): Promise<TopicInfo | null> {
    const info = (await this.#log.topics()).find(one => one.name === topic);
    if (info === undefined) return null;
    if (!holdsRecords(info)) throw rowsNotRecords(topic);
    return info;
  }
  async create(name: string, partitions: number): Promise<void> {
    await this.#log.ensureTopics?.([{ name, partitions, meta: META }]);
  }
  async read(at: Parameters<RecordTopics['read']>[0], max: Parameters<RecordTopics['read']>[1]) {
    const { frames, next, stableEnd, end } = await this.#log.read(at, max);
    const chunks = frames.map(
      ({ offset, body }): RecordChunk => ({ ...decodeRecordFrame(body), baseOffset: offset, offsetDelta: null }),
    );
    return { chunks, next: next.offset, stableEnd, end };
  }
  async offsetsAt(topic: string, time: number): Promise<readonly bigint[]> {
    const info = await this.describe(topic);
    return Promise.all(
      (info?.ends ?? []).map(async ({ first, stableEnd }, partition) => {
        for (let offset = first; offset < stableEnd; ) {
          const { chunks, next } = await this.read({ topic, partition, offset }, { bytes: SCAN_BYTES, waitMs: 0 });
          const found = chunks.find(chunk => chunk.timestamp.some(one => one >= time));
          if (found !== undefined) return found.baseOffset;
          if (next === offset) break;
          offset = next;
        }
        return stableEnd;
      }),
    );
  }
}
