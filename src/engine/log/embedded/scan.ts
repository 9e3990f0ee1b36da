import { crc32c } from '@node-rs/crc32';
import { bufferOver } from '../../base/buffer-over.ts';
import type { DiskFile } from '../../base/disk.ts';
import type { FrameMeta } from './catalog.ts';
import type { FrameKind, Header, Run } from './frame.ts';
import { checkHead, decodeDirectory, decodeHeader, HEADER_BYTES, MAGIC } from './frame.ts';

/** A whole, undamaged frame. `position` is where its payloads begin, `end` where the next frame does. */
export interface ScannedFrame {
  readonly header: Header;
  readonly meta: FrameMeta[FrameKind];
  readonly runs: readonly Run[];
  readonly position: number;
  readonly end: number;
}

const WINDOW_BYTES = 1024 * 1024;

/** Reads a file in large steps and gives any range of it. */
export class ScanWindow {
  readonly #file: DiskFile;
  readonly size: number;
  #bytes = new Uint8Array(0);
  #start = 0;

  constructor(file: DiskFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** `[from, from + length)`, or null where the file ends before. Valid until the next call. */
  async range(from: number, length: number): Promise<Uint8Array | null> {
    if (from + length > this.size) return null;
    const at = from - this.#start;
    if (at < 0 || at + length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), this.size - from));
      const read = await this.#file.read(bytes, from);
      this.#bytes = bytes.subarray(0, read);
      this.#start = from;
      if (read < length) return null;
      return this.#bytes.subarray(0, length);
    }
    return this.#bytes.subarray(at, at + length);
  }
}

/** The frame at `at`, or null where there is none or it is damaged. `payloads`: check their CRCs too. */
export async function frameAt(window: ScanWindow, at: number, payloads: boolean): Promise<ScannedFrame | null> {
  const headerBytes = await window.range(at, HEADER_BYTES);
  const header = headerBytes === null ? null : decodeHeader(headerBytes);
  if (header === null || at + HEADER_BYTES + header.bodyBytes > window.size) return null;
  const head = await window.range(at, HEADER_BYTES + header.directoryBytes);
  if (head === null || !checkHead(head, header)) return null;
  const { meta, runs } = decodeDirectory(head);
  const position = at + HEADER_BYTES + header.directoryBytes;
  const end = at + HEADER_BYTES + header.bodyBytes;
  if (payloads) {
    let from = position;
    for (const run of runs) {
      for (let i = 0; i < run.lengths.length; i++) {
        const payload = await window.range(from, run.lengths[i]);
        if (payload === null || crc32c(payload) !== run.crcs[i]) return null;
        from += run.lengths[i];
      }
    }
  }
  return { header, meta: meta === '' ? null : JSON.parse(meta), runs, position, end };
}

/**
 * Whether what follows `from` proves that frame `number` had been synced: a later whole frame says so. The frame at `from`
 * is damaged, so its length cannot be trusted, and every place where a frame could begin is tried.
 */
export async function laterFrameCovers(window: ScanWindow, from: number, number: number): Promise<boolean> {
  let at = from + 1;
  while (at + HEADER_BYTES <= window.size) {
    const length = Math.min(WINDOW_BYTES, window.size - at);
    const bytes = await window.range(at, length);
    if (bytes === null) return false;
    const found = bufferOver(bytes).indexOf(MAGIC);
    if (found < 0) {
      // A magic may begin in the last bytes of this step.
      at += Math.max(1, length - MAGIC.length + 1);
      continue;
    }
    const frame = await frameAt(window, at + found, false);
    if (frame !== null && frame.header.syncedThrough >= number) return true;
    at += found + 1;
  }
  return false;
}
