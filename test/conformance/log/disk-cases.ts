import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import type { Log, LogError } from '../../../src/engine/contract/log.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import type { DiskCase, DiskDriver } from './driver.ts';
import { CRASHES } from './driver.ts';
import {
  changelogOf,
  codeOf,
  commitOf,
  eventually,
  frame,
  numberOf,
  numbers,
  part,
  plain,
  task,
  upTo,
} from './helpers.ts';

const A = part('a');
const B = part('b');
/** So small that a handful of commits fills several files. */
const SMALL = { segmentBytes: 3000 };

async function fresh(driver: DiskDriver, limits = {}): Promise<{ disk: SimulatedDisk; log: Log }> {
  const disk = new SimulatedDisk(seededRng(7));
  const log = await driver.open(disk, limits);
  await log.ensureTopics([
    { name: 'a', partitions: 1 },
    { name: 'b', partitions: 1 },
  ]);
  return { disk, log };
}

/** What a scenario has been told, and so must find again. */
interface Told {
  /** Last commit acknowledged; all up to `asked` may be there. */
  acknowledged: number;
  asked: number;
  /** Rows of B below this may be gone, if `purged`, are. */
  purgeAsked: number;
  purged: number;
  seen: number[];
}

/** Runs a scenario again and again, killed one step later each time, for each kind of crash; then checks what is found. */
async function killedAtEveryStep(
  driver: DiskDriver,
  scenario: (log: Log, told: Told) => Promise<void>,
  check: (log: Log, told: Told) => Promise<void>,
): Promise<void> {
  for (const crash of CRASHES) {
    for (let step = 1; ; step++) {
      const { disk, log } = await fresh(driver, SMALL);
      disk.crashAtStep = disk.steps + step;
      const told: Told = { acknowledged: 0, asked: 0, purgeAsked: 0, purged: 0, seen: [] };
      await scenario(log, told).catch(() => {});
      await log.close().catch(() => {});
      if (!disk.crashed) break;
      // Every other time it is killed again at some step of the recovery, or just after it, and then the power fails.
      let after = disk.restart(crash);
      if (step % 2 === 0) {
        after.crashAtStep = 1 + (step % 9);
        await driver
          .open(after, SMALL)
          .then(opened => opened.close())
          .catch(() => {});
        after = after.restart('lose');
      }
      const again = await driver.open(after, SMALL);
      try {
        await check(again, told);
      } catch (error) {
        throw new Error(`after crash "${crash}" at step ${step}: ${(error as Error).message}`, { cause: error });
      }
      await again.close();
      expect(step, 'the scenario ends').toBeLessThan(500);
    }
  }
}

async function commitAndPurge(log: Log, told: Told): Promise<void> {
  const owner = await log.open(task(0));
  for (const n of upTo(14)) {
    told.asked = n;
    await owner.commit(commitOf(n, [A, B], 300));
    told.acknowledged = n;
    if (n % 5 === 0) {
      told.purgeAsked = n - 1;
      await log.purge(B, BigInt(n - 1));
      told.purged = n - 1;
    }
  }
}

async function checkFound(log: Log, told: Told): Promise<void> {
  const owner = await log.open(task(0));
  const last = plain(owner.last) ?? 0;
  expect(last).toBeGreaterThanOrEqual(told.acknowledged);
  expect(last).toBeLessThanOrEqual(told.asked);
  expect(await numbers(log, A)).toEqual(upTo(last));
  expect(await changelogOf(owner)).toEqual(upTo(last));
  const b = await numbers(log, B);
  const first = Number((await log.describe('b')).ends[0].first);
  expect(first).toBeGreaterThanOrEqual(told.purged);
  expect(first).toBeLessThanOrEqual(told.purgeAsked);
  expect(b).toEqual(upTo(last).slice(first));
  const next = await owner.commit(commitOf(last + 1, [A, B]));
  expect(Number(next.seq)).toBe(last + 1);
  expect(await numbers(log, A)).toEqual(upTo(last + 1));
}

export const diskCases: readonly DiskCase[] = [
  {
    id: 4,
    title: 'killed in each step of an open: the task opens again where it was',
    async run(driver) {
      await killedAtEveryStep(
        driver,
        async (log, told) => {
          const owner = await log.open(task(0));
          await owner.commit(commitOf(1, [A]));
          told.acknowledged = 1;
          await log.open(task(0));
          await log.open(task(1));
        },
        async (log, told) => {
          const owner = await log.open(task(0));
          expect(plain(owner.last) ?? 0).toBeGreaterThanOrEqual(told.acknowledged);
          await (await log.open(task(1))).commit(commitOf(9, [B]));
          expect(await numbers(log, B)).toEqual([9]);
        },
      );
    },
  },
  {
    id: 15,
    title: 'killed between any two steps: what was acknowledged is there, every commit is whole, the log goes on',
    run: driver => killedAtEveryStep(driver, commitAndPurge, checkFound),
  },
  {
    id: 15,
    title: 'killed between any two steps while long-lived frames are copied out of mostly dead files',
    run: driver =>
      killedAtEveryStep(
        driver,
        async (log, told) => {
          await log.append(A, [frame(1, 200), frame(2, 200)]);
          told.acknowledged = 2;
          for (let round = 0; round < 9; round++) {
            await log.append(
              B,
              upTo(4).map(n => frame(n, 700)),
            );
            if (round % 3 === 2) await log.append(A, [frame(++told.asked + 2, 100)]);
            await log.purge(B, BigInt(4 * (round + 1)));
          }
        },
        async (log, told) => {
          const kept = await numbers(log, A);
          expect(kept).toEqual(upTo(kept.length));
          expect(kept.length).toBeGreaterThanOrEqual(told.acknowledged);
          await log.append(A, [frame(kept.length + 1)]);
          expect(await numbers(log, A)).toEqual(upTo(kept.length + 1));
        },
      ),
  },
  {
    id: 17,
    title: 'what a reader has seen is there after any crash',
    run: driver =>
      killedAtEveryStep(
        driver,
        async (log, told) => {
          const reading = (async () => {
            for (let at = { ...A, offset: 0n }; ; ) {
              const result = await log.read(at, { bytes: 1000, waitMs: 1 });
              told.seen.push(...result.frames.map(item => numberOf(item.body)));
              at = result.next;
              if (told.seen.length === 6) return;
            }
          })();
          reading.catch(() => {});
          const owner = await log.open(task(0));
          for (const n of upTo(6)) await owner.commit(commitOf(n, [A]));
          await reading;
        },
        async (log, told) => {
          expect((await numbers(log, A)).slice(0, told.seen.length)).toEqual(told.seen);
        },
      ),
  },
  {
    id: 17,
    title: 'what is written but not synced is not read, and its commit does not resolve',
    async run(driver) {
      const { disk, log } = await fresh(driver);
      const owner = await log.open(task(0));
      await owner.commit(commitOf(1, [A]));
      let letGo = (): void => {};
      disk.syncsAfter = new Promise(resolve => {
        letGo = resolve;
      });
      const { steps } = disk;
      let resolved = false;
      const commit = owner.commit(commitOf(2, [A])).then(() => {
        resolved = true;
      });
      await eventually(() => disk.steps > steps, 'the commit is written');
      for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve));
      expect(resolved).toBe(false);
      expect(await numbers(log, A)).toEqual([1]);
      expect((await log.describe('a')).ends[0].stableEnd).toBe(1n);
      letGo();
      await commit;
      expect(await numbers(log, A)).toEqual([1, 2]);
      await log.close();
    },
  },
  {
    id: 26,
    title: 'disk space follows what can be read, not what was written',
    async run(driver) {
      const { disk, log } = await fresh(driver, SMALL);
      await log.append(A, [frame(1, 500)]);
      for (let round = 1; round <= 200; round++) {
        await log.append(B, [frame(round, 500)]);
        if (round % 20 === 0) await log.append(A, [frame(1 + round / 20, 100)]);
        await log.purge(B, BigInt(round));
      }
      expect(disk.used).toBeLessThan(30_000);
      expect(await numbers(log, A)).toEqual(upTo(11));
      await log.close();
      const again = await driver.open(disk.restart('lose'), SMALL);
      expect(await numbers(again, A)).toEqual(upTo(11));
      await again.close();
    },
  },
  {
    id: 34,
    title: 'cut at every byte: the whole commits before the cut, and the log goes on',
    async run(driver) {
      const { disk, log } = await fresh(driver);
      const ends: number[] = [];
      const [path] = disk.files().filter(file => file.endsWith('.seg'));
      const owner = await log.open(task(0));
      for (const n of upTo(3)) {
        ends.push(disk.contentOf(path).length);
        await owner.commit(commitOf(n, [A, B]));
      }
      const content = disk.contentOf(path);
      for (let cut = ends[0]; cut <= content.length; cut++) {
        const after = disk.restart('keep');
        after.damage(path, content.slice(0, cut));
        const again = await driver.open(after);
        const whole = cut === content.length ? 3 : ends.filter(end => end <= cut).length - 1;
        expect(await numbers(again, A), `cut at ${cut}`).toEqual(upTo(whole));
        const heir = await again.open(task(0));
        expect(plain(heir.last) ?? 0).toBe(whole);
        await heir.commit(commitOf(9, [A]));
        await again.close();
        const third = await driver.open(after.restart('lose'));
        expect(await numbers(third, A)).toEqual([...upTo(whole), 9]);
        await third.close();
      }
    },
  },
  {
    id: 35,
    title: 'a flipped synced byte refuses, wherever it is; never wrong rows',
    async run(driver) {
      const { disk, log } = await fresh(driver);
      const owner = await log.open(task(0));
      for (const n of upTo(3)) await owner.commit(commitOf(n, [A, B]));
      const [path] = disk.files().filter(file => file.endsWith('.seg'));
      const synced = disk.contentOf(path).length;
      await log.close();
      const content = disk.contentOf(path);
      for (let at = 0; at < content.length; at++) {
        const after = disk.restart('lose');
        const flipped = content.slice();
        flipped[at] ^= 1 << (at % 8);
        after.damage(path, flipped);
        if (at < synced) {
          expect(await codeOf(driver.open(after)), `byte ${at}`).toBe('corrupt');
        } else {
          const again = await driver.open(after);
          expect(await numbers(again, A)).toEqual([1, 2, 3]);
          await again.close();
        }
      }
    },
  },
  {
    id: 35,
    title: 'a flipped byte in an older file is found when it is read; its index is made again',
    async run(driver) {
      const { disk, log } = await fresh(driver, SMALL);
      const owner = await log.open(task(0));
      for (const n of upTo(20)) await owner.commit(commitOf(n, [A], 500));
      await log.close();
      const [first] = disk.files().filter(file => file.endsWith('.seg'));
      const [index] = disk.files().filter(file => file.endsWith('.idx'));
      for (const path of [first, index]) {
        const content = disk.contentOf(path);
        for (let at = 0; at < content.length; at += 13) {
          const after = disk.restart('lose');
          const flipped = content.slice();
          flipped[at] ^= 0x40;
          after.damage(path, flipped);
          let read: number[] | string;
          try {
            const again = await driver.open(after, SMALL);
            read = await numbers(again, A).catch(error => (error as LogError).code);
            await again.close();
          } catch (error) {
            read = (error as LogError).code;
          }
          if (read !== 'corrupt') expect(read, `byte ${at} of ${path}`).toEqual(upTo(20));
          if (path === index) expect(read).not.toBe('corrupt');
        }
      }
      const missing = disk.restart('lose');
      await missing.remove(first);
      expect(await codeOf(driver.open(missing, SMALL))).toBe('corrupt');
    },
  },
  {
    id: 36,
    title: 'a failed sync ends the log: no retry, no further answer, and the disk is believed at the next open',
    async run(driver) {
      for (const crash of CRASHES) {
        const { disk, log } = await fresh(driver);
        const owner = await log.open(task(0));
        const other = await log.open(task(1));
        await owner.commit(commitOf(1, [A]));
        disk.failNextSync = true;
        expect(await codeOf(owner.commit(commitOf(2, [A])))).toBe('unknown');
        expect(await codeOf(owner.commit(commitOf(3, [A])))).toBe('dead');
        expect(await codeOf(other.commit(commitOf(3, [A])))).toBe('dead');
        expect(await codeOf(log.open(task(2)))).toBe('dead');
        expect(await codeOf(log.read({ ...A, offset: 0n }, { bytes: 99, waitMs: 0 }))).toBe('dead');
        await log.close();
        const after = disk.restart(crash);
        const again = await driver.open(after);
        const found = await numbers(again, A);
        expect([[1], [1, 2]]).toContainEqual(found);
        await again.close();
        // Whatever this open found is durable now, though the first sync of it had failed.
        const third = await driver.open(after.restart('lose'));
        expect(await numbers(third, A)).toEqual(found);
        await third.close();
      }
    },
  },
  {
    id: 37,
    title: 'a second process is refused and told who holds the log; kill -9 frees it and loses nothing',
    async run(driver) {
      const dir = await mkdtemp(join(tmpdir(), 'weir-log-'));
      const child = spawn(process.execPath, [driver.holderModule, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await once(child.stdout, 'data');
        const refused = await driver.openFolder(dir).catch((error: LogError) => error);
        expect(refused).toMatchObject({ code: 'locked' });
        expect((refused as LogError).message).toContain(String(child.pid));
        expect((refused as LogError).message).toMatch(/since \d{4}-\d\d-\d\dT/);
        child.kill('SIGKILL');
        await once(child, 'exit');
        const log = await driver.openFolder(dir);
        expect(await codeOf(driver.openFolder(dir))).toBe('locked');
        expect(await numbers(log, A)).toEqual([1]);
        await log.close();
        await (await driver.openFolder(dir)).close();
      } finally {
        child.kill('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      }
    },
  },
  {
    id: 38,
    title: 'at the cap: `full`, readers go on, what is purged makes room',
    async run(driver) {
      const limits = { maxBytes: 40_000 };
      const { disk, log } = await fresh(driver, limits);
      let owner = await log.open(task(0));
      let written = 0;
      let code = '';
      while (code === '') {
        const result = await codeOf(owner.commit(commitOf(written + 1, [A], 900)));
        if (result === 'resolved') written++;
        else code = result;
        expect(written).toBeLessThan(100);
      }
      expect(code).toBe('full');
      expect(disk.used).toBeLessThanOrEqual(40_000);
      expect(await numbers(log, A)).toEqual(upTo(written));
      owner = await log.open(task(0));
      expect(plain(owner.last)).toBe(written);
      const { ends } = await log.describe('a');
      await log.purge(A, ends[0].end);
      for (let n = 1; n <= 10; n++) await owner.commit(commitOf(written + n, [A], 900));
      expect(await numbers(log, A)).toEqual(upTo(10).map(n => written + n));
      await log.close();
    },
  },
  {
    id: 38,
    title: 'a full disk: a clear stop, nothing acknowledged is lost, and it goes on once there is room',
    async run(driver) {
      for (const size of [20_000, 20_111, 23_456]) {
        const { disk, log } = await fresh(driver, { segmentBytes: 5000 });
        disk.capacity = size;
        const owner = await log.open(task(0));
        let written = 0;
        let code = 'resolved';
        while (code === 'resolved') {
          code = await codeOf(owner.commit(commitOf(written + 1, [A], 700)));
          if (code === 'resolved') written++;
          expect(written).toBeLessThan(100);
        }
        expect(code).toBe('full');
        await log.close();
        let after = disk.restart('keep');
        const stillFull = await codeOf(driver.open(after, { segmentBytes: 5000 }));
        expect(['full', 'resolved']).toContain(stillFull);
        after = after.restart('keep');
        after.capacity = Number.POSITIVE_INFINITY;
        const again = await driver.open(after, { segmentBytes: 5000 });
        const heir = await again.open(task(0));
        expect(plain(heir.last)).toBeGreaterThanOrEqual(written);
        expect(await numbers(again, A)).toEqual(upTo(plain(heir.last) ?? 0));
        await heir.commit(commitOf(0, [A]));
        await again.close();
      }
    },
  },
  {
    id: 38,
    title: 'many readers and writers on small files, crashed at random moments, time after time',
    async run(driver) {
      const rng = seededRng(11);
      let disk = new SimulatedDisk(rng);
      const acknowledged = [0, 0, 0];
      for (let life = 0; life < 30; life++) {
        const log = await driver.open(disk, SMALL);
        await log.ensureTopics([{ name: 'a', partitions: 3 }]);
        disk.crashAtStep = disk.steps + 5 + rng.below(60);
        const work = acknowledged.map(async (_, p) => {
          const owner = await log.open(task(p));
          expect(plain(owner.last) ?? 0).toBeGreaterThanOrEqual(acknowledged[p]);
          const found = await numbers(log, part('a', p));
          expect(found).toEqual(upTo(plain(owner.last) ?? 0).slice(upTo(plain(owner.last) ?? 0).length - found.length));
          for (let n = (plain(owner.last) ?? 0) + 1; ; n++) {
            await owner.commit(commitOf(n, [part('a', p)], 8 + rng.below(400)));
            acknowledged[p] = n;
            if (rng.below(10) === 0) await log.purge(part('a', p), (await log.describe('a')).ends[p].end - 1n);
          }
        });
        for (const result of await Promise.allSettled(work)) {
          if (result.status === 'rejected' && result.reason?.code === undefined && !disk.crashed) throw result.reason;
          if (result.status === 'rejected' && result.reason?.name === 'AssertionError') throw result.reason;
        }
        await log.close().catch(() => {});
        disk = disk.restart((['lose', 'keep', 'tear'] as const)[rng.below(3)]);
      }
      expect(Math.min(...acknowledged)).toBeGreaterThan(10);
    },
  },
];
