import { crc32c } from '@node-rs/crc32';
import { assert } from '../../engine/base/assert.ts';
import { longBytes, putLong, putVarint, varintBytes } from '../../engine/base/varint.ts';
import { NO_HEADERS } from '../../engine/columnar/record-headers.ts';
import type { RecordCodec } from '../../engine/contract/record-topics.ts';
import { compress } from './codecs.ts';
import { AT, ATTRIBUTE, CODECS, MAGIC, MAX_BATCH_BYTES } from './record-format.ts';

/** At least one record, without headers; all lists are of one length. */
export interface RecordsToWrite {
  readonly values: readonly (Uint8Array | null)[];
  readonly keys?: readonly (Uint8Array | null)[];
  /** Epoch milliseconds per record, or one for all; whole numbers. */
  readonly timestamps: Float64Array | number;
}
export interface BatchProducer {
  readonly id: bigint;
  readonly epoch: number;
  /** Number of the batch's first record among this producer's for the partition; behind 2^31−1 comes 0. */
  readonly baseSequence: number;
  readonly transactional: boolean;
}

/** One record batch, base offset 0, CRC32C filled in. producer null: not idempotent. */
export function encodeRecordBatch(
  records: RecordsToWrite,
  producer: BatchProducer | null,
  codec: RecordCodec = 'none',
): Uint8Array<ArrayBuffer> {
  const { values, keys, timestamps } = records;
  const count = values.length;
  assert(count > 0, 'a record batch of no records');
  assert((keys ?? values).length === count, 'keys as values');
  const times = typeof timestamps === 'number' ? Float64Array.of(timestamps) : timestamps;
  assert(times.length === (typeof timestamps === 'number' ? 1 : count), 'timestamps as values');
  const last = typeof timestamps === 'number' ? 0 : count - 1;
  let max = times[0];
  for (const time of times) {
    assert(Number.isSafeInteger(time), 'timestamps are whole milliseconds');
    if (time > max) max = time;
  }

  const sizes = new Int32Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    sizes[i] =
      1 +
      deltaBytes(times[Math.min(i, last)], times[0]) +
      varintBytes(i) +
      spanBytes(keys?.[i] ?? null) +
      spanBytes(values[i]) +
      // Of no headers.
      1;
    total += varintBytes(sizes[i]) + sizes[i];
    assert(total <= MAX_BATCH_BYTES, 'a record batch that is too large');
  }

  const out = new Uint8Array(AT.records + total);
  let at: number = AT.records;
  for (let i = 0; i < count; i++) {
    at = putVarint(out, at, sizes[i]);
    at = putDelta(out, at + 1, times[Math.min(i, last)], times[0]);
    at = putVarint(out, at, i);
    at = putSpan(out, at, keys?.[i] ?? null);
    at = putSpan(out, at, values[i]);
    out[at++] = NO_HEADERS;
  }
  assert(at === out.length, 'records fill their batch');

  return sealBatch(out, { count, baseTime: times[0], maxTime: max }, producer, codec);
}

/** Makes a batch of records that stand behind room for its head. */
export function sealBatch(
  out: Uint8Array<ArrayBuffer>,
  of: { readonly count: number; readonly baseTime: number; readonly maxTime: number },
  producer: BatchProducer | null,
  codec: RecordCodec,
): Uint8Array<ArrayBuffer> {
  const batch = codec === 'none' ? out : withRecords(compress(codec, out.subarray(AT.records)));
  const view = new DataView(batch.buffer);
  view.setInt32(AT.length, batch.length - AT.leaderEpoch);
  // The broker that takes the batch knows it.
  view.setInt32(AT.leaderEpoch, -1);
  view.setInt8(AT.magic, MAGIC);
  view.setInt16(
    AT.attributes,
    CODECS.indexOf(codec) | (producer?.transactional === true ? ATTRIBUTE.transactional : 0),
  );
  view.setInt32(AT.lastOffsetDelta, of.count - 1);
  view.setBigInt64(AT.baseTimestamp, BigInt(of.baseTime));
  view.setBigInt64(AT.maxTimestamp, BigInt(of.maxTime));
  view.setBigInt64(AT.producerId, producer?.id ?? -1n);
  view.setInt16(AT.producerEpoch, producer?.epoch ?? -1);
  view.setInt32(AT.baseSequence, producer?.baseSequence ?? -1);
  view.setInt32(AT.count, of.count);
  view.setUint32(AT.crc, crc32c(batch.subarray(AT.attributes)));
  return batch;
}

function withRecords(compressed: Uint8Array): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(AT.records + compressed.length);
  batch.set(compressed, AT.records);
  return batch;
}

function spanBytes(span: Uint8Array | null): number {
  return span === null ? 1 : varintBytes(span.length) + span.length;
}
function putSpan(out: Uint8Array, at: number, span: Uint8Array | null): number {
  if (span === null) return putVarint(out, at, -1);
  at = putVarint(out, at, span.length);
  out.set(span, at);
  return at + span.length;
}

/** Two times that are exact can be further apart than a double tells exactly. */
export function deltaBytes(time: number, base: number): number {
  const delta = time - base;
  return Number.isSafeInteger(delta) ? varintBytes(delta) : longBytes(BigInt(time) - BigInt(base));
}
export function putDelta(out: Uint8Array, at: number, time: number, base: number): number {
  const delta = time - base;
  return Number.isSafeInteger(delta) ? putVarint(out, at, delta) : putLong(out, at, BigInt(time) - BigInt(base));
}
