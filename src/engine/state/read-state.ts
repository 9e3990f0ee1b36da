import type { Disk } from '../base/disk.ts';
import { readWhole } from '../base/disk.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Bytes } from '../base/units.ts';
import type { CommitRecord, LogReader, SnapshotPointer, TaskId } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { restoreSnapshot, type SnapshotPlace } from './snapshot.ts';
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
const MAX_MANIFEST_BYTES = 1024 * 1024;

/**
 * The keyed tables of a task: its newest snapshot and the changelog after it. Takes nothing, writes nothing, and may run beside the task.
 * `place` null: no snapshots are kept. Throws OperationalError R120, R121, R122, LogError `gap` where deltas are gone that no snapshot has.
 */
export async function readState(log: LogReader, task: TaskId, place: SnapshotPlace | null): Promise<StateRead> {
  for (let attempt = 1; ; attempt++) {
    const record = await log.last(task);
    try {
      return await readAt(log, task, record, place === null ? null : { ...place, disk: readOnly(place.disk) });
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
  const from = place === null ? null : await restoreSnapshot(place, pointers, state);
  let [deltas, deltaBytes] = [0, 0];
  for await (const { delta } of log.changelog(task, from ?? 0n)) {
    state.applyDelta(delta);
    deltas += 1;
    deltaBytes += delta.length;
  }
  const used = pointers.find(pointer => pointer.changelog === from);
  const snapshot = place === null || used === undefined ? null : await about(place, used);
  return { state, record, snapshot, deltas, deltaBytes };
}

/** When a snapshot was taken, and what its files weigh. Null where it has gone meanwhile. */
async function about({ disk, dir }: SnapshotPlace, { manifest }: SnapshotPointer): Promise<StateRead['snapshot']> {
  try {
    const text = new TextDecoder().decode(await readWhole(disk, `${dir}/${manifest}`, MAX_MANIFEST_BYTES));
    const { seq, groups } = JSON.parse(text) as { readonly seq: string; readonly groups: readonly (string | null)[] };
    let bytes = 0;
    for (const file of groups) if (file !== null) bytes += await sizeOf(disk, `${dir}/${file}`);
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

/** Restoring moves damaged files out of its own way: they are not ours to move. */
function readOnly(disk: Disk): Disk {
  return {
    list: path => disk.list(path),
    open: path => disk.open(path, 'read'),
    makeDir: nothing,
    rename: nothing,
    remove: nothing,
    syncDir: nothing,
  };
}
async function nothing(): Promise<void> {}

function isGone(error: unknown): boolean {
  if (error instanceof LogError) return error.code === 'gap';
  return error instanceof OperationalError && error.code === 'R122';
}
