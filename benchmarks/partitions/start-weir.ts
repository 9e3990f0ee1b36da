import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';
import { USAGE_FILE, type Usage } from './usage.ts';
import type { Place } from './world.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Start {
  readonly flow: string;
  readonly partitions: number;
  readonly workers: number;
  readonly params: readonly string[];
  readonly stdin: 'ignore' | 'pipe';
}
export interface WeirRun {
  readonly child: ChildProcess;
  /** Resolves when the process has ended well; rejects with what it said otherwise. */
  readonly done: Promise<{ readonly summary: RunSummary; readonly usage: Usage }>;
}

const STDERR_CHARACTERS = 4_000;

/** `weir run` as a user starts it, a process of its own in the place's folder. */
export function startWeir(place: Pick<Place, 'folder' | 'log'>, start: Start): WeirRun {
  const usageFile = join(place.folder, 'usage.json');
  const args = [
    ...['--import', new URL('usage-at-exit.ts', import.meta.url).href],
    ...[join(ROOT, 'bin', 'weir.mjs'), 'run', start.flow, '--log', place.log],
    ...['--workers', `${start.workers}`, '--partitions', `${start.partitions}`, '--json'],
    ...start.params.flatMap(param => ['--param', param]),
  ];
  const child = spawn(process.execPath, args, {
    cwd: place.folder,
    stdio: [start.stdin, 'pipe', 'pipe'],
    env: { ...process.env, [USAGE_FILE]: usageFile },
  });
  return { child, done: finished(child, usageFile) };
}

async function finished(child: ChildProcess, usageFile: string): ReturnType<typeof outcome> {
  let [said, last] = ['', '{}'];
  child.stderr?.setEncoding('utf8').on('data', text => (said = (said + text).slice(-STDERR_CHARACTERS)));
  createInterface({ input: child.stdout! }).on('line', line => (last = line));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return outcome(code, JSON.parse(last) as RunEvent, said, usageFile);
}

async function outcome(code: number | null, last: RunEvent, said: string, usageFile: string) {
  if (code === 0 && last.event === 'summary') {
    return { summary: last, usage: JSON.parse(readFileSync(usageFile, 'utf8')) as Usage };
  }
  const error = last.event === 'summary' ? last.error : undefined;
  const why = error === undefined ? '' : `${error.code} ${error.message}\n`;
  throw new Error(`weir run ended with ${code}: ${why}${said}`.trimEnd());
}
