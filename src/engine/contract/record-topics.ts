import { OperationalError } from '../base/operational-error.ts';
import type { Millis } from '../base/units.ts';
import type { Position, ReadLimit, TopicInfo } from './log.ts';

/**
 * Topics whose records other programs read and write as well: one record is one row in some format. Their names are taken as
 * they are. A log that keeps such records itself (Kafka) has these calls; over all others `recordTopicsOf` keeps them in
 * frames of a kind of their own (`record-frame.ts`).
 */
export interface RecordTopics {
  /** Null: there is no such topic. Throws R140 where it holds the rows of a flow instead. */
  describe(topic: string): Promise<TopicInfo | null>;
  /** A topic that is there stays as it is. */
  create(topic: string, partitions: number): Promise<void>;
  /** Committed records only, from `at` on, without a gap or a jump (LogError `gap`). */
  read(at: Position, max: ReadLimit): Promise<RecordRead>;
  /** By partition: the offset of the first record with this time or a later one; the end where there is none. */
  offsetsAt(topic: string, time: Millis): Promise<readonly bigint[]>;
  /** Which times of records a topic takes; null, or absent: any, or that is not to be known. */
  timeLimits?(topic: string): Promise<TimeLimits | null>;
}
/** How far the time of a record may be from the moment it is written. */
export interface TimeLimits {
  readonly before: Millis;
  readonly after: Millis;
}

/** Records as columns: places in `bytes`; a start of −1 (and an end of −1) is null. */
export interface RecordColumns {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly timestamp: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** Headers as Kafka encodes them, their count included; `findHeader` reads them. */
  readonly headersStart: Int32Array;
  readonly headersEnd: Int32Array;
}
export interface RecordChunk extends RecordColumns {
  readonly baseOffset: bigint;
  /** Offset of each record, from `baseOffset` on; null: all of them are one frame at `baseOffset`, told apart by their row. */
  readonly offsetDelta: Int32Array | null;
}
export interface RecordRead {
  readonly chunks: readonly RecordChunk[];
  /** Offset to read next: also passes what a reader does not see. */
  readonly next: bigint;
  readonly stableEnd: bigint;
  readonly end: bigint;
}

/** How the records of a commit are packed where the log packs them. */
export type RecordCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
export const RECORD_CODECS: readonly RecordCodec[] = Object.freeze(['none', 'gzip', 'snappy', 'lz4', 'zstd']);

/** A flow takes a topic of rows for one of records. */
export function rowsNotRecords(topic: string): OperationalError {
  return new OperationalError('R140', `topic "${topic}" holds the rows of a flow, no records in a format`, {
    hint: 'leave out `format:`, or name another topic',
  });
}
/** The other way round. */
export function recordsNotRows(topic: string): OperationalError {
  return new OperationalError('R140', `topic "${topic}" holds records in a format, not the rows of a flow`, {
    hint: 'say which, as in `format: json`, or name another topic',
  });
}
