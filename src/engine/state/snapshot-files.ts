import type { Disk } from '../base/disk.ts';
import { readWhole } from '../base/disk.ts';
import { sha256 } from '../base/sha256.ts';

/** Where a task's snapshots are: a folder of its own, which several machines may see. */
export interface SnapshotPlace {
  readonly disk: Disk;
  readonly dir: string;
}
/** One snapshot: `groups[g]` is the file of key group g, null where the group is empty. */
export interface SnapshotManifest {
  readonly format: 1 | 2;
  readonly seq: string;
  readonly changelog: string;
  readonly groups: readonly (string | null)[];
}

/** A file that a snapshot needs is not there, or not what was written. */
export class SnapshotDamage extends Error {}

const MAX_GROUP_BYTES = 2 ** 31;
const MAX_MANIFEST_BYTES = 64 * 1024;

/*
 * Names are `<epoch>.<hash>` and `<epoch>.manifest-<hash>.json`, the epoch being that of the owner who wrote the file. Only that owner ever
 * writes names of its epoch, so one that was fenced and does not know it cannot write over its heir's files. Format 1 had no epochs.
 */
export function groupName(epoch: bigint, content: Uint8Array): string {
  return `${epoch}.${sha256(content)}`;
}
export function manifestName(epoch: bigint, content: Uint8Array): string {
  return `${epoch}.manifest-${sha256(content)}.json`;
}
/** Whether both files hold the same, whoever wrote them. */
export function isSameContent(a: string | null, b: string | null): boolean {
  return a === b || (a !== null && b !== null && hashIn(a) === hashIn(b));
}
/** Who wrote a file, or left half of it; 0 where its name does not say. */
export function epochOf(name: string): bigint {
  const found = /^(\d+)\./.exec(name);
  return found === null ? 0n : BigInt(found[1]);
}
function hashIn(name: string): string {
  return name.replace(/^\d+\./, '').replace(/^manifest-(.*)\.json$/, '$1');
}

/** Throws SnapshotDamage. */
export async function readSnapshotManifest(place: SnapshotPlace, name: string): Promise<SnapshotManifest> {
  const bytes = await readChecked(place, name, MAX_MANIFEST_BYTES);
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as SnapshotManifest;
  if (manifest.format === 1 || manifest.format === 2) return manifest;
  throw new SnapshotDamage(`${name} is of a format that this version does not know`);
}
/** Throws SnapshotDamage. */
export function readGroup(place: SnapshotPlace, name: string): Promise<Uint8Array> {
  return readChecked(place, name, MAX_GROUP_BYTES);
}

async function readChecked({ disk, dir }: SnapshotPlace, name: string, limit: number): Promise<Uint8Array> {
  const bytes = await readWhole(disk, `${dir}/${name}`, limit).catch(error => {
    throw new SnapshotDamage(`${name} cannot be read (${error instanceof Error ? error.message : String(error)})`);
  });
  if (sha256(bytes) !== hashIn(name)) throw new SnapshotDamage(`${name} is damaged`);
  return bytes;
}
