import type { Disk } from '../base/disk.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Bytes } from '../base/units.ts';
import type { CommitRecord, LogReader, SnapshotPointer, TaskId } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { restoreSnapshot } from './snapshot.ts';
import { readSnapshotManifest, type SnapshotPlace } from './snapshot-files.ts';
import { createStateStore, type TaskState } from './state-store.ts';

/** A task's state as whoever does not own the task finds it: at least as new as `record`. */
export interface StateRead {
  readonly state: TaskState;
  /** The last commit before it was read; null: there was none, and there is no state. */
  readonly record: CommitRecord | null;
  /** What the state was made of: the newest snapshot, where there is one that can be read, and the deltas after it. */
  readonly snapshot: { readonly seq: bigint; readonly bytes: Bytes } | null;
  readonly deltas: number;
  readonly deltaBytes: Bytes;
}

/** A task that is at work may put a snapshot in the place of the one that is being read. */
const ATTEMPTS = 5;

/**
 * The keyed tables of a task: its newest snapshot and the changelog after it. Takes nothing, writes nothing, and may run beside the task.
 * `place` null: no snapshots are kept. Throws OperationalError R120, R121, R122, LogError `gap` where deltas are gone that no snapshot has.
 */
export async function readState(log: LogReader, task: TaskId, place: SnapshotPlace | null): Promise<StateRead> {
  for (let attempt = 1; ; attempt++) {
    const record = await log.last(task);
    try {
      return await readAt(log, task, record, place);
    } catch (error) {
      const hasMoved = (await log.last(task))?.snapshot?.manifest !== record?.snapshot?.manifest;
      if (!hasMoved || !isGone(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function readAt(
  log: LogReader,
  task: TaskId,
  record: CommitRecord | null,
  place: SnapshotPlace | null,
): Promise<StateRead> {
  const state = createStateStore();
  if (record === null) return { state, record, snapshot: null, deltas: 0, deltaBytes: 0 };
  const pointers = [record.snapshot, record.previousSnapshot].flatMap(pointer => pointer ?? []);
  const used = place === null ? null : await restoreSnapshot(place, pointers, state);
  let [deltas, deltaBytes] = [0, 0];
  for await (const { delta } of log.changelog(task, used?.changelog ?? 0n)) {
    state.applyDelta(delta);
    deltas += 1;
    deltaBytes += delta.length;
  }
  const snapshot = place === null || used === null ? null : await about(place, used);
  return { state, record, snapshot, deltas, deltaBytes };
}

/** When a snapshot was taken, and what its files weigh. Null where it has gone meanwhile. */
async function about(place: SnapshotPlace, { manifest }: SnapshotPointer): Promise<StateRead['snapshot']> {
  try {
    const { seq, groups } = await readSnapshotManifest(place, manifest);
    let bytes = 0;
    for (const file of groups) if (file !== null) bytes += await sizeOf(place.disk, `${place.dir}/${file}`);
    return { seq: BigInt(seq), bytes };
  } catch {
    return null;
  }
}
async function sizeOf(disk: Disk, path: string): Promise<Bytes> {
  const file = await disk.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

function isGone(error: unknown): boolean {
  if (error instanceof LogError) return error.code === 'gap';
  return error instanceof OperationalError && error.code === 'R122';
}
