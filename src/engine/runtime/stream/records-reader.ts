import { assert } from '../../base/assert.ts';
import type { Millis } from '../../base/units.ts';
import type { Origin } from '../../contract/batch.ts';
import type { BadRow, RecordDecoder, RecordWorld } from '../../contract/connector.ts';
import type { InputPosition } from '../../contract/log.ts';
import type { RecordChunk, RecordRead, RecordTopics } from '../../contract/record-topics.ts';
import type { SourceNode } from '../../plan/plan.ts';
import type { TaskHost } from '../task-host.ts';
import type { Fetched, InputReader } from './input-reader.ts';

const READ_BYTES = 2 * 1024 * 1024;

export interface RecordsRead {
  readonly source: SourceNode;
  readonly topic: string;
  readonly partition: number;
  readonly from: InputPosition;
  readonly until: bigint | null;
  readonly batchRows: number;
}

/** Some records of a chunk that are in a batch. */
interface Run {
  readonly chunk: RecordChunk;
  readonly from: number;
  /** Records of the batch before it. */
  readonly before: number;
}

/** One partition of a topic of records, decoded; the next read is under way while rows are worked on. */
export class RecordsReader implements InputReader {
  readonly endedUpstreams: ReadonlySet<string> = new Set();
  readonly drains: ReadonlyMap<string, number> = new Map();
  readonly #topics: RecordTopics;
  readonly #read: RecordsRead;
  readonly #decoder: RecordDecoder;
  #bad: BadRow[] = [];
  #chunks: readonly RecordChunk[] = [];
  /** The chunk under way, and how many of its records are out. */
  #chunk = 0;
  #record = 0;
  /** Of what comes next: everything before it is out. */
  #offset: bigint;
  #row: number;
  /** Behind the chunks. */
  #next: bigint;
  #end = 0n;
  #recordsSeen = 0;
  #offsetsSeen = 0;
  #until: bigint | null;
  #pending: Promise<RecordRead> | null = null;

  constructor(host: TaskHost, topics: RecordTopics, read: RecordsRead, world: RecordWorld) {
    this.#topics = topics;
    this.#read = read;
    this.#offset = read.from.offset;
    this.#row = read.from.row;
    this.#next = this.#offset;
    this.#until = read.until;
    this.#decoder = decoderOf(host, read, world, row => this.#bad.push(row));
  }

  async next(maxRows: number, wait: Millis): Promise<Fetched> {
    const most = Math.min(maxRows, this.#read.batchRows);
    for (;;) {
      if (this.#until !== null && this.#offset >= this.#until) return { kind: 'until' };
      if (this.#chunk === this.#chunks.length && !(await this.#fetch(wait))) return { kind: 'none' };
      const runs = await this.#take(most);
      if (runs.length > 0) return this.#rows(runs);
    }
  }

  /** Hands the decoder up to `most` records; empty where the position has passed them all. */
  async #take(most: number): Promise<readonly Run[]> {
    const runs: Run[] = [];
    let taken = 0;
    for (; taken < most && this.#chunk < this.#chunks.length; ) {
      const chunk = this.#chunks[this.#chunk];
      // The rows of one frame share a name in dead letters.
      if (runs.length > 0 && chunk.offsetDelta === null && runs[0].chunk !== chunk) break;
      const from = this.#record;
      const to = this.#endIn(chunk, Math.min(chunk.count, from + most - taken));
      if (to > from) {
        await this.#decoder.add(chunk, from, to);
        runs.push({ chunk, from, before: taken });
        taken += to - from;
      }
      this.#moveTo(chunk, to);
      if (to < chunk.count && this.#until !== null && this.#offset >= this.#until) break;
    }
    return runs;
  }

  /** Where the given end lies inside a chunk. */
  #endIn({ baseOffset, offsetDelta }: RecordChunk, to: number): number {
    if (this.#until === null || offsetDelta === null) return to;
    let end = to;
    while (end > this.#record && baseOffset + BigInt(offsetDelta[end - 1]) >= this.#until) end--;
    return end;
  }

  #moveTo({ baseOffset, offsetDelta, count }: RecordChunk, to: number): void {
    this.#record = to;
    if (offsetDelta !== null) {
      // Up to the next record, or behind all that was read: in between nothing can be seen.
      this.#row = 0;
      if (to < count) this.#offset = baseOffset + BigInt(offsetDelta[to]);
      else this.#offset = to === 0 ? this.#offset : baseOffset + BigInt(offsetDelta[to - 1]) + 1n;
    } else {
      this.#offset = to < count ? baseOffset : baseOffset + 1n;
      this.#row = to < count ? to : 0;
    }
    if (to < count) return;
    this.#chunk += 1;
    this.#record = 0;
    if (this.#chunk === this.#chunks.length && this.#offset < this.#next) this.#offset = this.#next;
  }

  #rows(runs: readonly Run[]): Fetched {
    const { batch, skipped } = this.#decoder.take();
    const refused = this.#bad.map(({ record }) => record);
    const bad = this.#bad.map(row => {
      const { chunk, index } = placeIn(runs, row.record - 1);
      const { bytes, valueStart, valueEnd } = chunk;
      const raw = valueStart[index] < 0 ? row.raw : bytes.slice(valueStart[index], valueEnd[index]);
      return { ...row, ...this.#nameOf(chunk, index), raw };
    });
    this.#bad = [];
    if (batch === null) return { kind: 'rows', batch: null, bad, skipped };
    return {
      kind: 'rows',
      batch: { ...batch, origin: this.#originOf(runs, refused, batch.rows + refused.length + skipped) },
      bad,
      skipped,
    };
  }

  /** How a record is told of: topic, partition and offset, or its place in its frame. */
  #nameOf({ baseOffset, offsetDelta }: RecordChunk, index: number): Pick<BadRow, 'split' | 'record'> {
    const { topic, partition } = this.#read;
    if (offsetDelta === null) return { split: `${topic}/${partition}/${baseOffset}`, record: index + 1 };
    return { split: `${topic}/${partition}`, record: Number(baseOffset) + offsetDelta[index] };
  }

  #originOf(runs: readonly Run[], refused: readonly number[], records: number): Origin {
    const isOut = new Set(refused);
    let places: Int32Array | null = null;
    return {
      split: this.#nameOf(runs[0].chunk, 0).split,
      recordOf: row => {
        places ??= rowsOf(runs, records, isOut, this.#isSkipped);
        const { chunk, index } = placeIn(runs, places[row]);
        return this.#nameOf(chunk, index).record;
      },
    };
  }
  readonly #isSkipped = ({ valueStart }: RecordChunk, index: number): boolean =>
    this.#read.source.connector.options['tombstones'] === 'skip' && valueStart[index] < 0;

  async #fetch(wait: Millis): Promise<boolean> {
    const result = await (this.#pending ?? this.#ask(wait));
    this.#pending = null;
    const { chunks, next, stableEnd } = result;
    this.#chunks = chunks;
    this.#chunk = 0;
    this.#record = 0;
    this.#recordsSeen += chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    this.#offsetsSeen += Number(next - this.#next);
    this.#next = next;
    this.#end = stableEnd;
    if (chunks.length === 0) {
      if (next > this.#offset) this.#moveOn(next);
      return false;
    }
    // Of a frame some rows may be out already.
    if (chunks[0].offsetDelta === null && chunks[0].baseOffset === this.#offset) this.#record = this.#row;
    assert(this.#record < chunks[0].count, 'a position inside its frame');
    if (next < stableEnd) this.#prefetch();
    return true;
  }
  #moveOn(next: bigint): void {
    this.#offset = next;
    this.#row = 0;
  }
  #prefetch(): void {
    this.#pending = this.#ask(0);
    this.#pending.catch(() => undefined);
  }
  #ask(waitMs: number): Promise<RecordRead> {
    const { topic, partition } = this.#read;
    return this.#topics.read({ topic, partition, offset: this.#next }, { bytes: READ_BYTES, waitMs });
  }

  positions(): readonly InputPosition[] {
    const { topic, partition } = this.#read;
    return [{ input: topic, partition, offset: this.#offset, row: this.#row }];
  }
  setUntil(offset: bigint): void {
    this.#until = offset;
  }
  /** What other programs read is theirs to keep. */
  async release(): Promise<void> {}
  outlook(): { done: number | null; lag: number | null } {
    const behind = Number(this.#end > this.#offset ? this.#end - this.#offset : 0n);
    return {
      done: null,
      lag: Math.round(behind * (this.#offsetsSeen === 0 ? 1 : this.#recordsSeen / this.#offsetsSeen)),
    };
  }
  async close(): Promise<void> {
    await this.#pending?.catch(() => undefined);
  }
}

/** The record of a batch that has this number, from 0. */
function placeIn(runs: readonly Run[], number: number): { readonly chunk: RecordChunk; readonly index: number } {
  const run = runs.findLast(({ before }) => before <= number);
  assert(run !== undefined, 'a record of the batch');
  return { chunk: run.chunk, index: run.from + number - run.before };
}

/** The records of a batch's rows: all but those refused or passed over. */
function rowsOf(
  runs: readonly Run[],
  records: number,
  refused: ReadonlySet<number>,
  isSkipped: (chunk: RecordChunk, index: number) => boolean,
): Int32Array {
  const places = new Int32Array(records);
  let rows = 0;
  for (let number = 0; number < records; number++) {
    const { chunk, index } = placeIn(runs, number);
    if (!refused.has(number + 1) && !isSkipped(chunk, index)) places[rows++] = number;
  }
  return places;
}

function decoderOf(
  host: TaskHost,
  { source, topic, batchRows }: RecordsRead,
  world: RecordWorld,
  bad: (row: BadRow) => void,
): RecordDecoder {
  assert(source.format !== null, `topic ${topic} holds records of no format`);
  const format = host.catalog.formats.get(source.format.name);
  assert(format?.records !== undefined, `no records are in the format ${source.format.name}`);
  return format.records.decoder({
    options: source.format.options as never,
    schema: source.schema,
    names: source.names,
    nulls: source.nulls,
    onRange: source.onRange,
    zone: source.zone,
    parts: source.parts ?? {},
    tombstones: source.connector.options['tombstones'] === 'skip' ? 'skip' : 'bad',
    batchRows,
    topic,
    world,
    bad,
  });
}
