import { crc32c } from '@node-rs/crc32';
import { assert } from '../../base/assert.ts';
import type { Millis } from '../../base/units.ts';

/**
 * A journal frame, little endian:
 *
 *   0 magic 'WEIR' · 4 version u8 · 5 kind u8 · 6 zero u16 · 8 number f64 · 16 syncedThrough f64 · 24 time f64 (UTC ms)
 *   32 directory bytes u32 · 36 body bytes u32 · 40 crc32c u32 of bytes 0–40 and the directory · 44 body
 *
 * The body is the directory and then the payloads; the directory holds a CRC32C of each payload, so every byte is
 * covered, and an index can be rebuilt from headers and directories alone. `number` counts frames from 1 without gaps;
 * `syncedThrough` is the last frame known to be durable when this one was written: a bad frame below a later frame's
 * `syncedThrough` is damage, not a torn tail.
 *
 * Directory: meta bytes u32 · meta (JSON) · runs u32 · per run: channel u32 · base offset f64 · count u32 · per payload:
 * length u32 · crc32c u32.
 */
export const MAGIC = new Uint8Array([0x57, 0x45, 0x49, 0x52]);
const FRAME_VERSION = 1;
export const HEADER_BYTES = 44;
/** A commit's outputs and deltas together; the runtime commits at 8 MB of outputs. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAGIC_WORD = 0x52494557;

const FRAME_KINDS = [
  'root',
  'topics',
  'delete-topics',
  'epoch',
  'commit',
  'append',
  'purge',
  'moved',
  'drop',
  'mark',
] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** Payloads with consecutive offsets of one channel (a topic partition or a changelog). */
export interface Run {
  readonly channel: number;
  readonly base: number;
  readonly lengths: readonly number[];
  readonly crcs: readonly number[];
}
export interface Header {
  readonly kind: FrameKind;
  readonly number: number;
  readonly syncedThrough: number;
  readonly time: Millis;
  readonly directoryBytes: number;
  readonly bodyBytes: number;
  readonly crc: number;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Space for header and directory, with the directory written; `sealHeader` fills in the rest when the number is known. */
export function encodeDirectory(meta: string, runs: readonly Run[]): Uint8Array {
  const metaBytes = utf8.encode(meta);
  let size = 8 + metaBytes.length;
  for (const run of runs) size += 16 + 8 * run.lengths.length;
  const head = new Uint8Array(HEADER_BYTES + size);
  const view = new DataView(head.buffer);
  let at = HEADER_BYTES;
  view.setUint32(at, metaBytes.length, true);
  head.set(metaBytes, at + 4);
  at += 4 + metaBytes.length;
  view.setUint32(at, runs.length, true);
  at += 4;
  for (const run of runs) {
    view.setUint32(at, run.channel, true);
    view.setFloat64(at + 4, run.base, true);
    view.setUint32(at + 12, run.lengths.length, true);
    at += 16;
    for (let i = 0; i < run.lengths.length; i++) {
      view.setUint32(at, run.lengths[i], true);
      view.setUint32(at + 4, run.crcs[i], true);
      at += 8;
    }
  }
  assert(at === head.length, 'a frame directory has the size it was measured to have');
  return head;
}

export function sealHeader(
  head: Uint8Array,
  frame: { kind: FrameKind; number: number; syncedThrough: number; time: Millis; payloadBytes: number },
): void {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const directoryBytes = head.length - HEADER_BYTES;
  view.setUint32(0, MAGIC_WORD, true);
  view.setUint8(4, FRAME_VERSION);
  view.setUint8(5, FRAME_KINDS.indexOf(frame.kind));
  view.setUint16(6, 0, true);
  view.setFloat64(8, frame.number, true);
  view.setFloat64(16, frame.syncedThrough, true);
  view.setFloat64(24, frame.time, true);
  view.setUint32(32, directoryBytes, true);
  view.setUint32(36, directoryBytes + frame.payloadBytes, true);
  view.setUint32(40, headerCrc(head), true);
}

function headerCrc(head: Uint8Array): number {
  return crc32c(head.subarray(HEADER_BYTES), crc32c(head.subarray(0, 40)));
}

/** The header's fields, or null where the bytes cannot be one. The CRC is checked by `checkHead`, once the directory is there. */
export function decodeHeader(bytes: Uint8Array): Header | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC_WORD || view.getUint8(4) !== FRAME_VERSION) return null;
  const kind = FRAME_KINDS[view.getUint8(5)];
  const header: Header = {
    kind,
    number: view.getFloat64(8, true),
    syncedThrough: view.getFloat64(16, true),
    time: view.getFloat64(24, true),
    directoryBytes: view.getUint32(32, true),
    bodyBytes: view.getUint32(36, true),
    crc: view.getUint32(40, true),
  };
  const sane =
    kind !== undefined &&
    Number.isSafeInteger(header.number) &&
    header.directoryBytes <= header.bodyBytes &&
    header.bodyBytes <= MAX_BODY_BYTES;
  return sane ? header : null;
}

/** Whether header and directory are as they were written. `head` is exactly both. */
export function checkHead(head: Uint8Array, header: Header): boolean {
  return headerCrc(head) === header.crc;
}

/** Reads a directory whose CRC has been checked. */
export function decodeDirectory(head: Uint8Array): { meta: string; runs: Run[] } {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let at = HEADER_BYTES;
  const metaBytes = view.getUint32(at, true);
  const meta = fromUtf8.decode(head.subarray(at + 4, at + 4 + metaBytes));
  at += 4 + metaBytes;
  const runs: Run[] = [];
  const runCount = view.getUint32(at, true);
  at += 4;
  for (let r = 0; r < runCount; r++) {
    const channel = view.getUint32(at, true);
    const base = view.getFloat64(at + 4, true);
    const count = view.getUint32(at + 12, true);
    at += 16;
    const lengths = new Array<number>(count);
    const crcs = new Array<number>(count);
    for (let i = 0; i < count; i++) {
      lengths[i] = view.getUint32(at, true);
      crcs[i] = view.getUint32(at + 4, true);
      at += 8;
    }
    runs.push({ channel, base, lengths, crcs });
  }
  return { meta, runs };
}

/** A run over payloads, their CRCs taken. */
export function runOf(channel: number, base: number, payloads: readonly Uint8Array[]): Run {
  return {
    channel,
    base,
    lengths: payloads.map(payload => payload.length),
    crcs: payloads.map(payload => crc32c(payload)),
  };
}
