import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { Bytes } from '../../base/units.ts';
import { LogError } from '../../contract/log.ts';
import type { Catalog, FrameMeta } from './catalog.ts';
import { afterDeath, writeFailure } from './failure.ts';
import type { FrameKind, Run } from './frame.ts';
import { encodeDirectory, MAX_BODY_BYTES, sealHeader } from './frame.ts';
import type { Segment } from './segment.ts';
import { indexName, SegmentReaders, segmentName } from './segment.ts';
import { SegmentIndex } from './segment-index.ts';

export interface JournalOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly clock: Clock;
  readonly segmentBytes: Bytes;
  readonly maxBytes: Bytes;
}
/** Where recovery left off: the segment to go on writing, and the numbers of the last frame and the last durable one. */
export interface JournalStart {
  readonly active: Segment;
  readonly file: DiskFile;
  readonly index: SegmentIndex;
  readonly lastNumber: number;
}

interface Staged {
  readonly kind: FrameKind;
  readonly meta: FrameMeta[FrameKind];
  readonly runs: readonly Run[];
  readonly head: Uint8Array;
  readonly payloads: readonly Uint8Array[];
  readonly payloadBytes: number;
  resolve(): void;
  reject(error: LogError): void;
}

/** Most bytes of one group: bounds the time to the sync. */
const GROUP_BYTES = 16 * 1024 * 1024;
/** Idle time after which the last frames are marked as synced, so that damage to them is told from a torn tail. */
const MARK_AFTER_MS = 20;
/** Room beyond the cap for frames that free space (purge, drop) or fence. */
const RESERVE_BYTES = 1024 * 1024;

/**
 * One journal, written by one loop: take what has been staged, append it in one write, sync once, apply it to the
 * catalog, resolve. A failed write or sync is the end: the page cache may no longer tell the truth, so nothing is tried
 * again, everything under way is rejected, and only opening anew finds out what is on the disk.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #catalog: Catalog;
  readonly #readers: SegmentReaders;
  #active: Segment;
  #file: DiskFile;
  #index: SegmentIndex;
  #lastNumber: number;
  #syncedThrough: number;
  #queue: Staged[] = [];
  #queuedBytes = 0;
  #pumping: Promise<void> | null = null;
  #markTimer: AbortController | null = null;
  #marked = true;
  #death: LogError | null = null;
  #closed = false;
  /** Called after frames were applied and when the log has died. */
  onProgress: () => void = () => {};

  constructor(options: JournalOptions, catalog: Catalog, start: JournalStart) {
    this.#options = options;
    this.#catalog = catalog;
    this.#readers = new SegmentReaders(options.disk, options.folder);
    this.#active = start.active;
    this.#file = start.file;
    this.#index = start.index;
    this.#lastNumber = start.lastNumber;
    this.#syncedThrough = start.lastNumber;
  }

  get death(): LogError | null {
    return this.#death;
  }
  get activeSegment(): number {
    return this.#active.id;
  }
  get diskBytes(): Bytes {
    let bytes = 0;
    for (const segment of this.#catalog.segments.values()) bytes += segment.bytes;
    return bytes;
  }

  /**
   * Hands a frame to the writer; resolves when it is durable and applied. Frames are written in the order of the calls.
   * Throws LogError `full` (over the cap), `oversized`, `dead` or `closed` at once, with nothing staged.
   */
  stage<K extends FrameKind>(
    kind: K,
    meta: FrameMeta[K],
    runs: readonly Run[] = [],
    payloads: readonly Uint8Array[] = [],
  ): Promise<void> {
    if (this.#death !== null) throw afterDeath(this.#death);
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    const head = encodeDirectory(meta === null ? '' : JSON.stringify(meta), runs);
    let payloadBytes = 0;
    for (const payload of payloads) payloadBytes += payload.length;
    const bytes = head.length + payloadBytes;
    if (bytes > MAX_BODY_BYTES) {
      throw new LogError('oversized', `A commit of ${bytes} bytes is over the limit of ${MAX_BODY_BYTES}.`);
    }
    const frees = kind === 'purge' || kind === 'drop' || kind === 'epoch' || kind === 'delete-topics';
    const cap = this.#options.maxBytes - (kind === 'moved' ? 0 : this.reserveBytes);
    if (!frees && cap !== Number.POSITIVE_INFINITY && this.diskBytes + this.#queuedBytes + bytes > cap) {
      throw new LogError(
        'full',
        `The log holds ${this.diskBytes} bytes and may hold ${this.#options.maxBytes}. Nothing was lost; let its readers catch up, delete topics, or raise the limit.`,
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind, meta, runs, head, payloads, payloadBytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#markTimer?.abort();
      this.#markTimer = null;
      this.#pumping ??= this.#pump();
    });
  }

  get reserveBytes(): Bytes {
    return Math.min(RESERVE_BYTES, Math.floor(this.#options.maxBytes / 8));
  }

  async #pump(): Promise<void> {
    try {
      // Lets the callers of this turn join the first group.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        if (this.#active.bytes >= this.#options.segmentBytes) await this.#roll();
        await this.#writeGroup(this.#takeGroup());
      }
    } catch (error) {
      this.#die(error);
    } finally {
      this.#pumping = null;
    }
    if (this.#death === null && !this.#closed) this.#markWhenIdle();
  }

  #takeGroup(): Staged[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || bytes < GROUP_BYTES)) {
      bytes += this.#queue[count].head.length + this.#queue[count].payloadBytes;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeGroup(group: readonly Staged[]): Promise<void> {
    const buffers: Uint8Array[] = [];
    let position = this.#active.bytes;
    const places: number[] = [];
    const time = this.#options.clock.now();
    let number = this.#lastNumber;
    for (const frame of group) {
      sealHeader(frame.head, {
        kind: frame.kind,
        number: ++number,
        syncedThrough: this.#syncedThrough,
        time,
        payloadBytes: frame.payloadBytes,
      });
      buffers.push(frame.head, ...frame.payloads);
      places.push(position + frame.head.length);
      position += frame.head.length + frame.payloadBytes;
    }
    try {
      await this.#file.write(buffers, this.#active.bytes);
      await this.#file.sync();
      this.#lastNumber = number;
      this.#syncedThrough = number;
      this.#active.bytes = position;
      this.#marked = false;
      for (let i = 0; i < group.length; i++) {
        const frame = group[i];
        this.#queuedBytes -= frame.head.length + frame.payloadBytes;
        this.#index.add(frame.runs, places[i]);
        this.#catalog.apply(frame.kind, frame.meta, frame.runs, this.#active, places[i]);
      }
    } catch (error) {
      const failure = writeFailure(error);
      for (const frame of group) frame.reject(failure);
      throw failure;
    }
    for (const frame of group) frame.resolve();
    this.onProgress();
  }

  /**
   * Seals the active segment and begins the next with a root. All frames before are durable already, but for a mark at the end: the root
   * tells the segment's length with it, and a length that is not there would be damage.
   */
  async #roll(): Promise<void> {
    const { disk, folder } = this.#options;
    const sealed = this.#active;
    if (this.#marked) await this.#file.sync();
    await this.#file.close();
    const index = await disk.open(`${folder}/${indexName(sealed.id)}`, 'create');
    await index.write([this.#index.finish()], 0);
    await index.close();
    sealed.sealedAt = this.#options.clock.now();
    const next = await beginSegment(this.#options, this.#catalog, sealed.id + 1, this.#lastNumber);
    this.#active = next.active;
    this.#file = next.file;
    this.#index = next.index;
    this.#lastNumber = next.lastNumber;
    this.#syncedThrough = next.lastNumber;
  }

  #markWhenIdle(): void {
    if (this.#marked) return;
    const timer = new AbortController();
    this.#markTimer = timer;
    const mark = async (): Promise<void> => {
      await this.#options.clock.sleep(MARK_AFTER_MS, timer.signal);
      if (timer.signal.aborted || this.#pumping !== null || this.#death !== null || this.#closed) return;
      this.#pumping = this.#mark(false);
      await this.#pumping;
      this.#pumping = null;
      if (this.#queue.length > 0) this.#pumping ??= this.#pump();
    };
    void mark();
  }

  /** Says in the journal that all before is durable. It need not be durable itself, unless the log is closing. */
  async #mark(closed: boolean): Promise<void> {
    const head = encodeDirectory(JSON.stringify({ closed }), []);
    const number = this.#lastNumber + 1;
    sealHeader(head, {
      kind: 'mark',
      number,
      syncedThrough: this.#syncedThrough,
      time: this.#options.clock.now(),
      payloadBytes: 0,
    });
    try {
      await this.#file.write([head], this.#active.bytes);
      if (closed) await this.#file.sync();
      this.#lastNumber = number;
      this.#active.bytes += head.length;
      this.#marked = true;
    } catch (error) {
      this.#die(error);
    }
  }

  #die(error: unknown): void {
    if (this.#death !== null) return;
    const failure = writeFailure(error);
    this.#death = failure;
    const waiting = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const frame of waiting) {
      frame.reject(new LogError(failure.code === 'full' ? 'full' : 'dead', failure.message, { cause: error }));
    }
    this.onProgress();
  }

  /** Bytes of a segment. Throws LogError `corrupt`. */
  read(segment: number, position: number, into: Uint8Array): Promise<void> {
    return this.#readers.read(segment, position, into);
  }

  /** Removes segments without a live payload, first from the journal's memory, then from the disk. */
  async drop(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    assert(!ids.includes(this.#active.id), 'the active segment stays');
    await this.stage('drop', { segments: ids });
    for (const id of ids) {
      this.#readers.drop(id);
      await this.#options.disk.remove(`${this.#options.folder}/${segmentName(id)}`);
      await this.#options.disk.remove(`${this.#options.folder}/${indexName(id)}`);
    }
  }

  /** Writes what is staged, then a last synced mark. A dead journal only lets its files go. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#markTimer?.abort();
    while (this.#pumping !== null) await this.#pumping;
    if (this.#death === null) await this.#mark(true);
    this.#readers.close();
    try {
      await this.#file.close();
    } catch (error) {
      if (this.#death === null) throw writeFailure(error);
    }
  }
}

/** A new segment whose root is durable, name and all; made part of the catalog. */
export async function beginSegment(
  options: JournalOptions,
  catalog: Catalog,
  id: number,
  lastNumber: number,
): Promise<JournalStart> {
  const file = await options.disk.open(`${options.folder}/${segmentName(id)}`, 'create');
  const head = encodeDirectory(JSON.stringify(catalog.root(id)), []);
  const number = lastNumber + 1;
  sealHeader(head, {
    kind: 'root',
    number,
    syncedThrough: lastNumber,
    time: options.clock.now(),
    payloadBytes: 0,
  });
  await file.write([head], 0);
  await file.sync();
  await options.disk.syncDir(options.folder);
  const active: Segment = { id, bytes: head.length, liveBytes: 0, sealedAt: 0 };
  catalog.segments.set(id, active);
  return { active, file, index: new SegmentIndex(), lastNumber: number };
}
