import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import { LogError } from '../../contract/log.ts';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}
export interface Lock {
  release(): void;
}

/** About a second. */
const MOST_TRIES = 20;
const TRY_MS: Millis = 50;

/**
 * One process per folder. The lock is an exclusive SQLite transaction: the system frees it however the process ends, and
 * two opens within one process exclude each other too. Who holds it is told in `lock.json` beside it.
 * Throws LogError `locked`, naming the holder.
 */
export async function lockFolder(folder: string, clock: Clock, command: string): Promise<Lock> {
  // Here and not above: loading node:sqlite warns on some versions of Node, and only owners of a log need it.
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(`${folder}/lock.sqlite`);
  try {
    await locked(database, clock);
  } catch (error) {
    database.close();
    const holder = await readHolder(folder);
    const who =
      holder === null
        ? 'another process'
        : `process ${holder.pid} on ${holder.host} (${holder.command}), since ${holder.since}`;
    throw new LogError('locked', `The log in ${folder} is in use by ${who}. Stop it, or give another folder.`, {
      cause: error,
    });
  }
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    command,
    since: new Date(clock.now()).toISOString(),
  };
  await writeFile(`${folder}/lock.json.tmp`, `${JSON.stringify(holder)}\n`);
  await rename(`${folder}/lock.json.tmp`, `${folder}/lock.json`);
  return { release: () => database.close() };
}

/** Whoever looks who has the lock takes it for a moment; whoever has it keeps it. */
async function locked(database: { exec(sql: string): void }, clock: Clock): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      await clock.sleep(TRY_MS);
    }
  }
}

/** Who has the lock of a folder, as far as is known; null where nobody has. */
export async function lockHolder(folder: string): Promise<Partial<LockHolder> | null> {
  if (!existsSync(`${folder}/lock.sqlite`)) return null;
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(`${folder}/lock.sqlite`);
  try {
    database.exec('BEGIN EXCLUSIVE');
    database.exec('ROLLBACK');
    return null;
  } catch {
    return (await readHolder(folder)) ?? {};
  } finally {
    database.close();
  }
}

/** How this process was started, without its options: those may hold secrets. */
export function ownCommand(): string {
  const [, program = process.title, ...words] = process.argv;
  const options = words.findIndex(word => word.startsWith('-'));
  return [basename(program), ...words.slice(0, options < 0 ? 2 : Math.min(2, options))].join(' ');
}

async function readHolder(folder: string): Promise<LockHolder | null> {
  try {
    return JSON.parse(await readFile(`${folder}/lock.json`, 'utf8')) as LockHolder;
  } catch {
    // Not written yet, or gone: the lock itself is what counts.
    return null;
  }
}
