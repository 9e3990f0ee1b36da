import { type Cursor, readMore, unzigzag } from '../../engine/base/varint.ts';
import { passHeaders } from '../../engine/columnar/record-headers.ts';
import { LogError } from '../../engine/contract/log.ts';
import type { RecordChunk } from './record-chunks.ts';
import { MIN_RECORD_BYTES } from './record-format.ts';

/** What the head of a batch says that its records need. */
export interface BatchHead {
  readonly baseOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly count: number;
  readonly baseTimestamp: bigint;
  /** Where the broker stamped the batch: the time of all its records. */
  readonly appendTime: bigint | null;
}

/**
 * The records in `bytes[start, end)`, from an offset delta on, in one pass; null where none is left. Throws LogError `corrupt`.
 *
 * Parts of a record only move the place on, and reading behind the bytes gives zeros, so one look at where a record ended tells
 * of any length in it that was wrong.
 */
export function decodeRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: BatchHead,
  fromDelta: number,
): RecordChunk | null {
  const { count, lastOffsetDelta } = head;
  // A count is believed only as far as there are bytes for it.
  if (count < 0 || count * MIN_RECORD_BYTES > end - start)
    throw damagedBatch(head.baseOffset, 'it has no such count of records');
  const columns = new ArrayBuffer(count * 36);
  const timestamp = new Float64Array(columns, 0, count);
  const column = (index: number): Int32Array => new Int32Array(columns, count * (8 + 4 * index), count);
  const [offsetDelta, keyStart, keyEnd, valueStart, valueEnd] = [column(0), column(1), column(2), column(3), column(4)];
  const [headersStart, headersEnd] = [column(5), column(6)];
  const baseTime = Number(head.baseTimestamp);
  const appendTime = head.appendTime === null ? null : Number(head.appendTime);
  const cursor: Cursor = { at: start };
  let at = start;
  let rows = 0;
  let previous = -1;
  for (let i = 0; i < count; i++) {
    // Written out, since most varints here are of one byte: a call for each of them takes a third of the time.
    let bits = bytes[at++];
    if (bits > 127) {
      bits = readMore(bytes, at, bits, cursor);
      at = cursor.at;
    }
    const recordEnd = at + unzigzag(bits);
    // At once, for headers are looked for up to there.
    if (recordEnd > end) throw damagedBatch(head.baseOffset, 'a record reaches behind it');
    // Attributes of a record have no use yet.
    at++;
    let time = bytes[at++];
    if (time > 127) {
      cursor.at = at - 1;
      time = readTime(bytes, cursor, head.baseTimestamp, baseTime);
      at = cursor.at;
    } else time = baseTime + unzigzag(time);
    bits = bytes[at++];
    if (bits > 127) {
      bits = readMore(bytes, at, bits, cursor);
      at = cursor.at;
    }
    const delta = unzigzag(bits);
    bits = bytes[at++];
    if (bits > 127) {
      bits = readMore(bytes, at, bits, cursor);
      at = cursor.at;
    }
    const keyLength = unzigzag(bits);
    const keyAt = at;
    if (keyLength > 0) at += keyLength;
    bits = bytes[at++];
    if (bits > 127) {
      bits = readMore(bytes, at, bits, cursor);
      at = cursor.at;
    }
    const valueLength = unzigzag(bits);
    const valueAt = at;
    if (valueLength > 0) at += valueLength;
    const headersAt = at;
    if (bytes[at] === 0) at++;
    else {
      cursor.at = at;
      passHeaders(bytes, cursor, recordEnd);
      at = cursor.at;
    }
    if (at !== recordEnd || keyLength < -1 || valueLength < -1) {
      throw damagedBatch(head.baseOffset, 'a record is not of its length');
    }
    if (delta <= previous || delta > lastOffsetDelta) throw damagedBatch(head.baseOffset, 'offsets do not go up');
    previous = delta;
    if (delta < fromDelta) continue;
    offsetDelta[rows] = delta;
    timestamp[rows] = appendTime ?? time;
    keyStart[rows] = keyLength < 0 ? -1 : keyAt;
    keyEnd[rows] = keyLength < 0 ? -1 : keyAt + keyLength;
    valueStart[rows] = valueLength < 0 ? -1 : valueAt;
    valueEnd[rows] = valueLength < 0 ? -1 : valueAt + valueLength;
    headersStart[rows] = headersAt;
    headersEnd[rows] = recordEnd;
    rows++;
  }
  if (at !== end) throw damagedBatch(head.baseOffset, 'there is more behind its records');
  if (rows === 0) return null;
  const cut = <T extends Int32Array | Float64Array>(all: T): T => (rows === count ? all : (all.subarray(0, rows) as T));
  return {
    bytes,
    baseOffset: head.baseOffset,
    count: rows,
    offsetDelta: cut(offsetDelta),
    timestamp: cut(timestamp),
    keyStart: cut(keyStart),
    keyEnd: cut(keyEnd),
    valueStart: cut(valueStart),
    valueEnd: cut(valueEnd),
    headersStart: cut(headersStart),
    headersEnd: cut(headersEnd),
  };
}

/** The base and the delta that is read, exact where their sum is: seven bytes fit into a double, the rest is rare. */
function readTime(bytes: Uint8Array, cursor: Cursor, base: bigint, baseTime: number): number {
  let at = cursor.at;
  const first = bytes[at++];
  let byte = first;
  let zigzag = byte & 127;
  for (let scale = 128; byte > 127 && scale < 2 ** 49; scale *= 128) {
    byte = bytes[at++];
    zigzag += (byte & 127) * scale;
  }
  if (byte > 127) return readLongTime(bytes, cursor, base);
  cursor.at = at;
  return baseTime + ((first & 1) === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
}

function readLongTime(bytes: Uint8Array, cursor: Cursor, base: bigint): number {
  let zigzag = 0n;
  let byte = 128;
  for (let shift = 0n; byte > 127; shift += 7n) {
    byte = bytes[cursor.at++];
    if (shift === 63n && byte > 1) {
      cursor.at = Number.NaN;
      return 0;
    }
    zigzag |= BigInt(byte & 127) << shift;
  }
  return Number(BigInt.asIntN(64, base + ((zigzag >> 1n) ^ -(zigzag & 1n))));
}

export function damagedBatch(baseOffset: bigint, what: string, cause?: unknown): LogError {
  return new LogError('corrupt', `The record batch at offset ${baseOffset} is damaged: ${what}.`, { cause });
}
