/**
 * A disk, handed in, so that tests can crash it at every step. All calls fail with the system's error (`code: 'ENOSPC'`, …).
 * Nothing is durable before `sync` of the file, and no name (made, renamed, removed) before `syncDir` of its folder.
 */
export interface Disk {
  makeDir(path: string): Promise<void>;
  /** Names in a folder, sorted; empty where the folder does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** `create` makes an empty file, or empties an existing one. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Missing is fine. */
  remove(path: string): Promise<void>;
  syncDir(path: string): Promise<void>;
}

export interface DiskFile {
  size(): Promise<number>;
  /** Fills `into` from `position` on; gives the bytes read, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all buffers one after another, or throws. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file's whole content. Throws the disk's error; `limit` bounds what a damaged folder can make us hold. */
export async function readWhole(disk: Disk, path: string, limit: number): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    const size = await file.size();
    if (size > limit) throw new RangeError(`${path} has ${size} bytes, more than the ${limit} that are allowed`);
    const bytes = new Uint8Array(size);
    const read = await file.read(bytes, 0);
    return read === size ? bytes : bytes.subarray(0, read);
  } finally {
    await file.close();
  }
}

/** Writes a file whole: beside the target, synced, renamed, folder synced. Readers see the old content or the new one. */
export async function writeWhole(
  disk: Disk,
  folder: string,
  name: string,
  buffers: readonly Uint8Array[],
): Promise<void> {
  await writeUnsettled(disk, folder, name, buffers);
  await disk.syncDir(folder);
}

/** As `writeWhole`, but for the folder's sync: of several files, who writes them syncs it once, after the last. */
export async function writeUnsettled(
  disk: Disk,
  folder: string,
  name: string,
  buffers: readonly Uint8Array[],
): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const file = await disk.open(temporary, 'create');
  try {
    await file.write(buffers, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, `${folder}/${name}`);
}
