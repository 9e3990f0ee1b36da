import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/system-clock.ts';
import { openEmbeddedLog } from './embedded/embedded-log.ts';
import type { LogThreadOptions } from './log-protocol.ts';
import { toFailure } from './log-protocol.ts';
import { serveLog } from './log-server.ts';
import type { LogThreadNews, LogThreadOrder } from './log-thread.ts';

const parent = parentPort;
assert(parent !== null, 'the log thread runs as a worker');
const tell = (news: LogThreadNews): void => parent.postMessage(news);
try {
  const log = await openEmbeddedLog({ ...(workerData as LogThreadOptions), clock: systemClock });
  parent.on('message', (order: LogThreadOrder) => {
    if (order.order === 'serve') serveLog(order.port, log.session());
    else log.close().finally(() => process.exit());
  });
  tell({ state: 'ready' });
} catch (error) {
  tell({ state: 'failed', failure: toFailure(error) });
}
