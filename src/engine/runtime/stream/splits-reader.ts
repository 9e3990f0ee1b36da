import { assert } from '../../base/assert.ts';
import type { Millis } from '../../base/units.ts';
import { sliceRows } from '../../columnar/take.ts';
import type { InputPosition, Prefix } from '../../contract/log.ts';
import { readSplit, type SourceRows } from '../read-split.ts';
import type { TaskHost } from '../task-host.ts';
import type { Fetched, InputReader } from './input-reader.ts';
import type { StreamInput } from './stream-spec.ts';

type Splits = Extract<StreamInput, { kind: 'splits' }>;

/** The name of a split in positions. */
export function splitInput(source: string, index: number): string {
  return `split:${source}/${index}`;
}

/** The splits of one source task, one after another. A position is (split, record); a finished split has offset 1. */
export class SplitsReader implements InputReader {
  readonly endedUpstreams: ReadonlySet<string> = new Set();
  readonly drains: ReadonlyMap<string, number> = new Map();
  readonly #host: TaskHost;
  readonly #input: Splits;
  readonly #partition: number;
  readonly #batchRows: number;
  readonly #abort = new AbortController();
  /** Records consumed by split, in the order of the input. */
  readonly #records: number[];
  readonly #finished: boolean[];
  readonly #prefixes: (Prefix | null)[];
  #at = 0;
  #rows: AsyncIterator<SourceRows> | null = null;
  /** Asked for, and not there when the wait for it was over. */
  #coming: Promise<IteratorResult<SourceRows>> | null = null;
  #consumed = 0;
  #size: number | null;

  constructor(host: TaskHost, input: Splits, partition: number, from: readonly InputPosition[], batchRows: number) {
    this.#host = host;
    this.#input = input;
    this.#partition = partition;
    this.#batchRows = batchRows;
    const known = new Map(from.map(position => [position.input, position]));
    const positions = input.splits.map(({ index }) => known.get(this.#name(index)));
    // What comes from outside cannot be read twice, so it is never passed over.
    this.#records = positions.map(position => (input.bounded ? (position?.row ?? 0) : 0));
    this.#finished = positions.map(position => input.bounded && position?.offset === 1n);
    this.#prefixes = positions.map(position => (input.bounded ? (position?.prefix ?? null) : null));
    const sizes = input.splits.map(({ split }) => split.size);
    this.#size = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }

  async next(maxRows: number, wait: Millis): Promise<Fetched> {
    assert(maxRows >= this.#batchRows, 'a reader is opened with the size of its batches');
    for (;;) {
      if (this.#at === this.#input.splits.length) return { kind: this.#input.bounded ? 'end' : 'until' };
      if (this.#finished[this.#at]) {
        this.#at += 1;
        continue;
      }
      const next = await this.#within(wait);
      if (next === null) return { kind: 'none' };
      if (next.done === true) {
        this.#finished[this.#at] = true;
        this.#rows = null;
        continue;
      }
      const { batch, bad, through, prefix } = next.value;
      assert(batch === null || batch.rows <= maxRows, 'a decoder keeps to the size of batches');
      this.#records[this.#at] = through;
      this.#prefixes[this.#at] = prefix;
      return { kind: 'rows', batch: batch === null ? null : sliceRows(batch, 0, batch.rows), bad };
    }
  }

  async #within(wait: Millis): Promise<IteratorResult<SourceRows> | null> {
    this.#rows ??= this.#open();
    this.#coming ??= this.#rows.next();
    const timer = new AbortController();
    const late = this.#host.clock.sleep(wait, timer.signal).then(() => null);
    try {
      const next = await Promise.race([this.#coming, late]);
      if (next !== null) this.#coming = null;
      return next;
    } finally {
      timer.abort();
    }
  }

  #open(): AsyncIterator<SourceRows> {
    const { split } = this.#input.splits[this.#at];
    let before = 0;
    return readSplit(this.#host, {
      source: this.#input.source,
      split,
      skip: this.#records[this.#at],
      prefix: this.#prefixes[this.#at],
      batchRows: this.#batchRows,
      signal: this.#abort.signal,
      consumed: amount => {
        this.#consumed += amount - before;
        before = amount;
      },
    })[Symbol.asyncIterator]();
  }

  positions(): readonly InputPosition[] {
    return this.#input.splits.map(({ index }, i) => {
      const prefix = this.#prefixes[i];
      return {
        input: this.#name(index),
        partition: this.#partition,
        offset: this.#finished[i] ? 1n : 0n,
        row: this.#records[i],
        ...(prefix === null ? {} : { prefix }),
      };
    });
  }
  #name(index: number): string {
    return splitInput(this.#input.source.id, index);
  }
  setUntil(): void {}
  async release(): Promise<void> {}
  outlook(): { done: number | null; lag: number | null } {
    const done = this.#size === null || this.#size === 0 ? null : Math.min(1, this.#consumed / this.#size);
    return { done, lag: null };
  }
  async close(): Promise<void> {
    this.#abort.abort();
    this.#coming?.catch(() => undefined);
    const closed = this.#rows?.return?.(undefined);
    // Behind rows that may never come there is nothing to wait for.
    if (this.#coming === null) await closed;
    else closed?.catch(() => undefined);
  }
}
