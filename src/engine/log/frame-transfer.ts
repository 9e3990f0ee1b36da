/**
 * Frames ready to be posted, and the buffers to transfer. A frame that is its whole buffer is handed over as it is;
 * others are packed into one new buffer, since posting a view would copy all of the buffer behind it.
 */
export class FramePacker {
  readonly #views = new Map<Uint8Array, Uint8Array>();
  readonly transfer: ArrayBuffer[] = [];

  constructor(frames: Iterable<Uint8Array>) {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (const frame of frames) {
      if (this.#views.has(frame)) continue;
      this.#views.set(frame, frame);
      if (frame.length === frame.buffer.byteLength && frame.buffer instanceof ArrayBuffer && frame.length > 0) {
        this.transfer.push(frame.buffer);
      } else {
        parts.push(frame);
        size += frame.length;
      }
    }
    if (parts.length === 0) return;
    const pack = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      pack.set(part, at);
      this.#views.set(part, pack.subarray(at, at + part.length));
      at += part.length;
    }
    this.transfer.push(pack.buffer);
  }

  packed(frames: readonly Uint8Array[]): Uint8Array[] {
    return frames.map(frame => this.#views.get(frame) as Uint8Array);
  }
}

/** The distinct buffers behind frames that a reader gave away whole. */
export function buffersOf(frames: Iterable<Uint8Array>): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const frame of frames) if (frame.buffer instanceof ArrayBuffer) buffers.add(frame.buffer);
  return [...buffers];
}
