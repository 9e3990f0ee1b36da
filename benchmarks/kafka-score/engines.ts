import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { builtByMaven } from '../../scripts/services/fetch-jars.ts';
import { javaProgram } from '../../scripts/services/programs.ts';
import type { Task } from './measure.ts';

/** Starts a process that reads one topic and writes the alerts to the other, without an end. */
export type Engine = (task: Task) => Promise<RunningEngine>;
export interface RunningEngine {
  readonly pid: number;
  /** Throws where it has ended. */
  check(): void;
  stop(): Promise<void>;
}
export interface EngineWorld {
  readonly bootstrap: string;
  /** Has `.weir` with the model; the processes run in it. */
  readonly dir: string;
  readonly modelFile: string;
  readonly threshold: number;
}

const SAID_CHARACTERS = 4_000;
const weir = join(import.meta.dirname, '..', '..', 'bin', 'weir.mjs');

/** The folder of the Kafka Streams program's jars. */
export async function buildStreams(say: (line: string) => void): Promise<string> {
  return join(await builtByMaven('the Kafka Streams program', join(import.meta.dirname, 'streams'), say), 'lib');
}

export function kafkajsPeer({ bootstrap, dir, modelFile, threshold }: EngineWorld): Engine {
  const peer = join(import.meta.dirname, 'kafkajs-peer.ts');
  return async ({ from, to }) => started(dir, process.execPath, [peer, bootstrap, modelFile, from, to, `${threshold}`]);
}

/** With the JVM's defaults, but for a heap that other engines have too. */
export function kafkaStreams(
  { bootstrap, dir, modelFile, threshold }: EngineWorld,
  lib: string,
  threads: number,
): Engine {
  return async ({ from, to }) => {
    const state = join(dir, `state-${to}`);
    mkdirSync(state);
    const classPath = ['-cp', [join(lib, '*')].join(delimiter), 'weir.ScoreStreams'];
    return started(dir, javaProgram(), [
      '-Xmx1g',
      ...classPath,
      bootstrap,
      modelFile,
      from,
      to,
      `${threshold}`,
      state,
      `${threads}`,
    ]);
  };
}

export function weirFlow({ bootstrap, dir, threshold }: EngineWorld, workers: number): Engine {
  const flow = join(import.meta.dirname, 'score.flow');
  return async ({ from, to, partitions }) => {
    // A prefix of its own: each run is a first one.
    const log = ['--log', `kafka://${bootstrap}/${to}`];
    const params = [`records=${from}`, `alerts=${to}`, `threshold=${threshold}`].flatMap(param => ['--param', param]);
    const size = ['--workers', `${workers}`, '--partitions', `${partitions}`];
    return started(dir, process.execPath, [weir, 'run', flow, ...log, ...size, ...params, '--json']);
  };
}

async function started(cwd: string, command: string, args: readonly string[]): Promise<RunningEngine> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => (said = (said + text).slice(-SAID_CHARACTERS)));
  }
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return {
    pid: child.pid!,
    check() {
      if (hasEnded(child)) throw new Error(`${command} ended before its work: ${said}`);
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
