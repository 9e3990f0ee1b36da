import { assert } from '../../engine/base/assert.ts';
import { putVarint, varintBytes } from '../../engine/base/varint.ts';
import type { RecordCodec, RecordColumns } from '../../engine/contract/record-topics.ts';
import { type BatchProducer, deltaBytes, putDelta, sealBatch } from './record-batch.ts';
import { AT } from './record-format.ts';

/** Texts longer than this are copied as a block. */
const LONG_BYTES = 48;

/** One record batch of records that lie in columns, at least one: no object is made of any. */
export function encodeColumnBatch(
  records: RecordColumns,
  producer: BatchProducer | null,
  codec: RecordCodec,
): Uint8Array<ArrayBuffer> {
  const { count, timestamp } = records;
  assert(count > 0, 'a record batch of no records');
  const sizes = new Int32Array(count);
  const baseTime = timestamp[0];
  let maxTime = baseTime;
  let total = 0;
  for (let i = 0; i < count; i++) {
    assert(Number.isSafeInteger(timestamp[i]), 'timestamps are whole milliseconds');
    if (timestamp[i] > maxTime) maxTime = timestamp[i];
    const size =
      1 +
      deltaBytes(timestamp[i], baseTime) +
      varintBytes(i) +
      spanBytes(records.keyStart[i], records.keyEnd[i]) +
      spanBytes(records.valueStart[i], records.valueEnd[i]) +
      records.headersEnd[i] -
      records.headersStart[i];
    sizes[i] = size;
    total += varintBytes(size) + size;
  }
  const out = new Uint8Array(AT.records + total);
  let at: number = AT.records;
  for (let i = 0; i < count; i++) {
    at = putVarint(out, at, sizes[i]);
    at = putDelta(out, at + 1, timestamp[i], baseTime);
    at = putVarint(out, at, i);
    at = putSpan(out, at, records.bytes, records.keyStart[i], records.keyEnd[i]);
    at = putSpan(out, at, records.bytes, records.valueStart[i], records.valueEnd[i]);
    at = copy(out, at, records.bytes, records.headersStart[i], records.headersEnd[i]);
  }
  assert(at === out.length, 'records fill their batch');
  return sealBatch(out, { count, baseTime, maxTime }, producer, codec);
}

function spanBytes(from: number, to: number): number {
  return from < 0 ? 1 : varintBytes(to - from) + to - from;
}
function putSpan(out: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): number {
  return from < 0 ? putVarint(out, at, -1) : copy(out, putVarint(out, at, to - from), bytes, from, to);
}
function copy(out: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): number {
  if (to - from > LONG_BYTES) out.set(bytes.subarray(from, to), at);
  else for (let i = from, j = at; i < to; i++, j++) out[j] = bytes[i];
  return at + to - from;
}
