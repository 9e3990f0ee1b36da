import type { Disk } from '../base/disk.ts';
import type { Millis } from '../base/units.ts';
import type { Log, LogReader } from '../contract/log.ts';
import type { Fault } from './fault.ts';
import type { SimulatedProcess } from './process.ts';
import type { World } from './world.ts';

/** A place where processes run: what they have in common, and how each is given its log. */
export interface SimulatedWorld {
  /** Opens the log for a process that begins. */
  connect(process: SimulatedProcess): Promise<Log>;
  /** A fault has been due: does it, and says to whom; null: there was nobody to do it to. */
  strike(fault: Fault): string | null;
  /** A process has ended or died, and is told of no more. */
  over(process: SimulatedProcess): void;
  /** The disk a process keeps snapshots on. */
  disk(process: SimulatedProcess): Disk;
  /** The log as it is now, for whoever only looks. */
  look(): Promise<LogReader>;
  /** At the end: nothing goes wrong any more, what hangs goes on, and this is what is there. */
  settle(): Promise<{ readonly log: LogReader; readonly disk: Disk }>;
}

/** What is broken on purpose, to see that it is found. */
export interface Sabotage {
  /** A process's client of the log. */
  client?(log: Log): Log;
  /** Of a cluster: what the log keeps for a client. */
  server?(session: Log): Log;
  /** Of a local world: syncs do nothing. */
  readonly noSync?: boolean;
}

/** What a world asks of whoever runs the processes. */
export interface Supervisor {
  readonly world: World;
  /** Those that are neither dead nor over, in the order they began. */
  readonly alive: readonly SimulatedProcess[];
  kill(process: SimulatedProcess): void;
  /** Asked to stop at its next commit. */
  stop(process: SimulatedProcess): void;
  /** Asked to have the stream drained, for whoever begins then to give it other partitions. */
  rescale(process: SimulatedProcess, partitions: number): void;
  start(wait: Millis): void;
}

/** Whom a fault means. */
export function meant(supervisor: Supervisor, who: number): SimulatedProcess | null {
  const { alive } = supervisor;
  return alive.length === 0 ? null : alive[Math.floor(who * alive.length)];
}
