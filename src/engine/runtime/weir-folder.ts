import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../base/make-folder.ts';
import { nodeDisk } from '../base/node-disk.ts';
import { OperationalError } from '../base/operational-error.ts';
import { systemErrorOf } from '../base/system-error.ts';
import type { LogModule } from '../contract/log-module.ts';
import type { SnapshotPlace } from '../state/snapshot-files.ts';
import type { StreamTask } from './stream/stream-spec.ts';

/** Makes a run's folder where it is missing. Throws R215 where it cannot be one, R212 on a full disk. */
export function makeWeirFolder(folder: string): void {
  made(folder, unusableFolder);
}
/** The same of the folder that `--snapshots` names, at the start and not at the first snapshot. Throws R218, R212. */
export function makeSnapshotsFolder(folder: string): void {
  made(folder, (path, code, cause) => {
    const hint = 'name another one with --snapshots DIR, the same on all machines of the run';
    return new OperationalError('R218', whyUnusable(path, code), { hint, cause });
  });
}
function made(folder: string, unusable: typeof unusableFolder): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const full = systemErrorOf(cause);
    if (full?.code === 'R212') throw full;
    throw unusable(folder, (cause as NodeJS.ErrnoException).code ?? '', cause);
  }
}

/** `code`: the system's. */
export function unusableFolder(folder: string, code: string, cause: unknown): OperationalError {
  return new OperationalError('R215', whyUnusable(folder, code), {
    hint: 'name another one with --log DIR; it is made where missing',
    cause,
  });
}
function whyUnusable(folder: string, code: string): string {
  if (code === 'ENOTDIR') return `there is a file in the place of the folder ${folder}`;
  return code === 'EACCES'
    ? `the folder ${folder} may not be written`
    : `the folder ${folder} cannot be made (${code})`;
}

/** What lies where in a run's folder (`.weir`). */
export const logFolder = (folder: string): string => join(folder, 'log');
export const artifactsFolder = (folder: string): string => join(folder, 'artifacts');
export const registryFolder = (folder: string): string => join(folder, 'registry');

/** How the state of stream tasks is kept beside their changelogs. */
export interface SnapshotOptions {
  /** The folder that `--snapshots` names; every machine of the run sees it. */
  readonly dir?: string;
  /** Deltas between two snapshots of a task at most; absent: as many as is usual. */
  readonly deltas?: number;
}

/**
 * Where stream tasks keep snapshots, each in a folder of its own: where it is said, else beside the embedded log. A log that other machines
 * share has none unless they are told of a place that all see: there a task's state is made again from its changelog.
 */
export function snapshotsOf(
  log: LogModule | null,
  folder: string,
  { dir = log === null ? join(folder, 'snapshots') : undefined }: SnapshotOptions = {},
): { readonly snapshots?: (task: StreamTask) => SnapshotPlace } {
  if (dir === undefined) return {};
  const snapshots = ({ flow, chain, partition, stream }: StreamTask): SnapshotPlace => ({
    disk: nodeDisk,
    dir: join(dir, ...streamFolder(flow, stream), ...[chain, String(partition)].map(encodeURIComponent)),
  });
  return { snapshots };
}

/** Runs of one flow that know nothing of each other, as over two clusters, may share a folder: a flow's name has no dot. */
function streamFolder(flow: string, stream: string | null): readonly string[] {
  return [encodeURIComponent(stream === null ? flow : `${flow}.${stream}`)];
}
