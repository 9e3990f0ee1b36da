import { OperationalError } from '../../base/operational-error.ts';
import type { Bytes } from '../../base/units.ts';
import { type Commit, type CommitRecord, LogError, type SnapshotPointer, type TaskLog } from '../../contract/log.ts';
import type { StateStore } from '../../contract/state.ts';
import { restoreSnapshot, writeSnapshot } from '../../state/snapshot.ts';
import { collectSnapshots } from '../../state/snapshot-collect.ts';
import type { SnapshotPlace } from '../../state/snapshot-files.ts';
import { createStateStore, type TaskState } from '../../state/state-store.ts';

/** A snapshot is taken when this much has been appended to the changelog since the last one: it bounds the time of a restore. */
export interface SnapshotPace {
  readonly bytes: Bytes;
  readonly deltas: number;
}
export const USUAL_PACE: SnapshotPace = { bytes: 16 * 1024 * 1024, deltas: 4_096 };

type Pointers = Pick<CommitRecord, 'snapshot' | 'previousSnapshot'>;

/** The keyed state of a stream task: restored to its last commit, its changes handed to each next one, snapshots beside. */
export class StreamState {
  readonly #task: TaskLog;
  readonly #place: SnapshotPlace | null;
  readonly #state: TaskState;
  readonly #pace: SnapshotPace;
  /** Changelog offset after the last delta. Exact or lower, where a log has gaps: deltas then are applied twice, to no harm. */
  #offset: bigint;
  #seq: bigint;
  #bytes = 0;
  #deltas = 0;
  #pointers: Pointers;
  #written: SnapshotPointer | null = null;
  #writing: Promise<void> | null = null;
  /** The snapshot whose predecessors have been removed. */
  #kept: string | null = null;

  private constructor(
    task: TaskLog,
    place: SnapshotPlace | null,
    state: TaskState,
    offset: bigint,
    pace: SnapshotPace,
    deltas: number,
    used: SnapshotPointer | null,
  ) {
    this.#pace = pace;
    this.#deltas = deltas;
    this.#task = task;
    this.#place = place;
    this.#state = state;
    this.#offset = offset;
    this.#seq = task.last?.seq ?? 0n;
    const { snapshot = null, previousSnapshot = null } = task.last ?? {};
    // One that turned out to be damaged is pointed to no more: the next one would be kept beside it, and this one removed.
    const isNewest = used === null || used.manifest === snapshot?.manifest;
    this.#pointers = isNewest ? { snapshot, previousSnapshot } : { snapshot: used, previousSnapshot: null };
  }

  /**
   * What has been read back counts for the next snapshot, however short the task's lives. Throws R122 where there are snapshots and none can
   * be read, R124 where they are at another place and the changelog has been purged up to them.
   */
  static async open(task: TaskLog, place: SnapshotPlace | null, pace: SnapshotPace = USUAL_PACE): Promise<StreamState> {
    const state = createStateStore();
    const used = place === null ? null : await restoreSnapshot(place, pointersOf(task.last), state);
    let offset = used?.changelog ?? 0n;
    let deltas = 0;
    try {
      for await (const { delta, next } of task.changelog(offset)) {
        state.applyDelta(delta);
        offset = next;
        deltas += 1;
      }
    } catch (error) {
      if (place === null && error instanceof LogError && error.code === 'gap') throw snapshotsElsewhere(error);
      throw error;
    }
    return new StreamState(task, place, state, offset, pace, deltas, used);
  }

  /** Gives up tables, before their operators come. */
  drop(tables: readonly string[]): void {
    for (const table of tables) this.#state.drop(table);
  }
  get store(): StateStore {
    return this.#state;
  }

  /**
   * What changed since the last commit, and the snapshots its record points to. Call it in the same turn as the commit: a
   * snapshot that is due is encoded here, of the state as that commit will leave it.
   */
  forCommit(): Pick<Commit, 'deltas'> & Pointers {
    const deltas = this.#state.takeDelta();
    this.#seq += 1n;
    const known = this.#task.changelogEnd ?? 0n;
    this.#offset = (known > this.#offset ? known : this.#offset) + BigInt(deltas.length);
    this.#deltas += deltas.length;
    this.#bytes += deltas.reduce((sum, delta) => sum + delta.length, 0);
    if (this.#written !== null) {
      this.#pointers = { snapshot: this.#written, previousSnapshot: this.#pointers.snapshot };
      this.#written = null;
    }
    if (this.#bytes >= this.#pace.bytes || this.#deltas >= this.#pace.deltas) this.#startSnapshot();
    return { deltas, ...this.#pointers };
  }

  /** A commit is durable: what its snapshots make superfluous may go. */
  async committed(record: CommitRecord): Promise<void> {
    const { snapshot, previousSnapshot } = record;
    if (this.#place === null || snapshot === null || snapshot.manifest === this.#kept) return;
    // One that is being written, or waits for a commit to point to it, must not be swept up: a later commit comes by.
    if (this.#writing !== null || this.#written !== null) return;
    this.#kept = snapshot.manifest;
    const kept = pointersOf({ snapshot, previousSnapshot }).map(pointer => pointer.manifest);
    await this.#task.purgeChangelog(previousSnapshot?.changelog ?? 0n);
    await collectSnapshots(this.#place, kept, this.#task.epoch);
  }

  /** Of all as it is, where there is a place and something has changed since the last one; for the next commit to point to. */
  async snapshot(): Promise<void> {
    await this.#writing;
    const hasChanged = this.#bytes > 0 || this.#deltas > 0 || this.#pointers.snapshot === null;
    if (this.#written === null && hasChanged && this.#state.keys > 0) this.#startSnapshot();
    await this.#writing;
  }

  #startSnapshot(): void {
    if (this.#place === null || this.#writing !== null) return;
    this.#bytes = 0;
    this.#deltas = 0;
    const at = { seq: this.#seq, changelog: this.#offset, epoch: this.#task.epoch };
    this.#writing = writeSnapshot(this.#place, this.#state, at)
      .then(
        pointer => {
          this.#written = pointer;
        },
        // A snapshot is a help, not a need: the changelog is whole. The next one tries again.
        () => undefined,
      )
      .finally(() => {
        this.#writing = null;
      });
  }
  async close(): Promise<void> {
    await this.#writing;
  }
}

/** The newest first. */
function pointersOf(record: Pointers | null): readonly SnapshotPointer[] {
  return [record?.snapshot, record?.previousSnapshot].flatMap(pointer => pointer ?? []);
}

export function snapshotsElsewhere(cause: LogError): OperationalError {
  return new OperationalError('R124', 'the state of a task lies in snapshots, and no place of snapshots is named', {
    hint: 'name the folder it was run with, on every machine: --snapshots DIR, or WEIR_SNAPSHOTS',
    cause,
  });
}
