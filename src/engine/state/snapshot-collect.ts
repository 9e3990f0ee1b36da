import { epochOf, readSnapshotManifest, SnapshotDamage, type SnapshotPlace } from './snapshot-files.ts';

/**
 * Removes what none of the kept snapshots needs, of files that owners up to `epoch`, the caller's, have written. Does nothing where a kept
 * manifest cannot be read: what it needs is unknown. `keep`: the manifests that the caller's newest durable record points to, and none is
 * being written.
 *
 * It may be that the caller has been fenced and does not know it. Its heir then found that very record, for nothing is committed while
 * files are collected; so what the heir has restored from is kept, and what it has written is of a later epoch.
 */
export async function collectSnapshots(place: SnapshotPlace, keep: readonly string[], epoch: bigint): Promise<void> {
  const needed = new Set<string>(keep);
  try {
    for (const name of keep) {
      for (const file of (await readSnapshotManifest(place, name)).groups) if (file !== null) needed.add(file);
    }
  } catch (error) {
    if (error instanceof SnapshotDamage) return;
    throw error;
  }
  for (const name of await place.disk.list(place.dir)) {
    if (!needed.has(name) && epochOf(name) <= epoch) await place.disk.remove(`${place.dir}/${name}`);
  }
}

/** Removes all of them: the state has gone to other tasks. */
export async function dropSnapshots({ disk, dir }: SnapshotPlace): Promise<void> {
  for (const name of await disk.list(dir)) await disk.remove(`${dir}/${name}`);
}
