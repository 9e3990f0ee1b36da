import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { fuzzOne } from './support/fuzz.ts';

test.each(['csv', 'json'] as const)('mutated %s: no crash, no hang, every record accounted for', name => {
  const failures: string[] = [];
  for (let seed = 1; seed <= 1000; seed++) {
    const failure = fuzzOne(name, seed);
    if (failure !== null) failures.push(failure);
  }
  expect(failures).toEqual([]);
});

/** Far beyond what one place takes. */
const HANG_MS = 10_000;

test('Arrow with a byte flipped: no crash, no hang', async () => {
  const worker = new Worker(new URL('./support/arrow-flips.ts', import.meta.url));
  let place = 'the start';
  let timer: NodeJS.Timeout | undefined;
  try {
    const told = await new Promise<unknown>((resolve, reject) => {
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve(`hangs at ${place}`), HANG_MS);
      };
      wait();
      worker.on('message', message => {
        if (typeof message !== 'string') return resolve(message);
        place = message;
        wait();
      });
      worker.on('error', reject);
    });
    expect(told).toEqual([]);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}, 120_000);
