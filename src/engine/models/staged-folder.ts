import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../base/make-folder.ts';

/** Syncs a file or folder to the disk, so that a rename after it cannot outlive its content. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file whole: readers see the old bytes or the new ones, never a part. A part left by a killed run is removed. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  makeFolder(dirname(path));
  const staged = join(dirname(path), `.${basename(path)}.part`);
  await rm(staged, { force: true });
  try {
    await writeSynced(staged, bytes);
    await rename(staged, path);
  } catch (cause) {
    await rm(staged, { force: true });
    throw cause;
  }
  await syncPath(dirname(path));
}

/** A folder that is filled under another name and appears whole. */
export interface StagedFolder {
  readonly path: string;
  /** Syncs and renames. Where the target exists already, it stays and this one is removed. */
  publish(): Promise<void>;
  abandon(): Promise<void>;
}

/** The staged name is random because two runs may build the same artifact at once; nothing reads it. */
export async function stageFolder(target: string): Promise<StagedFolder> {
  const path = `${target}.${randomUUID()}.tmp`;
  makeFolder(path);
  const abandon = () => rm(path, { recursive: true, force: true });
  return {
    path,
    abandon,
    async publish() {
      for (const name of await readdir(path)) await syncPath(join(path, name));
      await syncPath(path);
      try {
        await rename(path, target);
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw cause;
        await abandon();
      }
      await syncPath(dirname(target));
    },
  };
}
