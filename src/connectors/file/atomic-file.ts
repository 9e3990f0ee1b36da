import { once } from 'node:events';
import {
  closeSync,
  createWriteStream,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline, type Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { makeFolder } from '../../engine/base/make-folder.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { writeError } from '../../engine/base/system-error.ts';
import { compressionOf, compressor } from './compression.ts';

/**
 * A file that appears whole or not at all: written beside its place, synced, then renamed, and the folder synced. Creates the
 * folders. Compressed by the ending. A part left by a run that died is removed. Throws R211–R213.
 */
export class AtomicFile {
  readonly path: string;
  readonly #part: string;
  readonly #file: WriteStream;
  readonly #head: WriteStream | Transform;
  #failure: unknown = null;
  #state: 'open' | 'published' | 'abandoned' = 'open';

  /** `create` opens the part for writing; it is handed in by tests of full disks. */
  constructor(path: string, create: (part: string) => number = createPart) {
    this.path = path;
    this.#part = join(dirname(path), `.${basename(path)}.part`);
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        throw new OperationalError('R211', `${path} is a folder`, { hint: 'write to a file in it' });
      }
      makeFolder(dirname(path));
      // The stream closes the descriptor itself, after the last write: closing it under a write could hit another file.
      this.#file = createWriteStream(this.#part, { fd: create(this.#part) });
    } catch (cause) {
      throw writeError(path, cause);
    }
    const compression = compressionOf(path);
    const note = (error?: unknown): void => {
      this.#failure ??= error ?? null;
    };
    if (compression === 'none') {
      this.#head = this.#file;
      this.#file.on('error', note);
    } else {
      this.#head = compressor(compression);
      pipeline(this.#head, this.#file, note);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#check();
    if (bytes.length === 0 || this.#head.write(bytes)) return;
    try {
      await once(this.#head, 'drain');
    } catch (cause) {
      throw writeError(this.path, cause);
    }
    this.#check();
  }

  /** Idempotent. */
  async publish(): Promise<void> {
    if (this.#state === 'published') return;
    this.#check();
    try {
      this.#head.end();
      await finished(this.#file);
      sync(this.#part);
      renameSync(this.#part, this.path);
      sync(dirname(this.path));
      this.#state = 'published';
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Leaves nothing of what was not published. Idempotent. */
  async abandon(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'abandoned';
    this.#head.destroy();
    this.#file.destroy();
    if (!this.#file.closed) await once(this.#file, 'close').catch(() => {});
    rmSync(this.#part, { force: true });
  }

  #check(): void {
    if (this.#failure !== null) throw writeError(this.path, this.#failure);
    if (this.#state !== 'open') {
      throw new OperationalError('R213', `${this.path} is ${this.#state} and takes no more`, {});
    }
  }
}

/** A new file each time: a writer that outlived its run goes on with the one that has no name any more. */
function createPart(part: string): number {
  rmSync(part, { force: true });
  return openSync(part, 'wx');
}

/** Syncs a file or folder: what other descriptors wrote as well. */
function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
