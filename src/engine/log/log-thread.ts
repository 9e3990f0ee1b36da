import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Log } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { ownCommand } from './embedded/lock.ts';
import { connectLog } from './log-client.ts';
import type { Failure, LogThreadOptions } from './log-protocol.ts';
import { fromFailure } from './log-protocol.ts';

export interface LogThread {
  /** The log, for the thread that started it. */
  readonly log: Log;
  /** A port to hand to another thread (in its transfer list), which calls `connectLog` on it. */
  connect(): MessagePort;
  /** Writes what is under way, closes the log, frees the lock and ends the thread. */
  stop(): Promise<void>;
}
/** What the log thread tells its starter. */
export type LogThreadNews = { readonly state: 'ready' } | { readonly state: 'failed'; readonly failure: Failure };
/** What it is told. */
export type LogThreadOrder = { readonly order: 'serve'; readonly port: MessagePort } | { readonly order: 'stop' };

/** Opens the embedded log in a thread of its own, the only one that writes. Rejects like `openEmbeddedLog`. */
export async function startLogThread(options: LogThreadOptions): Promise<LogThread> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./log-thread-main.${extension}`, import.meta.url), {
    // A thread's own argv names the thread's file.
    workerData: { command: ownCommand(), ...options } satisfies LogThreadOptions,
  });
  const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (news: LogThreadNews) => {
      if (news.state === 'ready') resolve();
      else reject(fromFailure(news.failure));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new LogError('dead', 'The log thread ended while starting.')));
  });
  // A thread that fails later ends its ports; that is how its clients learn of it.
  worker.on('error', () => {});
  worker.unref();

  const connect = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    const order: LogThreadOrder = { order: 'serve', port: port2 };
    worker.postMessage(order, [port2]);
    return port1;
  };
  const log = connectLog(connect());
  return {
    log,
    connect,
    stop: async () => {
      worker.ref();
      await log.close();
      const order: LogThreadOrder = { order: 'stop' };
      worker.postMessage(order);
      await exited;
    },
  };
}
