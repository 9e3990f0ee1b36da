import { pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../contract/log.ts';
import type { LogModule, OnOutage, OpensLogs } from '../contract/log-module.ts';
import { startLogThread } from '../log/log-thread.ts';

/** The log of a run, as its main thread has it. */
export interface RunLog {
  readonly log: Log;
  /** A worker's line to it; null where workers open it themselves. */
  connect(): MessagePort | null;
  stop(): Promise<void>;
}

/** The embedded log in a folder, in a thread of its own. Rejects with LogError `locked`, `corrupt`. */
export async function embeddedRunLog(dir: string): Promise<RunLog> {
  return startLogThread({ dir });
}

export async function moduleRunLog(module: LogModule, clock: Clock, onOutage: OnOutage): Promise<RunLog> {
  const log = await openByModule(module, clock, onOutage);
  return { log, connect: () => null, stop: () => log.close() };
}

/** A client of a log that is opened by a module. */
export async function openByModule({ path, options }: LogModule, clock: Clock, onOutage?: OnOutage): Promise<Log> {
  const loaded = (await import(pathToFileURL(path).href)) as Partial<OpensLogs>;
  assert(typeof loaded.openLog === 'function', `${path} exports no openLog`);
  return loaded.openLog(options, clock, onOutage);
}
