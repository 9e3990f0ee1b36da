import { Worker } from 'node:worker_threads';
import { errorFrom } from '../observe/redact.ts';
import type { CampaignSetup, CampaignStart, FromSeedWorker, SeedReport } from './seed-worker.ts';

export interface Seeds {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
}

/** Seeds that a worker is given ahead of those it has done. */
const AHEAD = 4;

/**
 * Simulates seeds in as many threads; reports come in the order of the seeds, whoever was first. Rejects with what keeps the flow from
 * being simulated, or with R511 once `signal` is aborted.
 */
export async function simulateSeeds(
  setup: CampaignSetup,
  { from, count, workers }: Seeds,
  signal: AbortSignal,
  told: { start(start: CampaignStart): void; seed(report: SeedReport): void },
): Promise<void> {
  const threads = Array.from({ length: Math.min(workers, count) }, () => new Worker(module(), { workerData: setup }));
  try {
    await new Promise<void>((resolve, reject) => {
      const reports = new Map<number, SeedReport>();
      let [next, shown, hasStarted] = [from, from, false];
      const give = (thread: Worker): void => {
        if (next < from + count) thread.postMessage(next++);
      };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      for (const thread of threads) {
        thread.on('error', reject);
        thread.on('message', (message: FromSeedWorker) => {
          if (message.kind === 'failed') reject(errorFrom(message.error));
          else if (message.kind === 'start') {
            if (!hasStarted) told.start(message.start);
            hasStarted = true;
            for (let i = 0; i < AHEAD; i++) give(thread);
          } else {
            give(thread);
            reports.set(message.report.setup.seed, message.report);
            for (let report = reports.get(shown); report !== undefined; report = reports.get(shown)) {
              reports.delete(shown);
              shown += 1;
              told.seed(report);
            }
            if (shown === from + count) resolve();
          }
        });
      }
    });
  } finally {
    await Promise.all(threads.map(thread => thread.terminate()));
  }
}

/** Sources run as they are; the npm package holds the same files compiled. */
function module(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './seed-worker.ts' : './seed-worker.js', import.meta.url);
}
