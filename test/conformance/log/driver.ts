import type { Disk } from '../../../src/engine/base/disk.ts';
import type { Commit, Log, LogReader, TaskLog } from '../../../src/engine/contract/log.ts';
import type { Crash } from '../../../src/engine/simulation/simulated-disk.ts';

/** What a log supplies to be tested. Cases that need an ability it has not are reported as such, by name. */
export interface LogDriver {
  readonly name: string;
  /** A new, empty log. */
  create(): Promise<LogWorld>;
  /** Commits may be refused now and then (`unknown`, `unmade`), as where brokers die: a case that ends in one is run again, a few times. */
  readonly mayRefuse?: boolean;
  /** Logs on a local disk. */
  readonly disk?: DiskDriver;
}

/** One log and the processes around it. */
export interface LogWorld {
  /** A further process, or worker, connected to the log. */
  client(): Promise<Log>;
  /** The client dies without a word: nothing of it is closed or left. */
  kill?(client: Log): Promise<void>;
  /** Everything dies and the log starts again; earlier clients are of no use any more. */
  restart?(): Promise<void>;
  /** Runs a commit whose answer gets lost after it was applied or before; resolves when the committer has its rejection. */
  loseAnswer?(task: TaskLog, commit: Commit, how: 'applied' | 'dropped'): Promise<unknown>;
  /** Starts a commit that stays open, as of a process that hangs; resolves once it does, with its end. */
  hang?(task: TaskLog, commit: Commit): Promise<{ readonly ended: Promise<unknown> }>;
  /** The hanging processes go on. */
  wake?(): Promise<void>;
  destroy(): Promise<void>;
}

export interface DiskDriver {
  open(disk: Disk, limits?: { maxBytes?: number; segmentBytes?: number }): Promise<Log>;
  /** A module that, run by node with a folder as argument, opens the log there, commits once, prints `open` and stays. */
  readonly holderModule: string;
  openFolder(dir: string): Promise<Log>;
  /** The log as others see it, without a lock. */
  view(disk: Disk): LogReader;
  viewFolder(dir: string): LogReader;
  /** A module that, run by node with a folder and a number, commits as many times and stays. */
  readonly writerModule: string;
}

export interface LogCase {
  /** Number in the list of protocols: the same for every log. */
  readonly id: number;
  readonly title: string;
  /** Abilities of the world it needs. */
  readonly needs?: readonly (keyof LogWorld)[];
  run(world: LogWorld): Promise<void>;
}
export interface DiskCase {
  readonly id: number;
  readonly title: string;
  run(driver: DiskDriver): Promise<void>;
}

/** The disk after a crash, of which nothing is left but what counts as durable for that crash. */
export const CRASHES: readonly Crash[] = ['lose', 'keep', 'tear'];
