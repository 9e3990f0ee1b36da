import { expect, test } from 'vitest';
import type { Clock } from '../../../src/engine/base/clock.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { frame, numbers, part, upTo } from '../../conformance/log/helpers.ts';

test('topics keep what their retention says, others keep all', async () => {
  let now = 1_000_000;
  const clock: Clock = { now: () => now, elapsed: () => now, sleep: () => new Promise(() => {}) };
  const disk = new SimulatedDisk(seededRng(1));
  const lock = async () => ({ release: () => {} });
  const options = { dir: 'log', disk, clock, lock, segmentBytes: 2000 };
  const log = await openEmbeddedLog(options);
  await log.ensureTopics([
    { name: 'small', partitions: 1, retention: { bytes: 1000 } },
    { name: 'young', partitions: 1, retention: { ms: 10_000 } },
    { name: 'all', partitions: 1 },
    { name: 'internal', partitions: 1, internal: true, retention: { bytes: 1 } },
  ]);
  for (const n of upTo(40)) {
    now += 2000;
    for (const topic of ['small', 'young', 'all', 'internal']) await log.append(part(topic), [frame(n, 100)]);
  }
  now += 2000;
  await log.append(part('all'), [frame(41)]);
  await log.close();
  const again = await openEmbeddedLog(options);
  expect(await numbers(again, part('all'))).toEqual(upTo(41));
  expect(await numbers(again, part('internal'))).toEqual(upTo(40));
  expect(await numbers(again, part('small'))).toEqual(upTo(40).slice(-10));
  const young = await numbers(again, part('young'));
  expect(young).toEqual(upTo(40).slice(-young.length));
  // Nothing younger than 10 s went; what stays longer is of one segment, 4 rounds.
  expect(young.length).toBeGreaterThanOrEqual(5);
  expect(young.length).toBeLessThanOrEqual(10);
  await again.close();
});
