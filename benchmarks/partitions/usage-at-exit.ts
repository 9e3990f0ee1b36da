// Loaded before a process's own code (`--import`). Node tells nothing of what a child has used, but a process knows it of itself:
// CPU time of all its threads and its most resident memory, as the system counts them, exact and without sampling.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { USAGE_FILE } from './usage.ts';

const file = process.env[USAGE_FILE];
// Workers load it, too.
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMib: maxRSS / 1024 }));
  });
}
