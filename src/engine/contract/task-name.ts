import type { TaskId } from './log.ts';

/** A task in messages and as a key: `flow/chain/3`. */
export function taskName(task: TaskId): string {
  return `${task.flow}/${task.chain}/${task.partition}`;
}
