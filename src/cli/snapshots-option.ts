import { resolve } from 'node:path';
import { Option } from 'commander';
import type { SnapshotOptions } from '../engine/runtime/weir-folder.ts';

/** `--snapshots DIR`, the same for all commands that run tasks. */
export function snapshotsOption(): Option {
  return new Option(
    '--snapshots <dir>',
    'folder for snapshots of state that every machine of the run sees; over Kafka there are none without it',
  ).env('WEIR_SNAPSHOTS');
}

export function snapshotOptions(dir: string | undefined): SnapshotOptions {
  // For runs that are to take many, as those that are killed on purpose.
  const deltas = Number(process.env['WEIR_SNAPSHOT_DELTAS'] ?? Number.NaN);
  return {
    ...(dir === undefined ? {} : { dir: resolve(dir) }),
    ...(Number.isInteger(deltas) && deltas > 0 ? { deltas } : {}),
  };
}
