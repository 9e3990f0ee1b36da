import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import type { TopicSpec } from '../../contract/log.ts';
import type { Catalog } from './catalog.ts';
import type { Channel } from './channel.ts';

/** How often the topics are looked at, while something is written. */
const EVERY_MS = 1000;

/** Lets go what topics with a `retention` need not keep. By age, whole segments at a time: a frame may stay longer, never shorter. */
export class Retention {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #purge: (channel: Channel, before: bigint) => Promise<void>;
  #next: Millis = 0;

  constructor(catalog: Catalog, clock: Clock, purge: (channel: Channel, before: bigint) => Promise<void>) {
    this.#catalog = catalog;
    this.#clock = clock;
    this.#purge = purge;
  }

  check(): void {
    const now = this.#clock.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    for (const { spec, channels } of this.#catalog.topics.values()) {
      if (spec.retention === undefined || spec.internal === true) continue;
      for (const channel of channels) {
        const before = this.#firstKept(channel, spec.retention, now);
        // A log that stops meanwhile tells its writers; what was not purged stays.
        if (before > channel.first) this.#purge(channel, BigInt(before)).catch(() => {});
      }
    }
  }

  #firstKept(channel: Channel, retention: NonNullable<TopicSpec['retention']>, now: Millis): number {
    const { bytes = Number.POSITIVE_INFINITY, ms = Number.POSITIVE_INFINITY } = retention;
    let held = channel.bytes;
    let offset = channel.first;
    for (; offset < channel.end; offset++) {
      const place = channel.at(offset);
      const sealedAt = this.#catalog.segments.get(place.segment)?.sealedAt ?? 0;
      const old = sealedAt > 0 && now - sealedAt > ms;
      if (!old && held <= bytes) break;
      held -= place.length;
    }
    return offset;
  }
}
