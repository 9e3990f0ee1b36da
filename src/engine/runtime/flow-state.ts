import { OperationalError } from '../base/operational-error.ts';
import { LogError, type LogReader } from '../contract/log.ts';
import { readState, type StateRead } from '../state/read-state.ts';
import type { SnapshotPlace } from '../state/snapshot-files.ts';
import { tasksOf } from './stream/generation-tasks.ts';
import { everyTask, withLeftOut } from './stream/left-out-chains.ts';
import { newestManifest } from './stream/manifest-log.ts';
import { flowOfManifests, manifestTopic } from './stream/own-topics.ts';
import type { StreamManifest } from './stream/stream-manifest.ts';
import type { StreamTask } from './stream/stream-spec.ts';
import { snapshotsElsewhere } from './stream/stream-state.ts';

/** The state of one task of a flow. */
export interface TaskStateRead extends StateRead {
  readonly chain: string;
  readonly partition: number;
  /** It does not run for want of a model, and keeps what it has. */
  readonly isLeftOut: boolean;
}

/** Names of the flows that have run as a stream over a log, sorted. */
export async function streamFlows(log: LogReader): Promise<readonly string[]> {
  return (await log.topics()).flatMap(({ name }) => flowOfManifests(name) ?? []).sort();
}

/** The manifest in force; null where the flow never ran as a stream over this log. */
export async function flowManifest(log: LogReader, flow: string): Promise<StreamManifest | null> {
  const topic = manifestTopic(flow);
  const isThere = (await log.topics()).some(({ name }) => name === topic);
  return isThere ? newestManifest(log, flow) : null;
}

/**
 * The state of a flow's tasks, also of those left out for want of a model, chain by chain, partitions ascending, one in memory at a time. `snapshots`: where a task's are, as for who runs it. Throws
 * OperationalError R130 for a flow that never ran as a stream over this log, R124 where snapshots are elsewhere; hints are for whoever knows what names there are.
 */
export async function* flowState(
  log: LogReader,
  flow: string,
  snapshots: ((task: StreamTask) => SnapshotPlace) | null,
): AsyncGenerator<TaskStateRead> {
  const manifest = await flowManifest(log, flow);
  if (manifest === null) {
    throw new OperationalError('R130', `no flow ${flow} has run as a stream over this log`, {
      hint: 'give the name in its flow line, and the log it runs over: --log',
    });
  }
  const tasks = everyTask(await withLeftOut(manifest, flow, log));
  for (const task of tasksOf(flow, { ...manifest, tasks })) {
    const place = snapshots?.({ ...task, stream: manifest.stream ?? null }) ?? null;
    const read = await readState(log, task, place).catch(error => {
      throw place === null && error instanceof LogError && error.code === 'gap' ? snapshotsElsewhere(error) : error;
    });
    const isLeftOut = manifest.tasks[task.chain] === undefined;
    yield { chain: task.chain, partition: task.partition, isLeftOut, ...read };
  }
}
