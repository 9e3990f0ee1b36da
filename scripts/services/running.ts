import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from './fetch-jars.ts';
import { markOf } from './java-process.ts';

/** A process that was started by a command and left running. */
export interface LeftRunning {
  readonly pid: number;
  readonly port: number;
  readonly logFile: string;
}

/** A service that was started by a command and left running. */
export interface RunningService {
  readonly service: ServiceName;
  /** Where it is reached: Kafka's bootstrap addresses, the registry's URL. */
  readonly address: string;
  readonly processes: readonly LeftRunning[];
}

const POLL_MS = 50;
const KILLED_MS = 10_000;
const stateFile = (dir: string) => join(dir, 'state.json');

/** What commands before this one have started, and perhaps is no more. */
export function readState(dir: string): readonly RunningService[] {
  if (!existsSync(stateFile(dir))) return [];
  return (JSON.parse(readFileSync(stateFile(dir), 'utf8')) as { services: RunningService[] }).services;
}

/** Takes the place of what was there as a whole; no services, no file. */
export function writeState(dir: string, services: readonly RunningService[]): void {
  if (services.length === 0) {
    rmSync(stateFile(dir), { force: true });
    return;
  }
  mkdirSync(dir, { recursive: true });
  const making = `${stateFile(dir)}.${process.pid}.tmp`;
  writeFileSync(making, `${JSON.stringify({ services }, null, 2)}\n`);
  renameSync(making, stateFile(dir));
}

/** Whether the process runs and is the one that was started: its id may be another's by now. */
export function stillRuns({ pid, logFile }: LeftRunning): boolean {
  return commandLineOf(pid).includes(markOf(logFile));
}

function commandLineOf(pid: number): string {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return ''; // It is no more.
    }
  }
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }).stdout ?? '';
}

/** Ends it and waits: SIGTERM, and SIGKILL where it still runs `graceMs` later. */
export async function endProcess(one: LeftRunning, graceMs: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', KILLED_MS],
  ] as const) {
    const deadline = performance.now() + waitMs;
    if (!stillRuns(one)) return;
    process.kill(one.pid, signal);
    while (stillRuns(one) && performance.now() < deadline) await delay(POLL_MS);
  }
  if (stillRuns(one)) throw new Error(`process ${one.pid} still runs ${KILLED_MS / 1000} s after SIGKILL`);
}
