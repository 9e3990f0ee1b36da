import { crc32c } from '@node-rs/crc32';
import type { Clock } from '../../base/clock.ts';
import type { Bytes } from '../../base/units.ts';
import type { ReadFrame, TopicPartition } from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import type { Groups } from '../groups.ts';
import type { Catalog } from './catalog.ts';
import type { Channel, Place } from './channel.ts';
import type { Journal } from './journal.ts';
import { Reclaimer } from './reclaim.ts';
import { Retention } from './retention.ts';

/** Two payloads this near are read in one go. */
const NEAR_BYTES = 4096;

/** What all sessions of one log share. */
export class LogCore {
  readonly catalog: Catalog;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly groups: Groups;
  readonly reclaimer: Reclaimer;
  readonly #waiting = new Set<() => void>();
  #admin: Promise<unknown> = Promise.resolve();

  constructor(parts: { catalog: Catalog; journal: Journal; clock: Clock; groups: Groups; segmentBytes: Bytes }) {
    this.catalog = parts.catalog;
    this.journal = parts.journal;
    this.clock = parts.clock;
    this.groups = parts.groups;
    this.reclaimer = new Reclaimer(parts.catalog, parts.journal, parts.segmentBytes, (place, body) =>
      this.#readPlace(place, body),
    );
    const retention = new Retention(parts.catalog, parts.clock, (channel, before) => this.purge(channel, before));
    parts.journal.onProgress = () => {
      for (const check of this.#waiting) check();
      retention.check();
    };
  }

  /** Runs changes of topics one after another, so that each sees what the one before made. */
  serially<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#admin.then(change);
    this.#admin = result.catch(() => {});
    return result;
  }

  /** Throws LogError `no-topic`. */
  channelOf(of: TopicPartition): Channel {
    const channel = this.catalog.topics.get(of.topic)?.channels[of.partition];
    if (channel === undefined)
      throw new LogError('no-topic', `There is no topic partition ${of.topic}/${of.partition}.`);
    return channel;
  }

  /** Lets all before an offset go, and frees the disk where that empties segments. */
  async purge(channel: Channel, before: bigint): Promise<void> {
    const to = before < BigInt(channel.end) ? Number(before) : channel.end;
    if (to <= channel.first) return;
    await this.journal.stage('purge', { channel: channel.id, before: to });
    await this.reclaimer.run();
  }

  /** Resolves when `ready` says so, the log has died, or the time is up. */
  async waitFor(ready: () => boolean, waitMs: number): Promise<void> {
    if (ready() || this.journal.death !== null) return;
    const timer = new AbortController();
    await new Promise<void>(resolve => {
      const check = (): void => {
        if (ready() || this.journal.death !== null) done();
      };
      const done = (): void => {
        this.#waiting.delete(check);
        timer.abort();
        resolve();
      };
      this.#waiting.add(check);
      this.clock.sleep(waitMs, timer.signal).then(done, done);
    });
  }

  /** Ends all waits; their reads then answer with what there is. */
  wake(): void {
    for (const check of this.#waiting) check();
  }

  /**
   * Payloads of a channel from `offset` on, up to `bytes` in all, but at least one where there is one.
   * Throws LogError `gap` outside of what is kept, `corrupt` where bytes are not what was written.
   */
  async readChannel(channel: Channel, name: string, offset: number, bytes: Bytes): Promise<ReadFrame[]> {
    for (;;) {
      checkRange(channel, name, offset);
      const places: Place[] = [];
      let total = 0;
      for (let at = offset; at < channel.end && (at === offset || total < bytes); at++) {
        const place = channel.at(at);
        if (at > offset && total + place.length > bytes) break;
        places.push(place);
        total += place.length;
      }
      try {
        const bodies = await this.#readPlaces(places);
        return bodies.map((body, i) => ({ offset: BigInt(offset + i), body }));
      } catch (error) {
        // While we read, the payloads may have been moved and their old file removed: then try where they are now.
        const moved = places.some((place, i) => {
          const at = offset + i;
          return !channel.has(at) || channel.segmentAt(at) !== place.segment;
        });
        if (!moved) throw error;
      }
    }
  }

  async #readPlaces(places: readonly Place[]): Promise<Uint8Array[]> {
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
      await this.journal.read(first.segment, first.position, bytes);
      for (let i = from; i < to; i++) {
        const at = places[i].position - first.position;
        bodies.push(checked(bytes.subarray(at, at + places[i].length), places[i]));
      }
      from = to;
    }
    return bodies;
  }

  async #readPlace(place: Place, body: Uint8Array): Promise<void> {
    await this.journal.read(place.segment, place.position, body);
    checked(body, place);
  }

  async close(): Promise<void> {
    await this.reclaimer.settled();
    await this.journal.close();
    this.wake();
  }
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
