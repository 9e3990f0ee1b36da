import type { Clock } from '../../base/clock.ts';
import { InTurn } from '../../base/in-turn.ts';
import type { Bytes } from '../../base/units.ts';
import type { ReadFrame } from '../../contract/log.ts';
import type { Groups } from '../groups.ts';
import type { Catalog } from './catalog.ts';
import type { Channel } from './channel.ts';
import { framesAt, placesFrom, readPlaces } from './channel-reader.ts';
import type { Journal } from './journal.ts';
import { Reclaimer } from './reclaim.ts';
import { Retention } from './retention.ts';

/** What all sessions of one log share. */
export class LogCore {
  readonly catalog: Catalog;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly groups: Groups;
  readonly reclaimer: Reclaimer;
  readonly #waiting = new Set<() => void>();
  readonly #admin = new InTurn();

  constructor(parts: { catalog: Catalog; journal: Journal; clock: Clock; groups: Groups; segmentBytes: Bytes }) {
    this.catalog = parts.catalog;
    this.journal = parts.journal;
    this.clock = parts.clock;
    this.groups = parts.groups;
    this.reclaimer = new Reclaimer(parts.catalog, parts.journal, parts.segmentBytes);
    const retention = new Retention(parts.catalog, parts.clock, (channel, before) => this.purge(channel, before));
    parts.journal.onProgress = () => {
      for (const check of this.#waiting) check();
      retention.check();
    };
  }

  /** Runs changes of topics one after another, so that each sees what the one before made. */
  serially<T>(change: () => Promise<T>): Promise<T> {
    return this.#admin.do(change);
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
      void this.clock.sleep(waitMs, timer.signal).then(done);
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
      const places = placesFrom(channel, name, offset, bytes);
      try {
        return framesAt(offset, await readPlaces(places, this.journal));
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

  async close(): Promise<void> {
    await this.reclaimer.settled();
    await this.journal.close();
    this.wake();
  }
}
