import type { Bytes } from '../../base/units.ts';
import { LogError } from '../../contract/log.ts';
import type { Catalog } from './catalog.ts';
import type { Channel, Place } from './channel.ts';
import { readPlaces } from './channel-reader.ts';
import { runOf } from './frame.ts';
import type { Journal } from './journal.ts';
import type { Segment } from './segment.ts';

/** Most bytes copied forward in one frame. */
const MOVE_BYTES = 4 * 1024 * 1024;
/** The disk may hold this many times what can be read, before payloads are copied out of mostly dead segments. */
const SLACK = 3;

/** Frees disk space: segments without a readable payload go; a few long-lived payloads do not keep a segment for ever. */
export class Reclaimer {
  readonly #catalog: Catalog;
  readonly #journal: Journal;
  readonly #segmentBytes: Bytes;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(catalog: Catalog, journal: Journal, segmentBytes: Bytes) {
    this.#catalog = catalog;
    this.#journal = journal;
    this.#segmentBytes = segmentBytes;
  }

  /** Frees what can be freed. A log that died or is full meanwhile says so to its writers, not here. */
  run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#loop().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Resolves when nothing is under way; its errors went to whoever started it. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  async #loop(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#dropDead();
        for (let worst = this.#worst(); worst !== null; worst = this.#worst()) {
          const before = this.#journal.diskBytes;
          await this.#moveOut(worst);
          await this.#dropDead();
          // Where what each segment begins with takes most of it, there is no more to be had, and it would never end.
          if (this.#journal.diskBytes >= before) break;
        }
      } catch (error) {
        if (!(error instanceof LogError) || error.code === 'corrupt') throw error;
      }
    } while (this.#again);
  }

  async #dropDead(): Promise<void> {
    const active = this.#journal.activeSegment;
    const dead = [...this.#catalog.segments.values()].filter(s => s.liveBytes === 0 && s.id !== active);
    await this.#journal.drop(dead.map(s => s.id));
  }

  /** The sealed segment with the smallest readable share, if the disk holds too much. */
  #worst(): Segment | null {
    let live = 0;
    let worst: Segment | null = null;
    for (const segment of this.#catalog.segments.values()) {
      live += segment.liveBytes;
      if (segment.id === this.#journal.activeSegment) continue;
      if (worst === null || segment.liveBytes * worst.bytes < worst.liveBytes * segment.bytes) worst = segment;
    }
    if (worst === null || worst.liveBytes * 2 > worst.bytes) return null;
    return this.#journal.diskBytes > SLACK * live + 2 * this.#segmentBytes ? worst : null;
  }

  async #moveOut(segment: Segment): Promise<void> {
    for (const channel of this.#catalog.channels.values()) {
      for (let offset = channel.first; offset < channel.end; ) {
        const from = Math.max(offset, channel.first);
        if (!channel.has(from) || channel.segmentAt(from) !== segment.id) {
          offset = from + 1;
          continue;
        }
        offset = await this.#moveRun(channel, from, segment.id);
      }
    }
  }

  /** Copies the payloads from `from` on that lie in the segment, as many as fit one frame; gives the offset after them. */
  async #moveRun(channel: Channel, from: number, segment: number): Promise<number> {
    const places: Place[] = [];
    let bytes = 0;
    let at = from;
    while (channel.has(at) && channel.segmentAt(at) === segment && bytes < MOVE_BYTES) {
      const place = channel.at(at++);
      places.push(place);
      bytes += place.length;
    }
    const payloads = await readPlaces(places, this.#journal);
    await this.#journal.stage('moved', null, [runOf(channel.id, from, payloads)], payloads);
    return at;
  }
}
