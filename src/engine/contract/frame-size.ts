import { LogError, MAX_FRAME_BYTES, type TopicPartition } from './log.ts';

/** Throws LogError `oversized` for a frame over the limit. `place`: where it was to go; null: to the changelog of a task. */
export function checkFrameSizes(frames: readonly Uint8Array[], place: TopicPartition | null): void {
  for (const frame of frames) {
    if (frame.length <= MAX_FRAME_BYTES) continue;
    const to = place === null ? 'the state of a task' : `topic ${place.topic}`;
    throw new LogError(
      'oversized',
      `A frame for ${to} has ${frame.length} bytes, over the limit of ${MAX_FRAME_BYTES}.`,
      place === null ? {} : { place },
    );
  }
}
