import { crc32c } from '@node-rs/crc32';
import { LogError } from '../../engine/contract/log.ts';
import type { RecordCodec, RecordColumns } from '../../engine/contract/record-topics.ts';
import { decompress } from './codecs.ts';
import { damagedBatch, decodeRecords } from './decode-records.ts';
import { AT, ATTRIBUTE, CODECS, MAGIC } from './record-format.ts';

/** The data records of one batch that may be seen, at least one. `bytes`: what was handed in, or what was unpacked from it. */
export interface RecordChunk extends RecordColumns {
  readonly baseOffset: bigint;
  readonly offsetDelta: Int32Array;
}
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}
export interface Fetched {
  readonly chunks: readonly RecordChunk[];
  /** Offset to fetch next: behind the last whole batch, markers and aborted ones too; `from` where there is none. */
  readonly next: bigint;
}

/**
 * What a Fetch answer's records field holds for a reader of committed rows that asked from `from` on, in Kafka's order.
 * `aborted` is Kafka's list, in any order; null: read what is not committed too. A cut batch at the end is left for the next
 * fetch, and records before `from` are left out; markers are never shown.
 *
 * Throws LogError `corrupt` for a wrong CRC or shape, and for batches that are not of version 2, by a message that says so.
 */
export function readRecordBatches(
  bytes: Uint8Array,
  from: bigint,
  aborted: readonly AbortedTransaction[] | null,
): Fetched {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open = new OpenAborts(aborted ?? []);
  const chunks: RecordChunk[] = [];
  let next = from;
  let lowest = 0n;
  for (let at = 0; at + AT.magic < bytes.length; ) {
    const baseOffset = view.getBigInt64(at);
    const magic = view.getInt8(at + AT.magic);
    // Before the length: of older versions it may be less.
    if (magic !== MAGIC) throw otherVersion(baseOffset, magic);
    const length = view.getInt32(at + AT.length);
    if (length < AT.records - AT.leaderEpoch) throw damagedBatch(baseOffset, 'it is shorter than its head');
    const end = at + AT.leaderEpoch + length;
    if (end > bytes.length) break;
    if (crc32c(bytes.subarray(at + AT.attributes, end)) !== view.getUint32(at + AT.crc)) {
      throw damagedBatch(baseOffset, 'its checksum does not match');
    }
    const lastOffsetDelta = view.getInt32(at + AT.lastOffsetDelta);
    const lastOffset = baseOffset + BigInt(lastOffsetDelta);
    // The CRC leaves the base offset out. One that steps back would have rows read twice.
    if (baseOffset < lowest || lastOffsetDelta < 0) throw damagedBatch(baseOffset, 'its offsets do not go on');
    lowest = lastOffset + 1n;
    if (lastOffset >= from) next = lastOffset + 1n;

    const attributes = view.getInt16(at + AT.attributes);
    const producerId = view.getBigInt64(at + AT.producerId);
    open.moveTo(lastOffset);
    if (attributes & ATTRIBUTE.control) open.close(producerId);
    else if (lastOffset >= from && !(attributes & ATTRIBUTE.transactional && open.has(producerId))) {
      const chunk = chunkOf(bytes, view, at, end, from);
      if (chunk !== null) chunks.push(chunk);
    }
    at = end;
  }
  return { chunks, next };
}

function chunkOf(bytes: Uint8Array, view: DataView, at: number, end: number, from: bigint): RecordChunk | null {
  const attributes = view.getInt16(at + AT.attributes);
  const codec = CODECS[attributes & ATTRIBUTE.codec];
  const baseOffset = view.getBigInt64(at);
  const head = {
    baseOffset,
    lastOffsetDelta: view.getInt32(at + AT.lastOffsetDelta),
    count: view.getInt32(at + AT.count),
    baseTimestamp: view.getBigInt64(at + AT.baseTimestamp),
    appendTime: attributes & ATTRIBUTE.logAppendTime ? view.getBigInt64(at + AT.maxTimestamp) : null,
  };
  const fromDelta = from > baseOffset ? Number(from - baseOffset) : 0;
  const start = at + AT.records;
  // Compaction leaves heads without records: the codec has nothing to unpack there.
  if (head.count === 0 && start === end) return null;
  if (codec === undefined) throw damagedBatch(baseOffset, 'its codec has no name');
  if (codec === 'none') return decodeRecords(bytes, start, end, head, fromDelta);
  const unpacked = unpack(codec, bytes.subarray(start, end), baseOffset);
  return decodeRecords(unpacked, 0, unpacked.length, head, fromDelta);
}

/** As `decompress`, and tells the place. */
function unpack(codec: Exclude<RecordCodec, 'none'>, bytes: Uint8Array, baseOffset: bigint): Uint8Array {
  try {
    return decompress(codec, bytes);
  } catch (error) {
    throw error instanceof LogError ? damagedBatch(baseOffset, `its ${codec} cannot be unpacked`, error) : error;
  }
}

/** Transactions that will turn out to be aborted, each open from its first offset until a marker of its producer. */
class OpenAborts {
  readonly #coming: readonly AbortedTransaction[];
  #next = 0;
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = [...aborted].sort(
      (a, b) => Number(a.firstOffset > b.firstOffset) - Number(a.firstOffset < b.firstOffset),
    );
  }
  moveTo(lastOffset: bigint): void {
    while (this.#next < this.#coming.length && this.#coming[this.#next].firstOffset <= lastOffset) {
      this.#open.add(this.#coming[this.#next++].producerId);
    }
  }
  has(producerId: bigint): boolean {
    return this.#open.has(producerId);
  }
  close(producerId: bigint): void {
    this.#open.delete(producerId);
  }
}

function otherVersion(baseOffset: bigint, magic: number): LogError {
  return new LogError(
    'corrupt',
    magic === 0 || magic === 1
      ? `The records at offset ${baseOffset} are in Kafka's old message format ${magic}; only record batches of version 2 are read.`
      : `The record batch at offset ${baseOffset} is damaged: its version is ${magic}.`,
  );
}
