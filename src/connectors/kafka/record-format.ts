import type { RecordCodec } from '../../engine/contract/record-topics.ts';

/**
 * Kafka's record batch of version 2 (kafka.apache.org/documentation/#recordbatch), big endian:
 *
 *    0 base offset i64 · 8 length i32 of what follows · 12 partition leader epoch i32 · 16 magic i8 · 17 crc32c u32 from 21 on ·
 *   21 attributes i16 · 23 last offset delta i32 · 27 base timestamp i64 · 35 max timestamp i64 · 43 producer id i64 ·
 *   51 producer epoch i16 · 53 base sequence i32 · 57 count i32 · 61 records, compressed as a whole
 *
 * A record: length · attributes i8 · timestamp delta · offset delta · key length, key · value length, value · count of headers ·
 * per header name length, name, value length, value. Lengths, counts and deltas are zig-zag varints; length −1 is null.
 */
export const AT = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;
export const MAGIC = 2;
/** Bits of the attributes; the lowest three name the codec. */
export const ATTRIBUTE = { codec: 7, logAppendTime: 8, transactional: 16, control: 32 } as const;
/** A record of nothing: seven parts, a byte each. */
export const MIN_RECORD_BYTES = 7;
/** Batches larger than this are not written, and not read where they are larger without their compression. */
export const MAX_BATCH_BYTES = 1 << 28;

/** What a batch may be compressed by, in the order of Kafka's numbers. */
export const CODECS: readonly RecordCodec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
