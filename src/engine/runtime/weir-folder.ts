import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../base/make-folder.ts';
import { nodeDisk } from '../base/node-disk.ts';
import { OperationalError } from '../base/operational-error.ts';
import { systemErrorOf } from '../base/system-error.ts';
import type { TaskId } from '../contract/log.ts';
import type { LogModule } from '../contract/log-module.ts';
import type { SnapshotPlace } from '../state/snapshot.ts';

/** Makes a run's folder where it is missing. Throws R215 where it cannot be one, R212 on a full disk. */
export function makeWeirFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const full = systemErrorOf(cause);
    if (full?.code === 'R212') throw full;
    throw unusableFolder(folder, (cause as NodeJS.ErrnoException).code ?? '', cause);
  }
}

/** `code`: the system's. */
export function unusableFolder(folder: string, code: string, cause: unknown): OperationalError {
  const what =
    code === 'ENOTDIR'
      ? `there is a file in the place of the folder ${folder}`
      : code === 'EACCES'
        ? `the folder ${folder} may not be written`
        : `the folder ${folder} cannot be made (${code})`;
  return new OperationalError('R215', what, {
    hint: 'name another one with --log DIR; it is made where missing',
    cause,
  });
}

/** What lies where in a run's folder (`.weir`). */
export const logFolder = (folder: string): string => join(folder, 'log');
export const artifactsFolder = (folder: string): string => join(folder, 'artifacts');
export const registryFolder = (folder: string): string => join(folder, 'registry');

/**
 * Where stream tasks keep snapshots: each in a folder of its own beside the embedded log. A log that other machines share has none, since
 * they could not read them: there a task's state is made again from its changelog.
 */
export function snapshotsBeside(
  log: LogModule | null,
  folder: string,
): { readonly snapshots?: (task: TaskId) => SnapshotPlace } {
  if (log !== null) return {};
  const snapshots = ({ flow, chain, partition }: TaskId): SnapshotPlace => ({
    disk: nodeDisk,
    dir: join(folder, 'snapshots', ...[flow, chain, String(partition)].map(encodeURIComponent)),
  });
  return { snapshots };
}
