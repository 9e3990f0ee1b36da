import { crc32c } from '@node-rs/crc32';
import type { Bytes } from '../../base/units.ts';
import type { ReadFrame } from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import type { Channel, Place } from './channel.ts';

/** Whoever can read bytes of a segment by its number. */
export interface SegmentBytes {
  read(segment: number, position: number, into: Uint8Array): Promise<void>;
}

/** Two payloads this near are read in one go. */
const NEAR_BYTES = 4096;

/**
 * Where the payloads of a channel from `offset` on lie: up to `bytes` in all, but at least one where there is one.
 * Throws LogError `gap` outside of what is kept.
 */
export function placesFrom(channel: Channel, name: string, offset: number, bytes: Bytes): Place[] {
  checkRange(channel, name, offset);
  const places: Place[] = [];
  let total = 0;
  for (let at = offset; at < channel.end && (at === offset || total < bytes); at++) {
    const place = channel.at(at);
    if (at > offset && total + place.length > bytes) break;
    places.push(place);
    total += place.length;
  }
  return places;
}

/** The payloads at the places. Throws LogError `corrupt` where bytes are not what was written. */
export async function readPlaces(places: readonly Place[], segments: SegmentBytes): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for (let from = 0; from < places.length; ) {
    const first = places[from];
    let to = from + 1;
    let end = first.position + first.length;
    while (to < places.length) {
      const next = places[to];
      const gap = next.position - end;
      if (next.segment !== first.segment || gap < 0 || gap > NEAR_BYTES) break;
      end = next.position + next.length;
      to++;
    }
    const bytes = new Uint8Array(end - first.position);
    await segments.read(first.segment, first.position, bytes);
    for (let i = from; i < to; i++) {
      const at = places[i].position - first.position;
      bodies.push(checked(bytes.subarray(at, at + places[i].length), places[i]));
    }
    from = to;
  }
  return bodies;
}

export function framesAt(offset: number, bodies: readonly Uint8Array[]): ReadFrame[] {
  return bodies.map((body, i) => ({ offset: BigInt(offset + i), body }));
}

function checked(body: Uint8Array, place: Place): Uint8Array {
  if (crc32c(body) !== place.crc) {
    throw new LogError(
      'corrupt',
      `The log is damaged in segment ${place.segment} at byte ${place.position}: the checksum of a frame of ${place.length} bytes is wrong.`,
    );
  }
  return body;
}

function checkRange(channel: Channel, name: string, offset: number): void {
  if (offset < channel.first) {
    throw new LogError(
      'gap',
      `${name}: offset ${offset} is gone, the log starts at ${channel.first}. What was between is lost to this reader.`,
    );
  }
  if (offset > channel.end) {
    throw new LogError(
      'gap',
      `${name}: offset ${offset} is beyond the end, ${channel.end}. The position is of another log.`,
    );
  }
}
