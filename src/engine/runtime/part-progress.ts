import type { StageCounts } from '../observe/stage-counts.ts';
import type { Part, TaskRun } from './task-spec.ts';

/** Progress is told about this often. */
const TELL_MS = 200;

export interface PartProgress {
  add(amount: number): void;
  tell(): void;
}

/** How far a task is in its part, and its counts. */
export function partProgress(run: TaskRun, part: Part, counts: StageCounts): PartProgress {
  const { clock } = run.host;
  const sizes = part.kind === 'rows' ? [part.to - part.from] : part.splits.map(split => split.size);
  const total = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let consumed = 0;
  let told = clock.elapsed();
  return {
    add(amount) {
      consumed += amount;
    },
    tell() {
      const now = clock.elapsed();
      if (now - told < TELL_MS) return;
      told = now;
      const done = total === null || total === 0 ? null : Math.min(1, consumed / total);
      run.tell({ kind: 'counts', counts: counts.list(), done, lag: null });
    },
  };
}
