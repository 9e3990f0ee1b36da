import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onInterrupt } from '../../src/cli/interrupts.ts';
import { folderForFile, weir } from './weir-process.ts';

/** Starts a script as an older Node starts Weir: in a process of its own, on a Node that fits. */
const LAUNCH = join(import.meta.dirname, '../../bin/script.mjs');
const WEIR = join(import.meta.dirname, '../../bin/weir.mjs');
const TIMEOUT = 60_000;

const FEED = `flow feed v1
schema Row { id: int @id, n: int in 0..9 }
source made = generate(200, seed: 1) { schema: Row }
sink rows = made | write topic("rows")
`;
const WATCH = `flow watch v1
schema Row { id: int @id, n: int in 0..9 }
source rows = topic("rows") { schema: Row }
sink copies = rows | write topic("copies")
`;

describe('behind a launcher', () => {
  const cwd = folderForFile();
  const script = (name: string, text: string): string => {
    writeFileSync(join(cwd, name), text);
    return join(cwd, name);
  };
  const launch = (args: readonly string[], options = {}): { child: ChildProcess; text: () => string } => {
    const child = spawn(process.execPath, [LAUNCH, ...args], { cwd, stdio: 'pipe', ...options });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', bytes => (text += String(bytes)));
    return { child, text: () => text };
  };
  const codeOf = async (child: ChildProcess): Promise<number> => (await once(child, 'exit'))[0];

  it('input, output, arguments and the exit code are the script’s', async () => {
    const echo = script(
      'echo.mjs',
      'for await (const bytes of process.stdin) process.stdout.write(bytes); process.exitCode = Number(process.argv[2]);',
    );
    const { child, text } = launch([echo, '7']);
    child.stdin?.end('a line\n');
    expect([await codeOf(child), text()]).toEqual([7, 'a line\n']);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('a script that %s ends gives 128 and its number', async signal => {
    const dies = script('dies.mjs', 'process.kill(process.pid, process.argv[2]); setInterval(() => {}, 1000);');
    expect(await codeOf(launch([dies, signal]).child)).toBe(128 + constants.signals[signal]);
  });

  it.each([
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
  ] as const)('%s to the launcher ends a script that does not listen', async signal => {
    const waits = script('waits.mjs', 'setInterval(() => {}, 1000); process.stdout.write("up");');
    const { child, text } = launch([waits]);
    await expect.poll(text, { timeout: TIMEOUT }).toBe('up');
    child.kill(signal);
    expect(await codeOf(child)).toBe(128 + constants.signals[signal]);
  });

  it(
    'a run stops at a commit, once, for a Ctrl-C that reaches both; one to the launcher alone does too',
    { timeout: TIMEOUT },
    async () => {
      writeFileSync(join(cwd, 'feed.flow'), FEED);
      writeFileSync(join(cwd, 'watch.flow'), WATCH);
      await weir(['run', 'feed.flow'], { cwd });
      for (const group of [true, false]) {
        // As a terminal does it: to the whole group, of which the launcher is the leader.
        const { child, text } = launch([WEIR, 'run', 'watch.flow', '--json'], { detached: true });
        await expect.poll(text, { timeout: TIMEOUT }).toContain('"event":"progress"');
        process.kill((group ? -1 : 1) * (child.pid as number), 'SIGINT');
        expect(await codeOf(child)).toBe(130);
        expect(text().match(/stopping at the next commit/g)).toHaveLength(1);
        // Stopped at once it would have no summary of a stream that ended well.
        expect(JSON.parse(text().trimEnd().split('\n').at(-1) as string)).toMatchObject({ event: 'summary', ok: true });
      }
    },
  );

  it('kill -9 of the launcher ends the engine and frees the log', { timeout: TIMEOUT }, async () => {
    const { child, text } = launch([WEIR, 'run', 'watch.flow'], { detached: true });
    await expect.poll(text, { timeout: TIMEOUT }).toContain('… stream');
    const { pid } = JSON.parse(readFileSync(join(cwd, '.weir/log/lock.json'), 'utf8')) as { pid: number };
    expect(pid).not.toBe(child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = async (): Promise<number | null> =>
      (await weir(['run', 'watch.flow', '--until-caught-up'], { cwd })).code;
    try {
      await expect.poll(again, { timeout: TIMEOUT / 2 }).toBe(0);
    } catch (error) {
      process.kill(pid, 'SIGKILL');
      throw error;
    }
  });
});

it('interrupts are counted once, in whatever order a process and its launcher are told', () => {
  const heard: number[] = [];
  const release = onInterrupt(times => heard.push(times));
  const received = () => process.emit('SIGINT');
  const told = () => process.emit('message', { signal: 'SIGINT' }, undefined);
  for (const [hear, total] of [
    [received, 1],
    [told, 1],
    [told, 2],
    [received, 2],
    [told, 3],
    [told, 4],
  ] as const) {
    hear();
    expect(heard.at(-1)).toBe(total);
  }
  expect(heard).toEqual([1, 2, 3, 4]);
  release();
  process.emit('message', { signal: 'SIGINT' }, undefined);
  expect(heard).toHaveLength(4);
});
