import { LogError, type TaskId } from './log.ts';
import { taskName } from './task-name.ts';

// What a task's log says once it takes nothing more: a rejected commit ends it, for only opening it anew finds out what the log holds.

export function deadByRejection(task: TaskId, error: unknown): LogError {
  const isKept = error instanceof LogError && (error.code === 'fenced' || error.code === 'closed');
  const why = error instanceof Error ? error.message : String(error);
  return new LogError(isKept ? error.code : 'dead', `Task ${taskName(task)} stopped after a failed commit: ${why}`);
}

export function deadByClose(task: TaskId): LogError {
  return new LogError('closed', `Task ${taskName(task)} is closed.`);
}
