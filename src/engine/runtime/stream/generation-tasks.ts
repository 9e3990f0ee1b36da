import type { CommitRecord, LogReader, TaskId } from '../../contract/log.ts';
import { generationName, type StreamManifest } from './stream-manifest.ts';

/** A generation of tasks: its number, and how many there are by chain. */
export type Generation = Pick<StreamManifest, 'generation' | 'tasks'>;

/** Its tasks, chain by chain, partitions ascending. */
export function* tasksOf(flow: string, { generation, tasks }: Generation): Generator<TaskId> {
  const name = generationName(flow, generation);
  for (const [chain, count] of Object.entries(tasks)) {
    for (let partition = 0; partition < count; partition++) yield { flow: name, chain, partition };
  }
}

/** The last commit of each, in that order; null of one that has made none. */
export async function lastRecords(
  log: Pick<LogReader, 'last'>,
  flow: string,
  of: Generation,
): Promise<readonly (CommitRecord | null)[]> {
  const records: (CommitRecord | null)[] = [];
  for (const task of tasksOf(flow, of)) records.push(await log.last(task));
  return records;
}
