import type { RecordDecoder } from '../../engine/contract/connector.ts';
import type { RecordColumns } from '../../engine/contract/record-topics.ts';
import { schemaIdAt } from './wire-format.ts';

/** Fetches the writers' schemas that a decoder has not met yet before it gets the records. */
export class RegisteredDecoder implements RecordDecoder {
  readonly #decoder: RecordDecoder;
  readonly #known = new Set<number>([-1]);
  readonly #learn: (id: number) => Promise<void>;

  /** `learn` is awaited once for each id. */
  constructor(decoder: RecordDecoder, learn: (id: number) => Promise<void>) {
    this.#decoder = decoder;
    this.#learn = learn;
  }

  add(records: RecordColumns, from: number, to: number): void | Promise<void> {
    const { bytes, valueStart, valueEnd } = records;
    let unknown: Set<number> | null = null;
    let last = -1;
    for (let i = from; i < to; i++) {
      const id = schemaIdAt(bytes, valueStart[i], valueEnd[i]);
      if (id === last || this.#known.has(id)) continue;
      (unknown ??= new Set()).add(id);
      last = id;
    }
    if (unknown === null) return this.#decoder.add(records, from, to);
    return this.#addAfter(unknown, records, from, to);
  }
  async #addAfter(ids: ReadonlySet<number>, records: RecordColumns, from: number, to: number): Promise<void> {
    for (const id of ids) {
      await this.#learn(id);
      this.#known.add(id);
    }
    await this.#decoder.add(records, from, to);
  }
  take(): ReturnType<RecordDecoder['take']> {
    return this.#decoder.take();
  }
}
