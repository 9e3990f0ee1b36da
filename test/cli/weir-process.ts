import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export const WEIR = join(import.meta.dirname, '../../bin/weir.mjs');

/** A fresh folder for the tests of a file. */
export function folderForFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A `weir` of its own process, as a user starts it. `seen` is called as output comes, with all of it so far. */
export function weir(
  args: readonly string[],
  options: {
    cwd: string;
    env?: Readonly<Record<string, string>>;
    /** An input that stays open; `seen` may write to it. */
    input?: 'open';
    /** No file may grow beyond so many blocks of 512 bytes: a full disk that needs no rights. */
    fileBlocks?: number;
    seen?: (err: string, child: ChildProcess, out: string) => void;
  },
): Promise<Ended> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const command = [process.execPath, WEIR, ...args];
  const { fileBlocks } = options;
  const [program, ...rest] =
    fileBlocks === undefined ? command : ['sh', '-c', `ulimit -f ${fileBlocks} && exec "$0" "$@"`, ...command];
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: [options.input === 'open' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', bytes => {
    out += String(bytes);
    options.seen?.(err, child, out);
  });
  child.stderr?.on('data', bytes => {
    err += String(bytes);
    options.seen?.(err, child, out);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}
