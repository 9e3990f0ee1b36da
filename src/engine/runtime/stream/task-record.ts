import type { StageCount } from '../../contract/artifact.ts';
import type { CommitRecord } from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';

/** The numbers a stream task keeps from commit to commit, in the record's counts, under names of their own. */
export interface TaskNumbers {
  readonly stages: readonly StageCount[];
  /** Rows sent round by exchange. */
  readonly turns: ReadonlyMap<string, number>;
  /** Upstream tasks whose end has been read. */
  readonly ended: ReadonlySet<string>;
  /** By upstream task: the newest drain that was read of it. */
  readonly drains: ReadonlyMap<string, number>;
  /** The drain by which the task has left, with nothing taken since; null: it has not. */
  readonly drained: number | null;
  /** Rows dead-lettered for an operator's error: in all, and in a row. */
  readonly poisoned: number;
  readonly poisonedInARow: number;
  /** The upgrade of the stream that the task has committed under. */
  readonly upgrade: number;
}
const TURN = 'turn:';
const END = 'end:';
const DRAIN = 'drain:';
const DRAINED = 'drained';
const POISONED = 'poisoned';
const UPGRADE = 'upgrade';
const IN_A_ROW = 'poisoned in a row';

export function numbersOf(record: CommitRecord | null): TaskNumbers {
  const counts = record?.counts ?? {};
  const turns = new Map<string, number>();
  const ended = new Set<string>();
  const drains = new Map<string, number>();
  const stages: Record<string, number> = {};
  for (const [name, value] of Object.entries(counts)) {
    if (name.startsWith(TURN)) turns.set(name.slice(TURN.length), value);
    else if (name.startsWith(END)) ended.add(name.slice(END.length));
    else if (name.startsWith(DRAIN)) drains.set(name.slice(DRAIN.length), value);
    else stages[name] = value;
  }
  return {
    stages: StageCounts.fromNumbers(stages).list(),
    turns,
    ended,
    drains,
    drained: counts[DRAINED] ?? null,
    poisoned: counts[POISONED] ?? 0,
    poisonedInARow: counts[IN_A_ROW] ?? 0,
    upgrade: counts[UPGRADE] ?? 0,
  };
}

export function countsOf(stages: StageCounts, numbers: Omit<TaskNumbers, 'stages'>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = stages.toNumbers();
  for (const [topic, rows] of numbers.turns) counts[TURN + topic] = rows;
  for (const task of numbers.ended) counts[END + task] = 1;
  for (const [task, drain] of numbers.drains) counts[DRAIN + task] = drain;
  if (numbers.drained !== null) counts[DRAINED] = numbers.drained;
  if (numbers.poisoned > 0) counts[POISONED] = numbers.poisoned;
  if (numbers.poisonedInARow > 0) counts[IN_A_ROW] = numbers.poisonedInARow;
  if (numbers.upgrade > 0) counts[UPGRADE] = numbers.upgrade;
  return counts;
}
