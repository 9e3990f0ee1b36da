import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { RecordDecoder } from '../../engine/contract/connector.ts';
import type { RecordColumns } from '../../engine/contract/record-topics.ts';
import { schemaIdAt } from './wire-format.ts';

/** Registries lag behind who writes: an id that was not known is asked again with the first record of it after so long. */
const ASK_AGAIN: Millis = 10_000;

/** Fetches the writers' schemas that a decoder has not met yet before it gets the records. */
export class RegisteredDecoder implements RecordDecoder {
  readonly #decoder: RecordDecoder;
  readonly #known = new Set<number>([-1]);
  /** By id: since when it is not known. */
  readonly #unknown = new Map<number, Millis>();
  readonly #clock: Clock;
  readonly #learn: (id: number) => Promise<boolean>;

  /** `learn` is awaited once for each id, and again after a pause where it gave false: there may be more to learn later. */
  constructor(decoder: RecordDecoder, clock: Clock, learn: (id: number) => Promise<boolean>) {
    this.#decoder = decoder;
    this.#clock = clock;
    this.#learn = learn;
  }

  add(records: RecordColumns, from: number, to: number): void | Promise<void> {
    const { bytes, valueStart, valueEnd } = records;
    let unknown: Set<number> | null = null;
    let last = -1;
    for (let i = from; i < to; i++) {
      const id = schemaIdAt(bytes, valueStart[i], valueEnd[i]);
      if (id === last || this.#known.has(id) || this.#isUnknown(id)) continue;
      (unknown ??= new Set()).add(id);
      last = id;
    }
    if (unknown === null) return this.#decoder.add(records, from, to);
    return this.#addAfter(unknown, records, from, to);
  }
  async #addAfter(ids: ReadonlySet<number>, records: RecordColumns, from: number, to: number): Promise<void> {
    for (const id of ids) {
      if (await this.#learn(id)) {
        this.#known.add(id);
        this.#unknown.delete(id);
      } else this.#unknown.set(id, this.#clock.elapsed());
    }
    await this.#decoder.add(records, from, to);
  }
  #isUnknown(id: number): boolean {
    const since = this.#unknown.get(id);
    return since !== undefined && this.#clock.elapsed() - since < ASK_AGAIN;
  }
  take(): ReturnType<RecordDecoder['take']> {
    return this.#decoder.take();
  }
}
