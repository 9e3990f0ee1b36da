import type { Bytes } from '../../base/units.ts';
import type { Commit, CommitRecord, SnapshotPointer, TaskLog } from '../../contract/log.ts';
import type { StateStore } from '../../contract/state.ts';
import { collectSnapshots, restoreSnapshot, type SnapshotPlace, writeSnapshot } from '../../state/snapshot.ts';
import { createStateStore, type TaskState } from '../../state/state-store.ts';

/** A snapshot is taken when this much has been appended to the changelog since the last one: it bounds the time of a restore. */
export interface SnapshotPace {
  readonly bytes: Bytes;
  readonly deltas: number;
}
const USUAL_PACE: SnapshotPace = { bytes: 16 * 1024 * 1024, deltas: 4_096 };

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
  ) {
    this.#pace = pace;
    this.#deltas = deltas;
    this.#task = task;
    this.#place = place;
    this.#state = state;
    this.#offset = offset;
    this.#seq = task.last?.seq ?? 0n;
    this.#pointers = { snapshot: task.last?.snapshot ?? null, previousSnapshot: task.last?.previousSnapshot ?? null };
  }

  /** What has been read back counts for the next snapshot, however short the task's lives. Throws R122 where there are snapshots and none can be read. */
  static async open(task: TaskLog, place: SnapshotPlace | null, pace: SnapshotPace = USUAL_PACE): Promise<StreamState> {
    const state = createStateStore();
    const { last } = task;
    const pointers = [last?.snapshot, last?.previousSnapshot].flatMap(pointer => pointer ?? []);
    let offset = place === null ? 0n : ((await restoreSnapshot(place, pointers, state)) ?? 0n);
    let deltas = 0;
    for await (const { delta, next } of task.changelog(offset)) {
      state.applyDelta(delta);
      offset = next;
      deltas += 1;
    }
    return new StreamState(task, place, state, offset, pace, deltas);
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
    this.#offset += BigInt(deltas.length);
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
    const kept = [snapshot, previousSnapshot].flatMap(pointer => pointer ?? []);
    await this.#task.purgeChangelog(previousSnapshot?.changelog ?? 0n);
    await collectSnapshots(
      this.#place,
      kept.map(pointer => pointer.manifest),
    );
  }

  #startSnapshot(): void {
    if (this.#place === null || this.#writing !== null) return;
    this.#bytes = 0;
    this.#deltas = 0;
    this.#writing = writeSnapshot(this.#place, this.#state, { seq: this.#seq, changelog: this.#offset })
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
