import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { javaProgram } from './programs.ts';

export interface JavaOptions {
  /** What it is in messages: "broker 1". */
  readonly name: string;
  readonly args: readonly string[];
  /** Gets what the process prints, behind what it holds already. */
  readonly logFile: string;
}

/** A running Java. It ends with this process, however that ends, unless it was released. */
export interface JavaProcess {
  readonly pid: number;
  readonly name: string;
  readonly logFile: string;
  /** Resolves when it has ended, with how: "exit code 1", "SIGKILL". */
  readonly ended: Promise<string>;
  /** Sends the signal and waits until the process has ended of it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** It stays as it is, its connections open and unanswered, until `resume`. */
  pause(): void;
  resume(): void;
  /** SIGTERM, and SIGKILL where it has not ended `graceMs` later. */
  stop(graceMs: number): Promise<void>;
  /** From now on it lives on when this process ends. */
  release(): void;
}

/** How a program ends that is content with itself. */
export const CLEAN_END = 'exit code 0';
const LOG_LINES = 30;
const POLL_MS = 50;

export function startJava({ name, args, logFile }: JavaOptions): JavaProcess {
  const log = openSync(logFile, 'a');
  // A session of its own: a Ctrl-C is for us, and the end of a terminal is not the end of what was released.
  const child = spawn(javaProgram(), [markOf(logFile), ...args], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  // Whoever waits sees a start that failed; before that nobody does.
  ended.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${javaProgram()} for ${name}`);
  const guard = endWithUs(child, pid);
  // Who has nothing else to do may end, and with it what is not detached; who waits for the end of it stays.
  child.unref();
  const kill = async (signal: NodeJS.Signals) => {
    child.ref();
    child.kill(signal);
    await ended;
  };
  return {
    pid,
    name,
    logFile,
    ended,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop(graceMs) {
      child.ref();
      child.kill('SIGTERM');
      // A paused process gets no other signal but SIGKILL.
      child.kill('SIGCONT');
      const abort = new AbortController();
      const late = delay(graceMs, true, { signal: abort.signal }).catch(() => false);
      if (await Promise.race([ended.then(() => false), late])) await kill('SIGKILL');
      abort.abort();
    },
    release: () => void guard.kill('SIGKILL'),
  };
}

/** In the command line of a process, so that it can be told from another one that got its id later: no two share a log. */
export const markOf = (logFile: string): string => `-Dweir.log=${logFile}`;

/**
 * A shell that kills the process as soon as our end of its input is closed: the system does that however we end, even by SIGKILL,
 * where nothing of ours runs any more. It is gone when the process is, so that it never kills another one of the same id.
 */
function endWithUs(child: ChildProcess, pid: number): ChildProcess {
  const script = `read -r _; kill -9 ${pid}`;
  const guard = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
  return guard;
}

/**
 * Asks until the answer is yes. Throws with the end of the process's log when it has ended or `timeoutMs` are over; then it still
 * runs, if it does.
 */
export async function waitUntilReady(
  java: JavaProcess,
  isReady: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let end: string | null = null;
  java.ended.then(
    how => (end = how),
    error => (end = String(error)),
  );
  for (;;) {
    const endBefore = end;
    if (await isReady()) return;
    // It may have become ready and ended since: a tool does just that.
    if (endBefore !== null)
      throw new Error(`${java.name} ended before it was ready: ${endBefore}\n${logTail(java.logFile)}`);
    if (performance.now() > deadline) {
      throw new Error(`${java.name} is not ready after ${timeoutMs / 1000} s\n${logTail(java.logFile)}`);
    }
    await delay(POLL_MS);
  }
}

/** The last lines of a log, under its name. */
export function logTail(logFile: string): string {
  const text = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd() : '';
  return [`last lines of ${logFile}:`, ...text.split('\n').slice(-LOG_LINES)].join('\n');
}
