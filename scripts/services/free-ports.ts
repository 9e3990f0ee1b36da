import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems give to outgoing connections, so that none of those takes a port between the look and the use. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const MAX_TRIES = 1000;

/** So many different ports that nothing on 127.0.0.1 listens to now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let i = 0; i < MAX_TRIES && found.size < count; i++) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count)
    throw new Error(`found no ${count} free ports from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
  return [...found];
}

/** Whether a server could listen to the port on 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
