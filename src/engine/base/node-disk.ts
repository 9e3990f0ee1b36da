import type { FileHandle } from 'node:fs/promises';
import { open, readdir, rename, rm } from 'node:fs/promises';
import type { Disk, DiskFile } from './disk.ts';
import { makeFolder } from './make-folder.ts';

/** The real disk. `sync` is fdatasync: sizes are metadata that a later read needs, and so are included. */
export const nodeDisk: Disk = {
  async makeDir(path) {
    makeFolder(path);
  },
  async list(path) {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
  async open(path, mode) {
    return new NodeFile(await open(path, mode === 'read' ? 'r' : mode === 'write' ? 'r+' : 'w+'));
  },
  rename,
  async remove(path) {
    await rm(path, { force: true });
  },
  async syncDir(path) {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

/** Linux takes at most 1024 buffers in one writev. */
const MAX_VECTORS = 1024;

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  constructor(handle: FileHandle) {
    this.#handle = handle;
  }
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }
  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#handle.read(into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    for (let from = 0; from < buffers.length; from += MAX_VECTORS) {
      let part = buffers.slice(from, from + MAX_VECTORS);
      let left = 0;
      for (const buffer of part) left += buffer.length;
      while (left > 0) {
        const { bytesWritten } = await this.#handle.writev(part, position);
        position += bytesWritten;
        left -= bytesWritten;
        if (left > 0) part = rest(part, bytesWritten);
      }
    }
  }
  async sync(): Promise<void> {
    await this.#handle.datasync();
  }
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What a short write left over. */
function rest(buffers: Uint8Array[], written: number): Uint8Array[] {
  let at = 0;
  while (written >= buffers[at].length) written -= buffers[at++].length;
  return [buffers[at].subarray(written), ...buffers.slice(at + 1)];
}
