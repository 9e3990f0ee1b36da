import { crc32c } from '@node-rs/crc32';
import type { Run } from './frame.ts';

/**
 * The index beside a sealed segment: its runs and where their payloads begin, so that opening a large log reads no bodies.
 * Little endian: per run position u32 · channel u32 · base f64 · count u32 · per payload length u32, crc32c u32; at the
 * end crc32c u32 of all before. Lost or damaged, it is made again from the segment.
 */
export class SegmentIndex {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  add(runs: readonly Run[], position: number): void {
    for (const run of runs) {
      this.#reserve(20 + 8 * run.lengths.length);
      this.#u32(position);
      this.#u32(run.channel);
      this.#view.setFloat64(this.#size, run.base, true);
      this.#size += 8;
      this.#u32(run.lengths.length);
      for (let i = 0; i < run.lengths.length; i++) {
        this.#u32(run.lengths[i]);
        this.#u32(run.crcs[i]);
        position += run.lengths[i];
      }
    }
  }

  #u32(value: number): void {
    this.#view.setUint32(this.#size, value, true);
    this.#size += 4;
  }

  #reserve(more: number): void {
    if (this.#size + more + 4 <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#size + more + 4));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  finish(): Uint8Array {
    this.#reserve(0);
    this.#view.setUint32(this.#size, crc32c(this.#bytes.subarray(0, this.#size)), true);
    return this.#bytes.subarray(0, this.#size + 4);
  }
}

/** The runs of an index file with the position of their first payload, or null where it is damaged. */
export function readSegmentIndex(bytes: Uint8Array): { run: Run; position: number }[] | null {
  if (bytes.length < 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 4;
  if (crc32c(bytes.subarray(0, end)) !== view.getUint32(end, true)) return null;
  const found: { run: Run; position: number }[] = [];
  for (let at = 0; at < end; ) {
    const position = view.getUint32(at, true);
    const channel = view.getUint32(at + 4, true);
    const base = view.getFloat64(at + 8, true);
    const count = view.getUint32(at + 16, true);
    at += 20;
    const lengths: number[] = [];
    const crcs: number[] = [];
    for (let i = 0; i < count; i++) {
      lengths.push(view.getUint32(at, true));
      crcs.push(view.getUint32(at + 4, true));
      at += 8;
    }
    found.push({ run: { channel, base, lengths, crcs }, position });
  }
  return found;
}
