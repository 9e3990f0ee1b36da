import { expect, it } from 'vitest';
import type { Clock } from '../../../src/engine/base/clock.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { type Crash, SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { commitOf, part, plain, task } from '../../conformance/log/helpers.ts';

/** Whoever waits has waited at the next turn: a commit is followed by its mark at once. */
const clock: Clock = { now: () => 0, elapsed: () => 0, sleep: () => new Promise(resolve => setImmediate(resolve)) };
const turn = () => new Promise(resolve => setImmediate(resolve));

it.each<[then: Crash]>([
  ['lose'],
  ['tear'],
])('a segment that ends with a mark is sealed with it, and keeps it (%s)', async crash => {
  const disk = new SimulatedDisk(seededRng(1));
  const options = { dir: 'log', clock, lock: async () => ({ release: () => {} }), segmentBytes: 4_000 };
  const log = await openEmbeddedLog({ ...options, disk });
  await log.ensureTopics([{ name: 'out', partitions: 1 }]);
  const owner = await log.open(task(0));
  const commits = 12;
  for (let number = 1; number <= commits; number++) {
    await owner.commit(commitOf(number, [part('out')], 900));
    for (let turns = 0; turns < 5; turns++) await turn();
  }
  expect(disk.files().filter(name => name.endsWith('.seg')).length).toBeGreaterThan(2);
  const again = await openEmbeddedLog({ ...options, disk: disk.restart(crash) });
  expect(plain(await again.last(task(0)))).toBe(commits);
});

it.each<[then: Crash]>([
  ['lose'],
  ['tear'],
])('a mark whose sync failed is not built upon as if it were on the disk (%s)', async crash => {
  let disk = new SimulatedDisk(seededRng(1));
  const options = { dir: 'log', clock, lock: async () => ({ release: () => {} }) };
  const log = await openEmbeddedLog({ ...options, disk });
  await log.ensureTopics([{ name: 'out', partitions: 1 }]);
  await (await log.open(task(0))).commit(commitOf(1, [part('out')]));
  disk.failNextSync = true;
  await log.close();
  disk = disk.restart('keep');
  const next = await openEmbeddedLog({ ...options, disk });
  await (await next.open(task(0))).commit(commitOf(2, [part('out')]));
  const again = await openEmbeddedLog({ ...options, disk: disk.restart(crash) });
  expect(plain(await again.last(task(0)))).toBe(2);
});
