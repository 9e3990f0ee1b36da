import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { sliceRows } from '../columnar/take.ts';
import type { Batch, Origin } from '../contract/batch.ts';
import type { BadRow, Decoder, SourceContext, SourceDefinition, Split } from '../contract/connector.ts';
import type { Prefix } from '../contract/log.ts';
import type { SourceNode } from '../plan/plan.ts';
import { PrefixCheck } from './prefix-check.ts';
import type { TaskHost } from './task-host.ts';

/** Rows of a split up to a record: good ones, and bad ones among the records not told of before. */
export interface SourceRows {
  /** Null where only bad rows are left to tell of. */
  readonly batch: Batch | null;
  readonly bad: readonly BadRow[];
  /** Records of the split consumed when these rows have been. */
  readonly through: number;
  /** Bytes read for them; null where a split has none. */
  readonly prefix: Prefix | null;
}

/** The records of a batch's rows: all after `before` but the bad ones. */
function originOf(split: string, before: number, bad: readonly BadRow[]): Origin {
  const refused = bad.map(row => row.record).sort((a, b) => a - b);
  return {
    split,
    recordOf(row) {
      let record = before + 1 + row;
      for (const one of refused) if (one <= record) record += 1;
      return record;
    },
  };
}

/** Bad rows held while no good one comes. Beyond it the input is of another kind than declared. */
const MAX_BAD_IN_A_ROW = 100_000;

export function sourceOf(host: TaskHost, source: SourceNode): SourceDefinition {
  const definition = host.catalog.sources.get(source.connector.connector);
  assert(definition !== undefined, `the catalog has no source ${source.connector.connector}`);
  return definition;
}

/** The units of a source, in a fixed order. Rows handed in stand as one split, or a split a batch. */
export async function splitsOf(host: TaskHost, source: SourceNode, signal: AbortSignal): Promise<readonly Split[]> {
  const rows = host.injected?.get(source.id);
  if (rows !== undefined) {
    if (host.injectedAsSplits) return rows.map((batch, i) => ({ name: `given ${i}`, hash: null, size: batch.rows }));
    return [{ name: 'given', hash: null, size: rows.reduce((sum, b) => sum + b.rows, 0) }];
  }
  const definition = sourceOf(host, source);
  assert(definition.splits !== undefined, `${definition.name} is read through the log`);
  return definition.splits(contextOf(source, signal));
}

export interface ReadSplit {
  readonly source: SourceNode;
  readonly split: Split;
  /** Records to pass over: they have been consumed. */
  readonly skip: number;
  /** What had been read when they were. Throws R540 where the split begins otherwise now. */
  readonly prefix: Prefix | null;
  readonly batchRows: number;
  readonly signal: AbortSignal;
  /** Told the bytes or rows consumed so far, in the unit of `split.size`. */
  consumed?(amount: number): void;
}

/** Reads a split from a record on, decoding it where it is bytes. Ends when the split does. */
export async function* readSplit(host: TaskHost, read: ReadSplit): AsyncGenerator<SourceRows> {
  const given = host.injected?.get(read.source.id);
  if (given !== undefined) {
    const rows = host.injectedAsSplits ? [given[Number(read.split.name.slice('given '.length))]] : given;
    yield* fromBatches(cutBatches(rows, read.skip, read.batchRows), read);
    return;
  }
  const definition = sourceOf(host, read.source);
  const isEndless = definition.nature === 'unbounded';
  assert(definition.open !== undefined, `${definition.name} is read through the log`);
  const reader = definition.open(contextOf(read.source, read.signal), read.split);
  if (reader.kind === 'batches') {
    yield* fromBatches(reader.batches(read.skip, read.batchRows), read);
    return;
  }
  const out = new Decoded(read);
  const decoder = decoderOf(host, read, out);
  const check = new PrefixCheck(read.split.name, read.prefix);
  for await (const bytes of reader.chunks) {
    check.add(bytes);
    decoder.push(bytes, out.emit);
    // The next bytes may be long in coming.
    if (isEndless) decoder.flush(out.emit);
    read.consumed?.(reader.consumed());
    if (check.isPast) yield* out.taken(check);
    if (read.signal.aborted) return;
  }
  check.end();
  await decoder.end(out.emit);
  yield* out.taken(check);
  const last = out.rest(check.sum);
  if (last !== null) yield last;
}

/** What a decoder has given since last asked, with the bad rows beside the batches they came among. */
class Decoded {
  readonly #split: string;
  #through: number;
  #batches: { batch: Batch; through: number; byte: number }[] = [];
  #bad: BadRow[] = [];

  constructor(read: ReadSplit) {
    this.#split = read.split.name;
    this.#through = read.skip;
  }
  readonly emit = (batch: Batch, through: number, byte: number): void => {
    this.#batches.push({ batch, through, byte });
  };
  readonly bad = (row: BadRow): void => {
    this.#bad.push(row);
    if (this.#bad.length <= MAX_BAD_IN_A_ROW) return;
    throw new OperationalError('R423', `${row.split}: over ${MAX_BAD_IN_A_ROW} bad records in a row`, {
      hint: `the first says: ${this.#bad[0].reason}`,
    });
  };
  taken(check: PrefixCheck): readonly SourceRows[] {
    const rows = this.#batches.map(({ batch, through, byte }) => {
      const bad = this.#bad.filter(row => row.record <= through);
      this.#bad = this.#bad.filter(row => row.record > through);
      const origin = originOf(this.#split, this.#through, bad);
      this.#through = through;
      return { batch: { ...batch, origin }, through, bad, prefix: check.upTo(byte) };
    });
    this.#batches = [];
    return rows;
  }
  rest(prefix: Prefix): SourceRows | null {
    const [last] = this.#bad.slice(-1);
    if (last === undefined) return null;
    const bad = this.#bad;
    this.#bad = [];
    return { batch: null, bad, through: Math.max(this.#through, last.record), prefix };
  }
}

function decoderOf(host: TaskHost, read: ReadSplit, out: Decoded): Decoder {
  const { source } = read;
  assert(source.format !== null, `source ${source.id} has bytes and no format`);
  const format = host.catalog.formats.get(source.format.name);
  assert(format?.files !== undefined, `the catalog has no format of files ${source.format.name}`);
  return format.files.decoder({
    options: source.format.options as never,
    schema: source.schema,
    names: source.names,
    nulls: source.nulls,
    onRange: source.onRange,
    zone: source.zone,
    batchRows: read.batchRows,
    split: read.split.name,
    skipRecords: read.skip,
    bad: out.bad,
  });
}

function contextOf(source: SourceNode, signal: AbortSignal): SourceContext<Readonly<Record<string, never>>> {
  return {
    options: source.connector.options as Readonly<Record<string, never>>,
    schema: source.schema,
    signal,
  };
}

async function* fromBatches(batches: Iterable<Batch>, read: ReadSplit): AsyncGenerator<SourceRows> {
  let through = read.skip;
  for (const batch of batches) {
    const origin = originOf(read.split.name, through, []);
    through += batch.rows;
    read.consumed?.(through);
    yield { batch: { ...batch, origin }, bad: [], through, prefix: null };
    if (read.signal.aborted) return;
  }
}

function* cutBatches(batches: readonly Batch[], skip: number, batchRows: number): Generator<Batch> {
  let before = 0;
  for (const batch of batches) {
    for (let from = Math.max(0, skip - before); from < batch.rows; from += batchRows) {
      yield sliceRows(batch, from, Math.min(batch.rows, from + batchRows));
    }
    before += batch.rows;
  }
}
