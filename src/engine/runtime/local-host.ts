import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import type { Log } from '../contract/log.ts';
import type { LogModule } from '../contract/log-module.ts';
import { connectLog } from '../log/log-client.ts';
import { openArtifactStore } from '../models/artifact-store.ts';
import type { Plan } from '../plan/plan.ts';
import { createStateStore } from '../state/state-store.ts';
import { importCatalog } from './catalog-module.ts';
import { openByModule } from './run-log.ts';
import { STAGE_BACKENDS, type StageBackend } from './stage-backends.ts';
import { type TaskHost, taskHost } from './task-host.ts';
import { artifactsFolder, type SnapshotOptions, snapshotsOf } from './weir-folder.ts';

export interface LocalHostOptions {
  readonly plan: Plan;
  readonly catalogModule: string;
  readonly extensions: readonly string[];
  readonly folder: string;
  readonly batchRows: number;
  readonly backend: StageBackend;
  readonly clock: Clock;
  readonly env: Environment;
  /** What is opened here; null: there is a port. */
  readonly log: LogModule | null;
  readonly snapshots: SnapshotOptions;
  /** The port to the log thread; null where the run has no log. Asked when the log is first needed. */
  logPort(): MessagePort | null;
}

/** The surroundings of tasks in a worker: its own catalogue, artifact store and connection to the log. */
export async function openLocalHost(options: LocalHostOptions): Promise<TaskHost> {
  const { catalog, lookUp } = await importCatalog(options.catalogModule, options.extensions);
  let log: Promise<Log> | Log | null = null;
  return taskHost({
    plan: options.plan,
    catalog,
    lookUp,
    artifacts: openArtifactStore(artifactsFolder(options.folder)),
    fuse: STAGE_BACKENDS[options.backend],
    clock: options.clock,
    env: options.env,
    batchRows: options.batchRows,
    memoryState: createStateStore,
    ...snapshotsOf(options.log, options.folder, options.snapshots),
    snapshotDeltas: options.snapshots.deltas ?? null,
    async log() {
      log ??= options.log === null ? connected(options.logPort()) : openByModule(options.log, options.clock);
      return log;
    },
  });
}

function connected(port: MessagePort | null): Log {
  assert(port !== null, 'this run was started without a log');
  return connectLog(port);
}
