import type { Clock } from '../base/clock.ts';
import type { Json } from '../base/json.ts';
import type { Log } from './log.ts';

/** A log that each thread opens for itself: by a module, since functions cannot be sent to threads, and what it is told. */
export interface LogModule {
  /** Path of a module that exports `openLog` (`OpensLogs`). */
  readonly path: string;
  readonly options: Json;
}
/** What the module exports. */
export interface OpensLogs {
  /** A client of the log; each thread has its own. Throws where `options` are wrong, not where the log is away. */
  openLog(options: Json, clock: Clock, onOutage?: OnOutage): Log;
}
/** Told, in a sentence, that the log has not answered for some time and is asked again, and later that it answers. */
export type OnOutage = (what: string) => void;
