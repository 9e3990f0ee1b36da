import { OperationalError } from '../base/operational-error.ts';
import type { LogReader, TaskId } from '../contract/log.ts';
import { readState, type StateRead } from '../state/read-state.ts';
import type { SnapshotPlace } from '../state/snapshot.ts';
import { flowOfManifests, manifestTopic } from './stream/own-topics.ts';
import { generationName, newestManifest, type StreamManifest } from './stream/stream-manifest.ts';

/** The state of one task of a flow. */
export interface TaskStateRead extends StateRead {
  readonly chain: string;
  readonly partition: number;
}

/** Names of the flows that have run as a stream over a log, sorted. */
export async function streamFlows(log: LogReader): Promise<readonly string[]> {
  return (await log.topics()).flatMap(({ name }) => flowOfManifests(name) ?? []).sort();
}

/** The manifest in force; null where the flow never ran as a stream over this log. */
export async function flowManifest(log: LogReader, flow: string): Promise<StreamManifest | null> {
  const topic = manifestTopic(flow);
  const isThere = (await log.topics()).some(({ name }) => name === topic);
  return isThere ? newestManifest(log, topic) : null;
}

/**
 * The state of a flow's tasks, chain by chain, partitions ascending, one in memory at a time. `snapshots`: where a task's are, as for who runs it. Throws
 * OperationalError R130 for a flow that never ran as a stream over this log; hints are for whoever knows what names there are.
 */
export async function* flowState(
  log: LogReader,
  flow: string,
  snapshots: ((task: TaskId) => SnapshotPlace) | null,
): AsyncGenerator<TaskStateRead> {
  const manifest = await flowManifest(log, flow);
  if (manifest === null) throw new OperationalError('R130', `no flow ${flow} has run as a stream over this log`);
  const name = generationName(flow, manifest.generation);
  for (const [chain, tasks] of Object.entries(manifest.tasks)) {
    for (let partition = 0; partition < tasks; partition++) {
      const task = { flow: name, chain, partition };
      yield { chain, partition, ...(await readState(log, task, snapshots?.(task) ?? null)) };
    }
  }
}
