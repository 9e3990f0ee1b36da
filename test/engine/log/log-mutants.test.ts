import { expect, test } from 'vitest';
import type { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { embeddedDisk, embeddedDriver } from '../../conformance/log/embedded-driver.ts';
import { memoryDriver } from '../../conformance/log/memory-driver.ts';
import { abortAndReuse, noFence, readBeforeFence } from '../../conformance/log/mutants.ts';
import { failingCases } from '../../conformance/log-conformance.ts';

const LIMIT_MS = 3000;

for (const driver of [{ ...embeddedDriver, disk: undefined }, memoryDriver('in memory')]) {
  test(`the suite notices a log without a fence (${driver.name})`, async () => {
    expect(await failingCases(noFence(driver), [1, 2, 3, 14], LIMIT_MS)).toEqual([1, 2, 3, 14]);
  });
  test(`the suite notices a log that reads before it fences (${driver.name})`, async () => {
    expect(await failingCases(readBeforeFence(driver), [2], LIMIT_MS)).toEqual([2]);
  });
  test(`the suite notices a log that reuses a failed task log (${driver.name})`, async () => {
    expect(await failingCases(abortAndReuse(driver), [14], LIMIT_MS)).toEqual([14]);
  });
}

/** The embedded log on disks that lie in one way. */
function lying(lie: (disk: SimulatedDisk) => void) {
  return {
    ...embeddedDriver,
    disk: embeddedDisk(disk => {
      lie(disk as SimulatedDisk);
      return disk;
    }),
  };
}

test('the suite notices a log that does not sync', async () => {
  const driver = lying(disk => {
    disk.ignoreSync = true;
  });
  expect(await failingCases(driver, [15, 17], LIMIT_MS)).toEqual([17, 15].sort());
});

test('the suite notices a log that tries again after a failed sync', async () => {
  const driver = lying(disk => {
    const { open } = disk;
    disk.open = async (path, mode) => {
      const file = await open.call(disk, path, mode);
      return {
        ...file,
        sync: () => file.sync().catch(error => (error.code === 'EIO' ? file.sync() : Promise.reject(error))),
      };
    };
  });
  expect(await failingCases(driver, [36], LIMIT_MS)).toEqual([36]);
});
