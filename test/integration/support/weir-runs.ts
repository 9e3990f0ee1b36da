import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../../../src/engine/contract/progress.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { type RunningWeir, runningWeir, weir } from './running-weir.ts';

export const folder = temporaryFolders();

const RUN = ['run', 'test.flow', '--workers', '1', '--until-caught-up', '--json'];

/** Runs to the ends its topics have, in a folder of its own or the one given. */
export async function run(text: string, log: string, dir?: string, more: readonly string[] = []): Promise<RunSummary> {
  const at = dir ?? (await folder());
  await writeFile(join(at, 'test.flow'), text);
  // Not spawnSync: what it asks may be in this process.
  const child = spawn(process.execPath, [weir, ...RUN, ...more, '--log', log], {
    cwd: at,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text));
  await new Promise(resolve => child.once('close', resolve));
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as RunSummary;
}
const MOST_LOOKS = 50_000;
/** Kills it without a word once `isTime`, which is asked over and over while it runs. */
export async function killed(dir: string, log: string, isTime: () => Promise<boolean>): Promise<void> {
  const args = [...RUN, '--batch-rows', '500', '--log', log];
  const child = spawn(process.execPath, [weir, ...args], { cwd: dir, stdio: 'ignore' });
  const ended = new Promise(resolve => child.once('exit', resolve));
  try {
    for (let looks = 0; child.exitCode === null && looks < MOST_LOOKS; looks++) if (await isTime()) break;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
/** What a command says on standard output. */
export const command = (...args: readonly string[]): string =>
  spawnSync(process.execPath, [weir, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;

/** A process that does not end by itself; it is killed when its test ends. */
export const following = (dir: string, log: string): RunningWeir =>
  runningWeir(dir, ['test.flow', '--workers', '1', '--log', log]);
