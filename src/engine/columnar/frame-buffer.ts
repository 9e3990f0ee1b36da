import { OperationalError } from '../base/operational-error.ts';

/** Every buffer of a frame starts at a multiple of this, so that a reader can lay typed arrays over it. */
const ALIGNMENT = 8;

const MOST_KEPT_BYTES = 8 * 2 ** 20;

/** Bytes written one aligned buffer after another; grows as needed. Little endian, as every machine Node runs on is. */
export class FrameWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** Forgets what a write that threw has left. */
  start(): void {
    this.#length = 0;
  }
  u32(a: number, b: number): void {
    const at = this.#reserve(8);
    const words = new Uint32Array(this.#bytes.buffer, at, 2);
    words[0] = a;
    words[1] = b;
  }
  floats(count: number): Float64Array {
    const at = this.#reserve(count * 8);
    return new Float64Array(this.#bytes.buffer, at, count);
  }
  ints(count: number, width: 1 | 2 | 4): Int8Array | Int16Array | Int32Array {
    const at = this.#reserve(count * width);
    const { buffer } = this.#bytes;
    if (width === 1) return new Int8Array(buffer, at, count);
    return width === 2 ? new Int16Array(buffer, at, count) : new Int32Array(buffer, at, count);
  }
  bytes(count: number): Uint8Array {
    const at = this.#reserve(count);
    return new Uint8Array(this.#bytes.buffer, at, count);
  }
  /** A copy of the bytes written; the writer starts again, keeping its room unless that has become large. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > MOST_KEPT_BYTES) this.#bytes = new Uint8Array(4096);
    return written;
  }

  /** Growing moves the bytes: `buffer` is read after this, and views handed out earlier are filled before. */
  #reserve(bytes: number): number {
    const at = this.#length;
    this.#length = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    } else this.#bytes.fill(0, at, this.#length);
    return at;
  }
}

/** Reads what FrameWriter wrote: views where the bytes are aligned in memory, copies where not. */
export class FrameReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = (bytes.byteOffset & (ALIGNMENT - 1)) === 0 ? bytes : bytes.slice();
  }

  u32(): [number, number] {
    const words = new Uint32Array(this.#bytes.buffer, this.#take(8), 2);
    return [words[0], words[1]];
  }
  floats(count: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, this.#take(count * 8), count);
  }
  ints(count: number, width: number): Int8Array | Int16Array | Int32Array {
    const at = this.#take(count * width);
    const { buffer } = this.#bytes;
    if (width === 1) return new Int8Array(buffer, at, count);
    return width === 2 ? new Int16Array(buffer, at, count) : new Int32Array(buffer, at, count);
  }
  bytes(count: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#take(count), count);
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw damagedFrame();
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (bytes < 0 || this.#at > this.#bytes.length) throw damagedFrame();
    return this.#bytes.byteOffset + at;
  }
}

export function damagedFrame(): OperationalError {
  return new OperationalError('R405', 'a frame of columns is damaged or was written with another schema');
}
