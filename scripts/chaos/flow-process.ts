import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';

const LAST_EVENTS = 12;
const ERROR_CHARACTERS = 2_000;

/** None of them outlives this process, however it ends. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A `weir run` of its own, in a folder of its own. */
export class FlowProcess {
  readonly name: string;
  readonly ended: Promise<void>;
  /** It was killed, or asked to stop: it need not end with `ok`. */
  isExcused = false;
  isFrozen = false;
  summary: RunSummary | null = null;
  /** Rows it has told of. */
  hasRows = false;
  hasEnded = false;
  exit: string | null = null;
  restarts: string[] = [];
  readonly #child: ChildProcess;
  readonly #last: string[] = [];
  #errors = '';

  readonly #say: (line: string) => void;

  constructor(
    name: string,
    dir: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    say: (line: string) => void,
  ) {
    this.name = name;
    this.#say = say;
    mkdirSync(dir, { recursive: true });
    this.#child = spawn(process.execPath, args, {
      cwd: dir,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    alive.add(this.#child);
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-ERROR_CHARACTERS);
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', line => this.#take(line));
    }
    this.ended = new Promise(resolve => {
      this.#child.once('close', (code, signal) => {
        alive.delete(this.#child);
        this.hasEnded = true;
        this.exit = signal ?? String(code);
        say(`${name} has ended: ${this.exit}`);
        resolve();
      });
    });
  }

  #take(line: string): void {
    this.#last.push(line.slice(0, 300));
    if (this.#last.length > LAST_EVENTS) this.#last.shift();
    let event: RunEvent;
    try {
      event = JSON.parse(line) as RunEvent;
    } catch {
      return;
    }
    if (event.event === 'summary') this.summary = event;
    else if (event.event === 'progress') this.hasRows ||= event.rowsIn > 0;
    else if (event.event === 'restart') {
      this.restarts.push(`${event.task}:${event.reason}`);
      this.#say(`${this.name}: ${event.task} again after ${event.reason}`);
    }
  }

  /** It runs, is not frozen and has not said that it is through. */
  get isAtWork(): boolean {
    return !this.hasEnded && !this.isFrozen && this.summary === null;
  }
  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal);
  }
  kill(): void {
    this.isExcused = true;
    this.signal('SIGKILL');
  }
  freeze(): void {
    this.isFrozen = true;
    this.signal('SIGSTOP');
  }
  thaw(): void {
    this.isFrozen = false;
    this.signal('SIGCONT');
  }
  /** Of a process that has ended as it should not have, or has not: what it said last. */
  story(): string {
    const errors = this.#errors === '' ? '' : `\n    stderr: ${this.#errors.trim()}`;
    return `${this.name} (${this.exit ?? 'still running'})\n    ${this.#last.join('\n    ')}${errors}`;
  }
}
