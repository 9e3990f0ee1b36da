import { LogError, MAX_FRAME_BYTES } from './log.ts';

/** Throws LogError `oversized` for a frame over the limit. */
export function checkFrameSizes(frames: readonly Uint8Array[]): void {
  for (const frame of frames) {
    if (frame.length > MAX_FRAME_BYTES) {
      throw new LogError('oversized', `A frame of ${frame.length} bytes is over the limit of ${MAX_FRAME_BYTES}.`);
    }
  }
}
