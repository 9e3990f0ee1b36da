import { assert } from '../../base/assert.ts';
import type { Batch } from '../../contract/batch.ts';
import type { InputPosition } from '../../contract/log.ts';
import type { TaskHost } from '../task-host.ts';
import type { Fetched, InputReader } from './input-reader.ts';
import type { StreamInput } from './stream-spec.ts';

type Rows = Extract<StreamInput, { kind: 'rows' }>;

/** A range of a table's rows. Its position is the next row. */
export class RowsReader implements InputReader {
  readonly endedUpstreams: ReadonlySet<string> = new Set();
  readonly drains: ReadonlyMap<string, number> = new Map();
  readonly #host: TaskHost;
  readonly #input: Rows;
  readonly #partition: number;
  readonly #batchRows: number;
  #row: number;
  #rows: AsyncIterator<Batch> | null = null;

  constructor(host: TaskHost, input: Rows, partition: number, from: readonly InputPosition[], batchRows: number) {
    this.#host = host;
    this.#input = input;
    this.#partition = partition;
    this.#batchRows = batchRows;
    this.#row = from.find(position => position.input === this.#name())?.row ?? input.from;
  }

  async next(): Promise<Fetched> {
    this.#rows ??= await this.#open();
    const next = await this.#rows.next();
    if (next.done === true) return { kind: 'end' };
    this.#row += next.value.rows;
    return { kind: 'rows', batch: next.value, bad: [] };
  }
  async #open(): Promise<AsyncIterator<Batch>> {
    const table = await this.#host.artifacts.table(this.#input.table.key);
    assert(table !== null, 'the table a stream reads is there');
    const { to, columns } = this.#input;
    const rows = table.read({ from: this.#row, to, batchRows: this.#batchRows, columns });
    return rows[Symbol.asyncIterator]();
  }

  positions(): readonly InputPosition[] {
    return [{ input: this.#name(), partition: this.#partition, offset: 0n, row: this.#row }];
  }
  #name(): string {
    return `split:table/${this.#input.table.key}`;
  }
  setUntil(): void {}
  async release(): Promise<void> {}
  outlook(): { done: number | null; lag: number | null } {
    const { from, to } = this.#input;
    return { done: to === from ? 1 : (this.#row - from) / (to - from), lag: null };
  }
  async close(): Promise<void> {
    await this.#rows?.return?.(undefined);
  }
}
