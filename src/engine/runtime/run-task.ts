import { runStreamTask } from './stream/stream-task.ts';
import { runTableCollect, runTablePart } from './table-task.ts';
import type { TaskRun, TaskSpec } from './task-spec.ts';
import { runTrainTask } from './train-task.ts';
import { runValueTask } from './value-task.ts';

/** Runs any task, the same in every thread. */
export async function runTask(run: TaskRun, spec: TaskSpec): Promise<unknown> {
  switch (spec.kind) {
    case 'table-part':
      return runTablePart(run, spec);
    case 'table-collect':
      return runTableCollect(run, spec);
    case 'value':
      return runValueTask(run, spec);
    case 'train':
      return runTrainTask(run, spec);
    case 'stream':
      return runStreamTask(run, spec);
  }
}
