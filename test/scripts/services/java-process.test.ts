import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startJava, waitUntilReady } from '../../../scripts/services/java-process.ts';
import { isAlive } from '../../support/is-alive.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folderFor = temporaryFolders();
const MODULE = join(import.meta.dirname, '../../../scripts/services/java-process.ts');
let folder: string;
beforeEach(async () => {
  folder = await folderFor();
  vi.stubEnv('JAVA_HOME', folder);
});
afterEach(() => vi.unstubAllEnvs());

/** Something that is started as a Java is. */
function javaThat(does: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin/java'), `#!/bin/sh\n${does}\n`);
  chmodSync(join(folder, 'bin/java'), 0o755);
}

const start = () => startJava({ name: 'it', args: [], logFile: join(folder, 'log') });

async function until(is: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !is(); i++) await delay(25);
  expect(is()).toBe(true);
}

it('shows the end of the log of one that ends too early', async () => {
  javaThat("echo 'port in use'; exit 3");
  const waiting = waitUntilReady(start(), async () => false, 10_000);
  await expect(waiting).rejects.toThrow(/it ended before it was ready: exit code 3.*port in use/s);
});

it('gives up on one that never answers', async () => {
  javaThat("echo 'thinking'; exec sleep 60");
  const java = start();
  await expect(waitUntilReady(java, async () => false, 200)).rejects.toThrow(/not ready after 0.2 s.*thinking/s);
  expect(isAlive(java.pid)).toBe(true);
  await java.kill('SIGKILL');
  expect(await java.ended).toBe('SIGKILL');
  expect(isAlive(java.pid)).toBe(false);
});

it('is stopped when it is paused, and when it does not listen', async () => {
  javaThat('exec sleep 60');
  const paused = start();
  paused.pause();
  await paused.stop(10_000);
  expect(await paused.ended).toBe('SIGTERM');
  javaThat("trap '' TERM; echo started; while :; do sleep 0.05; done");
  const deaf = start();
  await until(() => readFileSync(deaf.logFile, 'utf8').includes('started'));
  await deaf.stop(100);
  expect(await deaf.ended).toBe('SIGKILL');
});

/** Starts it from a process of its own that is killed then; gives its process id. */
async function startAndDie(then: string): Promise<number> {
  const pidFile = join(folder, 'pid');
  javaThat(`echo $$ > ${pidFile}; exec sleep 60`);
  const text = `import { startJava } from ${JSON.stringify(MODULE)};
    const java = startJava({ name: 'it', args: [], logFile: ${JSON.stringify(join(folder, 'log'))} });
    ${then}
    setInterval(() => {}, 1000);
    process.stdout.write('started');`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return pid;
}

it('ends with whoever started it, even by SIGKILL', async () => {
  const pid = await startAndDie('');
  await until(() => !isAlive(pid));
});

it('lives on when it was released', async () => {
  const pid = await startAndDie('java.release();');
  // What would have killed it was given the time that the test above is given.
  await delay(500);
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});
