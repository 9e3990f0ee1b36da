import type { Commit, CommitRecord, Log, TaskId, TaskLog } from '../../../src/engine/contract/log.ts';
import type { LogDriver } from './driver.ts';

/** Logs with one promise broken. The suite is worth something only if it notices each. */

type Open = (inner: Log, task: TaskId) => Promise<TaskLog>;

/** A driver whose clients open tasks in another way. */
function withOpen(driver: LogDriver, name: string, makeOpen: () => Open): LogDriver {
  return {
    name,
    async create() {
      const world = await driver.create();
      const open = makeOpen();
      return {
        ...world,
        async client() {
          const log = await world.client();
          return { ...bound(log), open: task => open(log, task) };
        },
      };
    },
  };
}

function bound(log: Log): Log {
  return {
    ensureTopics: specs => log.ensureTopics(specs),
    topics: () => log.topics(),
    describe: topic => log.describe(topic),
    join: (group, onAssign) => log.join(group, onAssign),
    last: task => log.last(task),
    changelog: (task, from) => log.changelog(task, from),
    open: task => log.open(task),
    read: (at, max) => log.read(at, max),
    append: (to, frames) => log.append(to, frames),
    purge: (to, before) => log.purge(to, before),
    deleteTopics: names => log.deleteTopics(names),
    close: () => log.close(),
  };
}

function taskWith(
  inner: TaskLog,
  last: CommitRecord | null,
  commit: (commit: Commit) => Promise<CommitRecord>,
): TaskLog {
  return {
    task: inner.task,
    epoch: inner.epoch,
    last,
    changelog: from => inner.changelog(from),
    commit,
    purgeChangelog: before => inner.purgeChangelog(before),
    close: () => inner.close(),
  };
}

/** A fenced owner writes on. */
export function noFence(driver: LogDriver): LogDriver {
  return withOpen(driver, 'no fence', () => async (log, task) => {
    let inner = await log.open(task);
    return taskWith(inner, inner.last, async commit => {
      try {
        return await inner.commit(commit);
      } catch (error) {
        if ((error as { code?: string }).code !== 'fenced') throw error;
        inner = await log.open(task);
        return inner.commit(commit);
      }
    });
  });
}

/** The last record is looked up before the old owner is fenced. */
export function readBeforeFence(driver: LogDriver): LogDriver {
  return withOpen(driver, 'read before fence', () => {
    const known = new Map<string, CommitRecord>();
    return async (log, task) => {
      const name = JSON.stringify(task);
      const last = known.get(name) ?? null;
      const inner = await log.open(task);
      return taskWith(inner, last, async commit => {
        const record = await inner.commit(commit);
        known.set(name, record);
        return record;
      });
    };
  });
}

/** After a failed commit the same task log goes on with the next. */
export function abortAndReuse(driver: LogDriver): LogDriver {
  return withOpen(driver, 'abort and reuse', () => async (log, task) => {
    let inner = await log.open(task);
    return taskWith(inner, inner.last, async commit => {
      try {
        return await inner.commit(commit);
      } catch (error) {
        inner = await log.open(task);
        throw error;
      }
    });
  });
}
