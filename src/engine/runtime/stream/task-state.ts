import type { CommitRecord, TaskLog } from '../../contract/log.ts';
import type { StateStore } from '../../contract/state.ts';
import { createStateStore } from '../../state/state-store.ts';

/** The keyed state of a stream task, restored to its last commit. */
export interface StreamState {
  readonly store: StateStore;
  /** What was touched since the last call, for the commit; and the snapshot the commit may point to. */
  delta(): Promise<{ readonly deltas: readonly Uint8Array[]; readonly snapshot: CommitRecord['snapshot'] }>;
  /** Told of every commit that is durable. */
  committed(record: CommitRecord): Promise<void>;
}

/** Reads the changelog up to the last commit, so that the state stands for that commit and nothing after it. */
export async function openStreamState(task: TaskLog): Promise<StreamState> {
  const store = createStateStore();
  for await (const { delta } of task.changelog(0n)) store.applyDelta(delta);
  return {
    store,
    delta: async () => ({ deltas: store.takeDelta(), snapshot: null }),
    committed: async () => undefined,
  };
}
