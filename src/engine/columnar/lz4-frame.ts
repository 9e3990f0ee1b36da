const MAGIC = 0x184d_2204;
const MIN_MATCH = 4;

/**
 * The bytes of an LZ4 frame, linked blocks or not (github.com/lz4/lz4, doc/lz4_Frame_format.md): what pyarrow and pandas
 * compress Arrow bodies by, and Node has no decoder for. Its checksums are not looked at. Throws RangeError for a frame that
 * is cut off or damaged.
 */
export function lz4FrameDecode(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const flags = frame[4];
  if (view.getUint32(0, true) !== MAGIC || flags >> 6 !== 1) throw new RangeError('no LZ4 frame');
  const blockChecksums = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0;
  const out = new Output(hasSize ? Number(view.getBigUint64(6, true)) : 4 * frame.length);
  // Magic, flags, block descriptor, the sizes that are there, and a checksum of them.
  let at = 6 + (hasSize ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return out.bytes();
    const end = at + (size & 0x7fff_ffff);
    if (end > frame.length) throw cutOff();
    if (size & 0x8000_0000) out.copy(frame, at, end);
    else decodeBlock(frame, at, end, out);
    at = end + (blockChecksums ? 4 : 0);
  }
}

function decodeBlock(from: Uint8Array, start: number, end: number, out: Output): void {
  let at = start;
  const lengthFrom = (short: number): number => {
    let length = short;
    for (let more = short === 15 ? 255 : 0; more === 255; length += more) {
      if (at >= end) throw cutOff();
      more = from[at++];
    }
    return length;
  };
  while (at < end) {
    const token = from[at++];
    const literals = lengthFrom(token >> 4);
    if (at + literals > end) throw cutOff();
    out.copy(from, at, at + literals);
    at += literals;
    // The last sequence of a block is literals alone.
    if (at === end) return;
    if (at + 2 > end) throw cutOff();
    const offset = from[at] | (from[at + 1] << 8);
    at += 2;
    out.repeat(offset, lengthFrom(token & 15) + MIN_MATCH);
  }
}

function cutOff(): RangeError {
  return new RangeError('an LZ4 frame is cut off');
}

/** Bytes that grow at their end; matches reach back over blocks. */
class Output {
  #bytes: Uint8Array;
  #length = 0;

  /** The size expected: a hint from outside, so no more than a start. */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(Math.min(Math.max(expected, 64), 1 << 24));
  }
  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.set(from.subarray(start, end), this.#length);
    this.#length += end - start;
  }
  /** `count` bytes from `offset` back on; where they overlap what is being written, they repeat it. */
  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.#length) throw new RangeError('an LZ4 match reaches before the frame');
    this.#reserve(count);
    const bytes = this.#bytes;
    const to = this.#length;
    if (offset >= count) bytes.copyWithin(to, to - offset, to - offset + count);
    else for (let i = 0; i < count; i++) bytes[to + i] = bytes[to + i - offset];
    this.#length += count;
  }
  bytes(): Uint8Array {
    // Buffers of a fresh allocation, so that typed arrays over them are aligned.
    return this.#bytes.slice(0, this.#length);
  }
  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
