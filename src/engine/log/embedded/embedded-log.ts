import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../../base/disk.ts';
import { nodeDisk } from '../../base/node-disk.ts';
import type { Bytes } from '../../base/units.ts';
import type { Log } from '../../contract/log.ts';
import { Groups } from '../groups.ts';
import { openFailure } from './failure.ts';
import { Journal } from './journal.ts';
import type { Lock } from './lock.ts';
import { lockFolder, ownCommand } from './lock.ts';
import { LogCore } from './log-core.ts';
import { LogSession } from './log-session.ts';
import { recover } from './recovery.ts';

export interface EmbeddedLogOptions {
  /** The log's folder (`.weir/log`); made where missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly disk?: Disk;
  /** Most bytes on disk; beyond, commits are refused as `full`. Default: no limit. */
  readonly maxBytes?: Bytes;
  /** A file of the journal is sealed when it passes this; space is freed by whole files. */
  readonly segmentBytes?: Bytes;
  /** How the folder is locked; for tests on a simulated disk. */
  readonly lock?: (dir: string, clock: Clock, command: string) => Promise<Lock>;
  /** What the lock says this process is; default: its program and first words. */
  readonly command?: string;
}
export interface EmbeddedLog extends Log {
  /** A client with its own memberships and tasks; its `close` gives up those alone. */
  session(): Log;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * Opens the durable log of one machine, or makes it. Throws LogError `locked` (another process has it), `corrupt`
 * (bytes that had been synced are damaged), `full` (no space to open), `dead` (the system refuses a file).
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { dir, clock } = options;
  const disk = options.disk ?? nodeDisk;
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES, Math.ceil(maxBytes / 8), 2 ** 30);
  let lock: Lock | null = null;
  try {
    await disk.makeDir(dir);
    lock = await (options.lock ?? lockFolder)(dir, clock, options.command ?? ownCommand());
    const journalOptions = { disk, folder: `${dir}/journal`, clock, segmentBytes, maxBytes };
    const { catalog, start } = await recover(journalOptions);
    await disk.syncDir(dir);
    const journal = new Journal(journalOptions, catalog, start);
    const core = new LogCore({ catalog, journal, clock, groups: new Groups(), segmentBytes });
    return new RootLog(core, lock);
  } catch (error) {
    lock?.release();
    throw openFailure(error, dir);
  }
}

class RootLog extends LogSession implements EmbeddedLog {
  readonly #core: LogCore;
  readonly #lock: Lock;
  #closing: Promise<void> | null = null;

  constructor(core: LogCore, lock: Lock) {
    super(core);
    this.#core = core;
    this.#lock = lock;
  }

  session(): Log {
    return new LogSession(this.#core);
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await super.close();
    try {
      await this.#core.close();
    } finally {
      this.#lock.release();
    }
  }
}
