import type { Disk, DiskFile } from '../base/disk.ts';
import type { Rng } from '../base/rng.ts';

/**
 * What a crash leaves of what was not synced: nothing, or any part of it (lost power), or all of it, but no more durable than
 * it was before (a killed process: it is in the page cache).
 */
export type Crash = 'lose' | 'keep' | 'tear';

interface Inode {
  data: Uint8Array;
  size: number;
  durable: Uint8Array;
  durableSize: number;
  /** Ranges written since the last sync. */
  dirty: [from: number, to: number][];
}

class DiskCrashed extends Error {
  constructor() {
    super('the disk has crashed');
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code, syscall: 'injected' });
}

/** A disk in memory that keeps apart what was written from what is durable, and can crash, fail and fill up at any step. */
export class SimulatedDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Mutating calls so far. */
  steps = 0;
  /** The step at which the disk crashes; that call is done in part or not at all. */
  crashAtStep = Number.POSITIVE_INFINITY;
  /** The next sync fails; as on Linux, the pages then count as clean, though they never reached the disk. */
  failNextSync = false;
  /** Syncs pretend, as a broken disk does: for mutants only. */
  ignoreSync = false;
  /** Syncs begin only when this resolves. */
  syncsAfter: Promise<void> = Promise.resolve();
  capacity = Number.POSITIVE_INFINITY;
  crashed = false;
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Counts a mutating call. True: crash now. */
  #step(): boolean {
    this.#check();
    this.steps++;
    if (this.steps >= this.crashAtStep) this.crashed = true;
    return this.crashed;
  }
  #check(): void {
    if (this.crashed) throw new DiskCrashed();
  }

  async makeDir(): Promise<void> {
    this.#check();
  }
  async list(path: string): Promise<readonly string[]> {
    this.#check();
    const inside = [...this.#names.keys()].filter(name => folderOf(name) === path);
    return inside.map(name => name.slice(path.length + 1)).sort();
  }
  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    this.#check();
    let inode = this.#names.get(path);
    if (mode === 'create') {
      if (this.#step()) throw new DiskCrashed();
      inode = { data: new Uint8Array(256), size: 0, durable: new Uint8Array(0), durableSize: 0, dirty: [] };
      this.#names.set(path, inode);
    }
    if (inode === undefined) throw systemError('ENOENT');
    const file = inode;
    return {
      size: async () => {
        this.#check();
        return file.size;
      },
      read: async (into, position) => {
        this.#check();
        const part = file.data.subarray(position, Math.min(file.size, position + into.length));
        into.set(part);
        return part.length;
      },
      write: async (buffers, position) => this.#write(file, buffers, position),
      sync: async () => {
        await this.syncsAfter;
        this.#sync(file);
      },
      close: async () => {},
    };
  }

  #write(file: Inode, buffers: readonly Uint8Array[], position: number): void {
    const bytes = Buffer.concat(buffers);
    const crash = this.#step();
    const room = this.capacity - this.used;
    const growth = position + bytes.length - file.size;
    const full = growth > room;
    let length = bytes.length;
    if (full) length = Math.max(0, bytes.length - (growth - room));
    if (crash) length = this.#rng.below(length + 1);
    const end = position + length;
    if (end > file.data.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(file.data.subarray(0, file.size));
      file.data = larger;
    }
    file.data.set(bytes.subarray(0, length), position);
    file.size = Math.max(file.size, end);
    file.dirty.push([position, end]);
    if (crash) throw new DiskCrashed();
    if (full) throw systemError('ENOSPC');
  }

  #sync(file: Inode): void {
    if (this.#step()) throw new DiskCrashed();
    if (this.ignoreSync) return;
    if (this.failNextSync) {
      this.failNextSync = false;
      file.dirty = [];
      throw systemError('EIO');
    }
    if (file.durable.length < file.size) {
      const larger = new Uint8Array(2 * file.size);
      larger.set(file.durable.subarray(0, file.durableSize));
      file.durable = larger;
    }
    for (const [from, to] of file.dirty) file.durable.set(file.data.subarray(from, to), from);
    file.durableSize = file.size;
    file.dirty = [];
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.#step()) throw new DiskCrashed();
    const inode = this.#names.get(from);
    if (inode === undefined) throw systemError('ENOENT');
    this.#names.delete(from);
    this.#names.set(to, inode);
  }
  async remove(path: string): Promise<void> {
    if (this.#step()) throw new DiskCrashed();
    this.#names.delete(path);
  }
  async syncDir(path: string): Promise<void> {
    if (this.#step()) throw new DiskCrashed();
    if (this.ignoreSync) return;
    for (const name of this.#durableNames.keys()) {
      if (folderOf(name) === path && !this.#names.has(name)) this.#durableNames.delete(name);
    }
    for (const [name, inode] of this.#names) if (folderOf(name) === path) this.#durableNames.set(name, inode);
  }

  get used(): number {
    let bytes = 0;
    for (const inode of this.#names.values()) bytes += inode.size;
    return bytes;
  }

  /** The disk as the next process finds it. This one answers no more. */
  restart(crash: Crash): SimulatedDisk {
    this.crashed = true;
    const next = new SimulatedDisk(this.#rng);
    next.capacity = this.capacity;
    if (crash === 'keep') {
      next.#names = new Map(this.#names);
      next.#durableNames = new Map(this.#durableNames);
      return next;
    }
    const names = new Map(this.#durableNames);
    for (const name of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const now = this.#names.get(name);
      if (crash === 'lose' || now === names.get(name) || this.#rng.below(2) === 0) continue;
      if (now === undefined) names.delete(name);
      else names.set(name, now);
    }
    for (const [name, inode] of names) next.damage(name, this.#survived(inode, crash));
    return next;
  }

  /** Sectors not synced survive or not, each for itself; the size is anything between. */
  #survived(inode: Inode, crash: Crash): Uint8Array {
    const durable = inode.durable.slice(0, inode.durableSize);
    if (crash === 'lose' || inode.dirty.length === 0) return durable;
    const size = inode.durableSize + this.#rng.below(Math.max(0, inode.size - inode.durableSize) + 1);
    const content = new Uint8Array(size);
    content.set(durable.subarray(0, size));
    for (const [from, to] of inode.dirty) {
      for (let at = from; at < Math.min(to, size); ) {
        const end = Math.min(to, size, (Math.floor(at / 512) + 1) * 512);
        if (this.#rng.below(3) > 0) content.set(inode.data.subarray(at, end), at);
        at = end;
      }
    }
    return content;
  }

  /** Names of files, for tests that damage one. */
  files(): string[] {
    return [...this.#names.keys()].sort();
  }
  contentOf(path: string): Uint8Array {
    const inode = this.#names.get(path);
    if (inode === undefined) throw systemError('ENOENT');
    return inode.data.slice(0, inode.size);
  }
  /** Replaces a file's content, durably. */
  damage(path: string, content: Uint8Array): void {
    const entry: Inode = {
      data: content.slice(),
      size: content.length,
      durable: content.slice(),
      durableSize: content.length,
      dirty: [],
    };
    this.#names.set(path, entry);
    this.#durableNames.set(path, entry);
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
