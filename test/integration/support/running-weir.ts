import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { RunEvent } from '../../../src/engine/contract/progress.ts';

export const weir = join(import.meta.dirname, '..', '..', '..', 'bin', 'weir.mjs');

/** A `weir run --json` in a process of its own: what it tells, as it comes. */
export interface RunningWeir {
  /** Resolves with the first event for which `is` holds, of those that have come and will. */
  until(is: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Its exit code; −1 where it was killed. */
  readonly ended: Promise<number>;
  /** Whether it has ended by itself. */
  readonly isDone: boolean;
  signal(what: NodeJS.Signals): void;
  readonly pid: number;
}
const running = new Set<ChildProcess>();

/** It is killed when its test ends. */
export function runningWeir(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): RunningWeir {
  const child = spawn(process.execPath, [weir, 'run', ...args, '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const events: RunEvent[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', line => {
    events.push(JSON.parse(line) as RunEvent);
    for (const check of waiting) check();
  });
  const ended = new Promise<number>(resolve => child.once('close', code => resolve(code ?? -1)));
  return {
    ended,
    until: is =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = events.find(is);
          if (found !== undefined) resolve(found);
        };
        waiting.add(check);
        void ended.then(() => setImmediate(() => reject(new Error('the process has ended before'))));
        check();
      }),
    get isDone() {
      return events.some(isSummary);
    },
    signal: what => void child.kill(what),
    pid: child.pid ?? 0,
  };
}
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

export const isSummary = (event: RunEvent): boolean => event.event === 'summary';
