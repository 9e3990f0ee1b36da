import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';

/** The messages of a port one by one, as they are asked for; those that came before wait. Rejects when the signal aborts. */
export function portMessages<T>(port: MessagePort, signal: AbortSignal): () => Promise<T> {
  const waiting: T[] = [];
  port.on('message', message => waiting.push(message as T));
  return async () => {
    while (waiting.length === 0) await once(port, 'message', { signal });
    return waiting.shift() as T;
  };
}
