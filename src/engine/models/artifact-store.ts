import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../base/assert.ts';
import { makeFolder } from '../base/make-folder.ts';
import type { Millis } from '../base/units.ts';
import type { ArtifactAbout, ArtifactStore, TableArtifact, ValueArtifact } from '../contract/artifact.ts';
import type { ValueContent } from '../contract/value.ts';
import { damaged, readMeta } from './artifact-meta.ts';
import { stageFolder, writeSynced } from './staged-folder.ts';
import { openTable, tableWriter } from './table-artifact.ts';
import { hashOfContent } from './value-bytes.ts';

/** Artifacts as folders under `<dir>/<first two of key>/<key>/`; a folder is there whole or not at all. */
export function openArtifactStore(dir: string): ArtifactStore {
  const folderOf = (key: string) => {
    assert(/^[0-9a-f]{64}$/.test(key), 'an artifact key is a SHA-256 in hex');
    return join(dir, key.slice(0, 2), key);
  };
  const table = (key: string) => openTable(folderOf(key), key);
  const value = async (key: string) => {
    const found = await openValue(folderOf(key), key);
    if (found !== null && !found.isWhole) throw damaged(folderOf(key));
    return found;
  };
  return {
    table,
    value,
    async writeTable(key, schema) {
      makeFolder(dirname(folderOf(key)));
      return tableWriter(folderOf(key), schema, async () => made(await table(key)));
    },
    async putValue(key, content, about) {
      makeFolder(dirname(folderOf(key)));
      await writeValue(folderOf(key), content, about);
      return made(await value(key));
    },
    async remove(key) {
      const gone = `${folderOf(key)}.${randomUUID()}.tmp`;
      try {
        await rename(folderOf(key), gone);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw cause;
      }
      await rm(gone, { recursive: true, force: true });
      return true;
    },
  };
}

function made<T extends TableArtifact | ValueArtifact>(artifact: T | null): T {
  assert(artifact !== null, 'an artifact is there once it is published');
  return artifact;
}

/** What nobody has written to for so long belongs to no run: one that goes on writes a chunk of rows every now and then. */
const UNFINISHED_FOR_MS: Millis = 24 * 60 * 60 * 1_000;

/**
 * Removes what killed runs left half made. By its age, for runs that need no log hold no lock, and may be writing beside this
 * one. What cannot be removed is left for the next time.
 */
export async function removeUnfinished(dir: string, now: Millis): Promise<void> {
  for (const prefix of await readdir(dir).catch(() => [])) {
    for (const name of await readdir(join(dir, prefix)).catch(() => [])) {
      const path = join(dir, prefix, name);
      if (!name.endsWith('.tmp') || now - (await lastWrite(path, now)) < UNFINISHED_FOR_MS) continue;
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** To the folder or a file in it; `now` where that cannot be told. */
async function lastWrite(folder: string, now: Millis): Promise<Millis> {
  try {
    const paths = [folder, ...(await readdir(folder)).map(file => join(folder, file))];
    return Math.max(...(await Promise.all(paths.map(path => stat(path)))).map(one => one.mtimeMs));
  } catch {
    return now;
  }
}

interface ValueMeta {
  readonly format: 1;
  readonly json: ValueContent['json'];
  readonly bytes: readonly string[];
  readonly about: ArtifactAbout;
  /** Of the content. */
  readonly hash: string;
}

/** Writes a value's files into a staged folder and publishes it. */
export async function writeValue(target: string, content: ValueContent, about: ArtifactAbout): Promise<void> {
  const staged = await stageFolder(target);
  const names = Object.keys(content.bytes).sort();
  for (const name of names) await writeSynced(join(staged.path, `${name}.bin`), content.bytes[name]);
  const meta: ValueMeta = {
    format: 1,
    json: content.json,
    bytes: names,
    about,
    hash: hashOfContent(content),
  };
  await writeSynced(join(staged.path, 'value.json'), JSON.stringify(meta));
  await staged.publish();
}

/** `isWhole`: it is what was written. */
export async function openValue(
  folder: string,
  key: string,
): Promise<(ValueArtifact & { readonly isWhole: boolean }) | null> {
  const meta = await readMeta<ValueMeta>(folder, 'value.json');
  if (meta === null) return null;
  const bytes: Record<string, Uint8Array> = {};
  for (const name of meta.bytes) {
    const read = readFile(join(folder, `${name}.bin`));
    bytes[name] = new Uint8Array(
      await read.catch(cause => {
        throw damaged(folder, cause);
      }),
    );
  }
  const content: ValueContent = { json: meta.json, bytes };
  const hash = hashOfContent(content);
  return { key, hash, content, about: meta.about, isWhole: hash === meta.hash };
}
