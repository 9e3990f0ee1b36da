import { join } from 'node:path';
import type { TaskId } from '../contract/log.ts';
import { nodeDisk } from '../log/embedded/node-disk.ts';
import type { SnapshotPlace } from '../state/snapshot.ts';

/** What lies where in a run's folder (`.weir`). */
export const logFolder = (folder: string): string => join(folder, 'log');
export const artifactsFolder = (folder: string): string => join(folder, 'artifacts');
export const registryFolder = (folder: string): string => join(folder, 'registry');

/** Snapshots of each stream task in a folder of its own. */
export function snapshotPlaces(folder: string): (task: TaskId) => SnapshotPlace {
  return ({ flow, chain, partition }) => ({
    disk: nodeDisk,
    dir: join(folder, 'snapshots', ...[flow, chain, String(partition)].map(encodeURIComponent)),
  });
}
