import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../base/assert.ts';
import { makeFolder } from '../base/make-folder.ts';
import type { ArtifactAbout, ArtifactStore, TableArtifact, ValueArtifact } from '../contract/artifact.ts';
import type { ValueContent } from '../contract/value.ts';
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
  const value = (key: string) => openValue(folderOf(key), key);
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
  };
}

function made<T extends TableArtifact | ValueArtifact>(artifact: T | null): T {
  assert(artifact !== null, 'an artifact is there once it is published');
  return artifact;
}

/** Removes what a killed run left half made. For a store nobody else writes to. */
export async function removeUnfinished(dir: string): Promise<void> {
  for (const prefix of await readdir(dir).catch(() => [])) {
    for (const name of await readdir(join(dir, prefix))) {
      if (name.endsWith('.tmp')) await rm(join(dir, prefix, name), { recursive: true, force: true });
    }
  }
}

interface ValueMeta {
  readonly format: 1;
  readonly json: ValueContent['json'];
  readonly bytes: readonly string[];
  readonly about: ArtifactAbout;
}

/** Writes a value's files into a staged folder and publishes it. */
export async function writeValue(target: string, content: ValueContent, about: ArtifactAbout): Promise<void> {
  const staged = await stageFolder(target);
  const names = Object.keys(content.bytes).sort();
  for (const name of names) await writeSynced(join(staged.path, `${name}.bin`), content.bytes[name]);
  const meta: ValueMeta = { format: 1, json: content.json, bytes: names, about };
  await writeSynced(join(staged.path, 'value.json'), JSON.stringify(meta));
  await staged.publish();
}

export async function openValue(folder: string, key: string): Promise<ValueArtifact | null> {
  let text: string;
  try {
    text = await readFile(join(folder, 'value.json'), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  const meta = JSON.parse(text) as ValueMeta;
  const bytes: Record<string, Uint8Array> = {};
  for (const name of meta.bytes) bytes[name] = new Uint8Array(await readFile(join(folder, `${name}.bin`)));
  const content: ValueContent = { json: meta.json, bytes };
  return { key, hash: hashOfContent(content), content, about: meta.about };
}
