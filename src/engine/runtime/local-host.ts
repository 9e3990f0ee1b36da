import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../contract/log.ts';
import { connectLog } from '../log/log-client.ts';
import { openArtifactStore } from '../models/artifact-store.ts';
import type { Plan } from '../plan/plan.ts';
import { createStateStore } from '../state/state-store.ts';
import { importCatalog } from './catalog-module.ts';
import { STAGE_BACKENDS, type StageBackend } from './stage-backends.ts';
import { type TaskHost, taskHost } from './task-host.ts';
import { artifactsFolder, snapshotPlaces } from './weir-folder.ts';

export interface LocalHostOptions {
  readonly plan: Plan;
  readonly catalogModule: string;
  readonly extensions: readonly string[];
  readonly folder: string;
  readonly batchRows: number;
  readonly backend: StageBackend;
  readonly clock: Clock;
  /** The port to the log thread; null where the run has no log. Asked when the log is first needed. */
  logPort(): MessagePort | null;
}

/** The surroundings of tasks in a worker: its own catalogue, artifact store and connection to the log. */
export async function openLocalHost(options: LocalHostOptions): Promise<TaskHost> {
  const { catalog, lookUp } = await importCatalog(options.catalogModule, options.extensions);
  let log: Log | null = null;
  return taskHost({
    plan: options.plan,
    catalog,
    lookUp,
    artifacts: openArtifactStore(artifactsFolder(options.folder)),
    fuse: STAGE_BACKENDS[options.backend],
    clock: options.clock,
    batchRows: options.batchRows,
    memoryState: createStateStore,
    snapshots: snapshotPlaces(options.folder),
    async log() {
      if (log === null) {
        const port = options.logPort();
        assert(port !== null, 'this run was started without a log');
        log = connectLog(port);
      }
      return log;
    },
  });
}
