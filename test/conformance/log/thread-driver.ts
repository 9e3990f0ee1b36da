import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Log } from '../../../src/engine/contract/log.ts';
import { connectLog } from '../../../src/engine/log/log-client.ts';
import { startLogThread } from '../../../src/engine/log/log-thread.ts';
import type { LogDriver } from './driver.ts';

/** The embedded log in a thread of its own, on the real disk. Clients are ports. */
export const threadDriver: LogDriver = threadIn(20_000);

export function threadIn(segmentBytes: number): LogDriver {
  return {
    name: 'embedded, in its thread',
    async create() {
      const dir = await mkdtemp(join(tmpdir(), 'weir-log-'));
      const options = { dir, segmentBytes };
      let thread = await startLogThread(options);
      const ports = new Map<Log, MessagePort>();
      return {
        async client() {
          const port = thread.connect();
          const log = connectLog(port);
          ports.set(log, port);
          return log;
        },
        async kill(client) {
          ports.get(client)?.close();
        },
        async restart() {
          await thread.stop();
          thread = await startLogThread(options);
        },
        async destroy() {
          await thread.stop();
          await rm(dir, { recursive: true, force: true });
        },
      };
    },
  };
}
