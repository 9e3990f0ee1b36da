import type { Disk, DiskFile } from '../../base/disk.ts';
import type { Millis } from '../../base/units.ts';
import { LogError } from '../../contract/log.ts';
import { messageOf } from './failure.ts';

/** A file of the journal. Its position is never over 2^32: a segment ends with the group that passes its size. */
export interface Segment {
  readonly id: number;
  /** Length of the written part. */
  bytes: number;
  /** Bytes of payloads that can still be read. */
  liveBytes: number;
  /** When the next segment was begun: nothing in this one is younger. 0 while it is written. */
  sealedAt: Millis;
}

/** What a readable payload counts for in `liveBytes`: never 0, so that a segment with an empty payload is not dead. */
export function payloadCost(length: number): number {
  return length + 16;
}

export function segmentName(id: number): string {
  return `${String(id).padStart(10, '0')}.seg`;
}
export function indexName(id: number): string {
  return `${String(id).padStart(10, '0')}.idx`;
}
export function segmentId(name: string): number | null {
  const match = /^(\d{10})\.seg$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Most file handles kept open for reading. */
const MAX_OPEN = 64;

/** Opens segments for reading on demand and closes the longest unused. A removed file stays readable to reads under way. */
export class SegmentReaders {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #open = new Map<number, { file: Promise<DiskFile>; users: number; dropped: boolean }>();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** Fills `into` from a segment. Throws LogError `corrupt` where the file is shorter, or cannot be read. */
  async read(segment: number, position: number, into: Uint8Array): Promise<void> {
    try {
      await this.#read(segment, position, into);
    } catch (error) {
      if (error instanceof LogError) throw error;
      throw new LogError('corrupt', `The log's segment ${segmentName(segment)} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #read(segment: number, position: number, into: Uint8Array): Promise<void> {
    let entry = this.#open.get(segment);
    if (entry === undefined) {
      entry = { file: this.#disk.open(`${this.#folder}/${segmentName(segment)}`, 'read'), users: 0, dropped: false };
    } else {
      this.#open.delete(segment);
    }
    this.#open.set(segment, entry);
    entry.users++;
    try {
      const read = await (await entry.file).read(into, position);
      if (read < into.length) {
        throw new LogError('corrupt', `The log's segment ${segmentName(segment)} is shorter than its index says.`);
      }
    } finally {
      entry.users--;
      if (entry.dropped && entry.users === 0) void closeQuietly(entry.file);
      this.#evict();
    }
  }

  #evict(): void {
    for (const [id, entry] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return;
      if (entry.users === 0) this.drop(id);
    }
  }

  drop(segment: number): void {
    const entry = this.#open.get(segment);
    if (entry === undefined) return;
    this.#open.delete(segment);
    entry.dropped = true;
    if (entry.users === 0) void closeQuietly(entry.file);
  }

  close(): void {
    for (const id of [...this.#open.keys()]) this.drop(id);
  }
}

/** A handle that was only read: failing to close it loses nothing. */
async function closeQuietly(file: Promise<DiskFile>): Promise<void> {
  try {
    await (await file).close();
  } catch {
    // Nothing was written through it.
  }
}
