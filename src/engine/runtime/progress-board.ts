import type { Clock } from '../base/clock.ts';
import type { Millis } from '../base/units.ts';
import type { StageCount } from '../contract/artifact.ts';
import type { RunEvent } from '../contract/progress.ts';
import { ProgressMeter } from '../observe/progress-meter.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import type { TaskNote } from './task-spec.ts';

const TELL_MS: Millis = 250;

interface TaskState {
  counts: readonly StageCount[];
  done: number | null;
  lag: number | null;
}

/** Adds up what tasks tell and passes it on as progress, a few times a second. */
export class ProgressBoard {
  readonly #clock: Clock;
  readonly #tell: (event: RunEvent) => void;
  readonly #meter: ProgressMeter;
  readonly #jobs = new Map<string, Map<string, TaskState>>();
  readonly #toldAt = new Map<string, Millis>();

  constructor(clock: Clock, tell: (event: RunEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#meter = new ProgressMeter(clock);
  }

  note(job: string, task: string, note: TaskNote, of = 0): void {
    switch (note.kind) {
      case 'training':
        this.#tell({ event: 'training', stage: job, round: note.round, rounds: note.rounds, metric: note.metric });
        return;
      case 'warning':
        this.#tell({ event: 'warning', code: note.code, message: note.message, stage: job });
        return;
      case 'counts':
        this.#count(job, task, note, of);
    }
  }

  #count(job: string, task: string, state: TaskState, of: number): void {
    const tasks = this.#jobs.get(job) ?? new Map<string, TaskState>();
    this.#jobs.set(job, tasks);
    tasks.set(task, state);
    const now = this.#clock.elapsed();
    if (now - (this.#toldAt.get(job) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return;
    this.#toldAt.set(job, now);
    const total = new StageCounts();
    for (const one of tasks.values()) total.addAll(one.counts);
    const outlook = outlookOf([...tasks.values()], of);
    for (const count of total.list()) this.#tell(this.#meter.event(count, outlook));
  }
}

/** Shares done are averaged, tasks that have not begun being at nothing; lags add up. */
function outlookOf(tasks: readonly TaskState[], of: number): { done: number | null; lag: number | null } {
  const shares = tasks.flatMap(task => (task.done === null ? [] : [task.done]));
  const lags = tasks.flatMap(task => (task.lag === null ? [] : [task.lag]));
  return {
    done: shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / Math.max(shares.length, of),
    lag: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0),
  };
}
