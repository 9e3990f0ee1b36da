import type { Clock } from '../../engine/base/clock.ts';
import { LogError, type Position, type ReadFrame, type ReadLimit, type ReadResult } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';
import { fetchAt } from './partition-reads.ts';
import { type RecordChunk, readRecordBatches } from './record-chunks.ts';

/** A whole record at least comes, however small the limit: Kafka sends the first batch in any case. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface CommittedChunks {
  readonly chunks: readonly RecordChunk[];
  /** Offset to read next: also passes what a reader does not see. */
  readonly next: bigint;
  readonly stableEnd: bigint;
  readonly end: bigint;
}

/**
 * Committed records from `at` on, `topic` being Kafka's name. Throws LogError `gap` for an offset that is not in the partition, `no-topic`,
 * `unknown` when no broker answers, `corrupt`.
 */
export async function readChunks(
  brokers: Brokers,
  clock: Clock,
  at: Position,
  max: ReadLimit,
): Promise<CommittedChunks> {
  const until = clock.elapsed() + max.waitMs;
  let { offset } = at;
  for (;;) {
    const wait = Math.max(0, Math.ceil(until - clock.elapsed()));
    const answer = await fetchAt(brokers, { ...at, offset }, Math.min(MOST_BYTES, max.bytes), wait);
    const { chunks, next } = placed(at, () => readRecordBatches(answer.records, offset, answer.aborted));
    const isProgress = next > offset;
    // A broker sends its first batch whole, however large.
    if (!isProgress && answer.records.length > 0) {
      throw new LogError('corrupt', `${at.topic}/${at.partition} has no whole record batch at offset ${offset}.`);
    }
    offset = next;
    const { lastStableOffset: stableEnd, highWatermark: end } = answer;
    if (chunks.length === 0 && (clock.elapsed() < until || (isProgress && offset < stableEnd))) continue;
    return { chunks, next: offset, stableEnd, end };
  }
}

/** Damage, with the partition it is in: the bytes do not tell. */
function placed<T>({ topic, partition }: Position, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new LogError(error.code, `${topic}/${partition}: ${error.message}`, { cause: error.cause });
  }
}

/** The values of such records, each a frame. */
export async function readCommitted(brokers: Brokers, clock: Clock, at: Position, max: ReadLimit): Promise<ReadResult> {
  const { chunks, next, stableEnd, end } = await readChunks(brokers, clock, at, max);
  const frames: ReadFrame[] = [];
  for (const { bytes, baseOffset, count, offsetDelta, valueStart, valueEnd } of chunks) {
    for (let i = 0; i < count; i++) {
      frames.push({
        offset: baseOffset + BigInt(offsetDelta[i]),
        body: copyOf(bytes, valueStart[i], valueEnd[i]),
      });
    }
  }
  return { frames, next: { topic: at.topic, partition: at.partition, offset: next }, stableEnd, end };
}

/** A frame of its own buffer, since columns are views of it at whole places; empty for a record without a value. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return from < 0 ? new Uint8Array(0) : new Uint8Array(bytes.subarray(from, to));
}
