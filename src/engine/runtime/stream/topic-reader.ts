import type { Millis } from '../../base/units.ts';
import { frameDictionaries } from '../../columnar/frame.ts';
import { selectColumns, sliceRows } from '../../columnar/take.ts';
import type { Batch } from '../../contract/batch.ts';
import type { InputPosition, Log, ReadFrame, ReadResult } from '../../contract/log.ts';
import type { Schema } from '../../contract/types.ts';
import { ExchangeDecoder } from './exchange-frame.ts';
import type { Fetched, InputReader } from './input-reader.ts';

const READ_BYTES = 2 * 1024 * 1024;
/** Consumed frames of an exchange are given back to the log in lots of this many. */
const RELEASE_FRAMES = 16n;

export interface TopicRead {
  readonly topic: string;
  readonly partition: number;
  /** What its frames hold. */
  readonly schema: Schema;
  /** Columns handed on; null: all. */
  readonly columns: readonly string[] | null;
  readonly from: InputPosition | null;
  readonly until: bigint | null;
  /** Tasks that write it; empty for topics from outside, which never end. */
  readonly upstreams: readonly string[];
  readonly ended: ReadonlySet<string>;
  readonly drains: ReadonlyMap<string, number>;
  /** An exchange's frames may go once their rows are committed. */
  readonly isExchange: boolean;
}

/** One partition of a topic or exchange, frame by frame; the next read is under way while rows are worked on. */
export class TopicReader implements InputReader {
  readonly #log: Log;
  readonly #read: TopicRead;
  readonly #decoder: ExchangeDecoder;
  readonly endedUpstreams: Set<string>;
  readonly drains: Map<string, number>;
  #frames: readonly ReadFrame[] = [];
  #at = 0;
  /** The frame under way, and how many of its rows are out. */
  #batch: Batch | null = null;
  #row: number;
  /** Offset of the frame under way, or of the next one. */
  #offset: bigint;
  #next: bigint;
  #end = 0n;
  #framesSeen = 0;
  #rowsSeen = 0;
  #released: bigint;
  #until: bigint | null;
  #pending: Promise<ReadResult> | null = null;

  constructor(log: Log, read: TopicRead) {
    this.#log = log;
    this.#read = read;
    this.#decoder = new ExchangeDecoder(read.schema, frameDictionaries);
    this.endedUpstreams = new Set(read.ended);
    this.drains = new Map(read.drains);
    this.#offset = read.from?.offset ?? 0n;
    this.#row = read.from?.row ?? 0;
    this.#next = this.#offset;
    this.#released = this.#offset;
    this.#until = read.until;
  }

  async next(maxRows: number, wait: Millis): Promise<Fetched> {
    for (;;) {
      if (this.#batch !== null) return this.#slice(this.#batch, maxRows);
      if (this.#until !== null && this.#offset >= this.#until) return { kind: 'until' };
      if (this.#hasEnded()) return { kind: 'end' };
      const frame = this.#frames[this.#at];
      if (frame === undefined) {
        if (!(await this.#fetch(wait))) return { kind: 'none' };
        continue;
      }
      this.#at += 1;
      this.#offset = frame.offset;
      const decoded = this.#decoder.decode(frame.body);
      if (decoded.kind === 'end') {
        this.endedUpstreams.add(decoded.task);
        this.#offset = frame.offset + 1n;
        continue;
      }
      if (decoded.kind === 'drain') {
        this.drains.set(decoded.task, decoded.drain);
        this.#offset = frame.offset + 1n;
        // It may have been the last that was waited for.
        return { kind: 'none' };
      }
      this.#framesSeen += 1;
      this.#rowsSeen += decoded.batch.rows;
      const { columns } = this.#read;
      this.#batch = columns === null ? decoded.batch : selectColumns(decoded.batch, columns);
    }
  }

  #slice(batch: Batch, maxRows: number): Fetched {
    const to = Math.min(batch.rows, this.#row + maxRows);
    const rows = sliceRows(batch, this.#row, to);
    this.#row = to;
    if (to === batch.rows) {
      this.#batch = null;
      this.#row = 0;
      this.#offset += 1n;
    }
    return { kind: 'rows', batch: rows, bad: [] };
  }

  #hasEnded(): boolean {
    const { upstreams } = this.#read;
    return upstreams.length > 0 && upstreams.every(task => this.endedUpstreams.has(task));
  }

  async #fetch(wait: Millis): Promise<boolean> {
    const result = await (this.#pending ?? this.#ask(wait));
    this.#pending = null;
    this.#frames = result.frames;
    this.#at = 0;
    this.#next = result.next.offset;
    this.#end = result.stableEnd;
    if (result.frames.length === 0) {
      if (this.#row === 0 && this.#next > this.#offset) this.#offset = this.#next;
      return false;
    }
    if (this.#next < result.stableEnd) this.#prefetch();
    return true;
  }
  #prefetch(): void {
    this.#pending = this.#ask(0);
    this.#pending.catch(() => undefined);
  }
  #ask(waitMs: number): Promise<ReadResult> {
    const { topic, partition } = this.#read;
    return this.#log.read({ topic, partition, offset: this.#next }, { bytes: READ_BYTES, waitMs });
  }

  positions(): readonly InputPosition[] {
    const { topic, partition } = this.#read;
    return [{ input: topic, partition, offset: this.#offset, row: this.#row }];
  }
  setUntil(offset: bigint): void {
    this.#until = offset;
  }
  async release(committed: readonly InputPosition[], atOnce = false): Promise<void> {
    const [position] = committed;
    const least = atOnce ? 1n : RELEASE_FRAMES;
    if (!this.#read.isExchange || position.offset - this.#released < least) return;
    this.#released = position.offset;
    const { topic, partition } = this.#read;
    await this.#log.purge({ topic, partition }, position.offset);
  }
  outlook(): { done: number | null; lag: number | null } {
    if (this.#read.isExchange) return { done: null, lag: null };
    const behind = Number(this.#end > this.#offset ? this.#end - this.#offset : 0n);
    // The log counts frames; rows are told at the size frames had so far.
    return { done: null, lag: Math.round(behind * (this.#framesSeen === 0 ? 1 : this.#rowsSeen / this.#framesSeen)) };
  }
  async close(): Promise<void> {
    await this.#pending?.catch(() => undefined);
  }
}
