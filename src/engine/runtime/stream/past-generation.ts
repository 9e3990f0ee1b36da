import { type CommitRecord, type Log, LogError, type TaskId } from '../../contract/log.ts';
import { dropSnapshots } from '../../state/snapshot-collect.ts';
import type { TaskHost } from '../task-host.ts';
import { type Generation, tasksOf } from './generation-tasks.ts';
import { exchangesOf } from './own-topics.ts';
import type { StreamManifest } from './stream-manifest.ts';

/** Fences every task of it, and gives what each had committed last, in the order of `tasksOf`. Whoever runs them reads the manifest before it tries again. */
export async function fenceAll(log: Log, name: string, past: Generation): Promise<readonly (CommitRecord | null)[]> {
  const records: (CommitRecord | null)[] = [];
  for (const task of tasksOf(name, past)) {
    const owner = await log.open(task);
    records.push(owner.last);
    await owner.close();
  }
  return records;
}

/** Its exchanges. */
export async function dropGeneration(log: Log, name: string, generation: number): Promise<void> {
  const prefix = exchangesOf(name, generation);
  const names = (await log.topics()).map(info => info.name).filter(topic => topic.startsWith(prefix));
  if (names.length > 0) await log.deleteTopics(names);
}

/**
 * Lets go what only it needed: exchanges, snapshots, and all of the changelogs but the last records. To be called once others have its state, as
 * often as it takes.
 */
export async function giveUp({
  host,
  log,
  flow,
  before,
  from,
}: {
  readonly host: TaskHost;
  readonly log: Log;
  readonly flow: string;
  readonly before: StreamManifest;
  readonly from: Generation;
}): Promise<void> {
  await dropGeneration(log, flow, from.generation);
  for (const task of tasksOf(flow, from)) {
    const end = await changelogEnd(log, task);
    if (end !== null) {
      const owner = await log.open(task);
      await owner.purgeChangelog(end);
      await owner.close();
    }
    const place = host.snapshots?.({ ...task, stream: before.stream ?? null });
    if (place !== undefined) await dropSnapshots(place);
  }
}

/** Behind the last delta of a task that runs no more; null where they have all gone before. */
async function changelogEnd(log: Log, task: TaskId): Promise<bigint | null> {
  const { snapshot = null } = (await log.last(task)) ?? {};
  let end = snapshot?.changelog ?? 0n;
  try {
    for await (const { next } of log.changelog(task, end)) end = next;
    return end;
  } catch (error) {
    // What is behind its snapshot goes here and nowhere else.
    if (error instanceof LogError && error.code === 'gap') return null;
    throw error;
  }
}
