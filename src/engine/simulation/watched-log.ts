import type { CommitRecord, Log, TaskId, TaskLog } from '../contract/log.ts';
import { taskName } from '../contract/task-name.ts';
import { boundLog } from '../runtime/log-over.ts';

/** What a log has promised to anybody, and whether it keeps it. */
export class Promises {
  /** By task: the newest commit that was acknowledged to anybody. */
  readonly #newest = new Map<string, bigint>();
  /** By task and commit: the epoch it was acknowledged in. */
  readonly #epochs = new Map<string, bigint>();
  readonly broken: string[] = [];

  newest(task: TaskId): bigint {
    return this.#newest.get(taskName(task)) ?? 0n;
  }
  /** `promised`: as it was when the log was asked. */
  opened({ task, last }: TaskLog, promised: bigint): void {
    const found = last?.seq ?? 0n;
    if (found >= promised) return;
    this.broken.push(`task ${taskName(task)}: commit ${promised} was acknowledged, and ${found} is the last one found`);
  }
  acknowledged({ task }: TaskLog, { seq, epoch }: CommitRecord): void {
    const name = taskName(task);
    const before = this.#epochs.get(`${name} ${seq}`);
    this.#epochs.set(`${name} ${seq}`, epoch);
    if (before !== undefined && before !== epoch)
      this.broken.push(`task ${name}: commit ${seq} was acknowledged to two owners`);
    if (seq > this.newest(task)) this.#newest.set(name, seq);
  }
}

/** A process's log, with an eye on what it answers. */
export function watchedLog(
  log: Log,
  promises: Promises,
  onAcknowledged: (task: TaskId, record: CommitRecord) => void,
): Log {
  return {
    ...boundLog(log),
    async open(task) {
      const promised = promises.newest(task);
      const opened = await log.open(task);
      promises.opened(opened, promised);
      return taskWith(opened, async commit => {
        const record = await opened.commit(commit);
        promises.acknowledged(opened, record);
        onAcknowledged(opened.task, record);
        return record;
      });
    },
  };
}

/** A task's log that commits in another way. */
export function taskWith(log: TaskLog, commit: TaskLog['commit']): TaskLog {
  return {
    task: log.task,
    epoch: log.epoch,
    last: log.last,
    ...(log.changelogEnd === undefined
      ? {}
      : {
          get changelogEnd() {
            return log.changelogEnd ?? 0n;
          },
        }),
    changelog: from => log.changelog(from),
    commit,
    purgeChangelog: before => log.purgeChangelog(before),
    close: () => log.close(),
  };
}
