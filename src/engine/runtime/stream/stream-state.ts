import type { Commit, CommitRecord, SnapshotPointer, TaskLog } from '../../contract/log.ts';
import type { StateStore } from '../../contract/state.ts';
import { collectSnapshots, restoreSnapshot, type SnapshotPlace, writeSnapshot } from '../../state/snapshot.ts';
import { createStateStore, type TaskState } from '../../state/state-store.ts';

/** A snapshot is taken when this much has been appended to the changelog since the last one: it bounds the time of a restore. */
const SNAPSHOT_BYTES = 16 * 1024 * 1024;
const SNAPSHOT_DELTAS = 512;

type Pointers = Pick<CommitRecord, 'snapshot' | 'previousSnapshot'>;

/** The keyed state of a stream task: restored to its last commit, its changes handed to each next one, snapshots beside. */
export class StreamState {
  readonly #task: TaskLog;
  readonly #place: SnapshotPlace | null;
  readonly #state: TaskState;
  /** Changelog offset after the last delta. Exact or lower, where a log has gaps: deltas then are applied twice, to no harm. */
  #offset: bigint;
  #seq: bigint;
  #bytes = 0;
  #deltas = 0;
  #pointers: Pointers;
  #written: SnapshotPointer | null = null;
  #writing: Promise<void> | null = null;

  private constructor(task: TaskLog, place: SnapshotPlace | null, state: TaskState, offset: bigint) {
    this.#task = task;
    this.#place = place;
    this.#state = state;
    this.#offset = offset;
    this.#seq = task.last?.seq ?? 0n;
    this.#pointers = { snapshot: task.last?.snapshot ?? null, previousSnapshot: task.last?.previousSnapshot ?? null };
  }

  /** Throws R112 where there are snapshots and none can be read. */
  static async open(task: TaskLog, place: SnapshotPlace | null): Promise<StreamState> {
    const state = createStateStore();
    const { last } = task;
    const pointers = [last?.snapshot, last?.previousSnapshot].flatMap(pointer => pointer ?? []);
    let offset = place === null ? 0n : ((await restoreSnapshot(place, pointers, state)) ?? 0n);
    for await (const { delta, next } of task.changelog(offset)) {
      state.applyDelta(delta);
      offset = next;
    }
    return new StreamState(task, place, state, offset);
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
    if (this.#bytes >= SNAPSHOT_BYTES || this.#deltas >= SNAPSHOT_DELTAS) this.#startSnapshot();
    return { deltas, ...this.#pointers };
  }

  /** A commit is durable: what its snapshots make superfluous may go. */
  async committed(record: CommitRecord): Promise<void> {
    const { snapshot, previousSnapshot } = record;
    if (this.#place === null || snapshot === null || snapshot.manifest === this.#task.last?.snapshot?.manifest) return;
    if (snapshot.manifest === this.#kept) return;
    this.#kept = snapshot.manifest;
    const kept = [snapshot, previousSnapshot].flatMap(pointer => pointer ?? []);
    await this.#task.purgeChangelog(previousSnapshot?.changelog ?? 0n);
    if (this.#writing === null)
      await collectSnapshots(
        this.#place,
        kept.map(pointer => pointer.manifest),
      );
  }
  #kept: string | null = null;

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
