import type { CommitRecord, Log, TaskLog } from '../../../../src/engine/contract/log.ts';
import { LogError } from '../../../../src/engine/contract/log.ts';
import { boundLog } from '../../../../src/engine/runtime/log-over.ts';
import type { Sabotage } from '../../../../src/engine/simulation/simulated-world.ts';
import { taskWith } from '../../../../src/engine/simulation/watched-log.ts';

/** Logs with one promise broken each. */

function withOpen(open: (log: Log, task: TaskLog['task']) => Promise<TaskLog>): (log: Log) => Log {
  return log => ({ ...boundLog(log), open: task => open(log, task) });
}

/** What was open stays open: whoever has a task writes on. Where the log is, so that a zombie's last words count too. */
export const noFence: Sabotage = {
  server: withOpen(async (log, task) => {
    let inner = await log.open(task);
    return taskWith(inner, async commit => {
      try {
        return await inner.commit(commit);
      } catch (error) {
        if (!(error instanceof LogError) || error.code !== 'fenced') throw error;
        inner = await log.open(task);
        return inner.commit(commit);
      }
    });
  }),
};

/** What comes between the two is not seen. */
export const readBeforeFence: Sabotage = {
  client: withOpen(async (log, task) => {
    const last: CommitRecord | null = await log.last(task);
    const inner = await log.open(task);
    return { ...taskWith(inner, commit => inner.commit(commit)), last };
  }),
};

/** A commit that failed is made again, on the same log of the task, as if it had not happened. */
export const abortAndReuse: Sabotage = {
  client: withOpen(async (log, task) => {
    let inner = await log.open(task);
    return taskWith(inner, async commit => {
      try {
        return await inner.commit(commit);
      } catch {
        inner = await log.open(task);
        return inner.commit(commit);
      }
    });
  }),
};

/** Where a stream is given other partitions, the state of one of its tasks stays behind. */
export const stateStaysBehind: Sabotage = {
  client: withOpen(async (log, task) => {
    const inner = await log.open(task);
    const isHeir = task.flow.includes('~') && task.partition === 0 && inner.last === null;
    return taskWith(inner, commit => inner.commit(isHeir ? { ...commit, deltas: [] } : commit));
  }),
};

/** Syncs say that they are done, and are not. */
export const noSync: Sabotage = { noSync: true };
