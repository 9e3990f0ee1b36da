import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { markOf } from '../../../scripts/services/java-process.ts';
import { writeState } from '../../../scripts/services/running.ts';
import { servicesCommand } from '../../support/services-command.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folderFor = temporaryFolders();
const IDLE = ['-e', 'setInterval(() => {}, 1000)'];

function kafkaAt(pid: number, logFile: string) {
  return { service: 'kafka', address: '127.0.0.1:9092', processes: [{ pid, port: 9092, logFile }] } as const;
}

it.each([
  [['sideways'], 'no command sideways'],
  [['up', 'postgres'], 'no service postgres'],
  [['up', '--brokers', '2'], '--brokers is 1 or 3'],
  [['up', '--port', 'x'], '--port takes a number'],
  [['up', '--quickly'], '--quickly'],
])('refuses %j', async (args, problem) => {
  const { code, err } = await servicesCommand(await folderFor(), ...args);
  expect(err).toContain(problem);
  expect(code).toBe(2);
});

it('tells what there is', async () => {
  const { code, out } = await servicesCommand(await folderFor(), '--help');
  for (const word of ['up', 'down', 'status', '--brokers', '--fresh', '--registry-port']) expect(out).toContain(word);
  expect(code).toBe(0);
});

it('has nothing up, and nothing to take down', async () => {
  const folder = await folderFor();
  expect(await servicesCommand(folder, 'status')).toMatchObject({ code: 1, out: 'nothing is up\n' });
  expect(await servicesCommand(folder, 'down')).toMatchObject({ code: 0, err: 'nothing is up\n' });
});

it('ends what it started', async () => {
  const folder = await folderFor();
  const log = join(folder, 'broker-1.log');
  const child = spawn(process.execPath, [...IDLE, '--', markOf(log)], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeState(folder, [kafkaAt(child.pid ?? 0, log)]);
  expect(await servicesCommand(folder, 'status')).toMatchObject({ code: 0 });
  expect((await servicesCommand(folder, 'up')).err).toContain('kafka is up already: 127.0.0.1:9092');
  const ended = once(child, 'exit');
  expect(await servicesCommand(folder, 'down')).toMatchObject({ code: 0, err: 'kafka is down\n' });
  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(existsSync(join(folder, 'state.json'))).toBe(false);
});

it('takes no other process for its own, though that has got the id since', async () => {
  const folder = await folderFor();
  const child = spawn(process.execPath, IDLE, { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeState(folder, [kafkaAt(child.pid ?? 0, join(folder, 'broker-1.log'))]);
  const status = await servicesCommand(folder, 'status');
  expect(status.out).toContain('has ended');
  expect(status.code).toBe(1);
  expect(await servicesCommand(folder, 'down')).toMatchObject({ code: 0 });
  expect(child.exitCode ?? child.signalCode).toBe(null);
});

it('says which port is taken, before it fetches or starts anything', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const { code, err } = await servicesCommand(await folderFor(), 'up', '--port', `${port}`);
  server.close();
  expect(err).toBe(`port ${port} is taken; choose another with --port\n`);
  expect(code).toBe(1);
});
