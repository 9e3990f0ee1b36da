import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { Disk, DiskFile } from '../../../src/engine/base/disk.ts';
import type { Rng } from '../../../src/engine/base/rng.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import type { LogReader } from '../../../src/engine/contract/log.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import type { DiskCase, DiskDriver } from './driver.ts';
import { CRASHES } from './driver.ts';
import { codeOf, deltasOf, frame, numberOf, numbers, part, plain, readAll, upTo } from './helpers.ts';
import { begin, commitAll, commitAndPurge, PARTITIONS, TOPICS } from './writing.ts';

/** What is seen without a lock, of a log whose commit n puts n into every partition of `a` and into `b`, which is purged. */

const SMALL = { segmentBytes: 3000 };

/** The number of the newest commit seen. Fails where what is seen is no whole number of commits, in any place. */
async function look(view: LogReader): Promise<number> {
  const seen = await view.topics();
  const a = seen.find(topic => topic.name === 'a');
  if (a === undefined) return 0;
  const [{ stableEnd }] = a.ends;
  expect(a.ends.map(end => end.stableEnd)).toEqual(a.ends.map(() => stableEnd));
  expect(seen.find(topic => topic.name === 'b')?.ends[0].stableEnd).toBe(stableEnd);
  const all = upTo(Number(stableEnd));
  for (let p = 0; p < PARTITIONS; p++) {
    const found = await readAll(view, part('a', p), 0n, 700);
    expect(found.slice(0, all.length).map(one => numberOf(one.body))).toEqual(all);
  }
  // It may be purged while it is read: then the reader is told, and gets nothing wrong.
  const kept = await numbers(view, part('b')).catch(error => {
    if (error.code !== 'gap') throw error;
    return [];
  });
  expect(kept).toEqual(kept.map((_, i) => kept[0] + i));
  const task = { flow: 'flow', chain: 'chain', partition: 0 };
  const deltas = await deltasOf(view, task);
  expect(deltas).toEqual(upTo(deltas.length));
  expect(deltas.length).toBeGreaterThanOrEqual(all.length);
  const last = await view.last(task);
  if (stableEnd > 0n) expect(plain(last)).toBeGreaterThanOrEqual(all.length);
  return all.length;
}

/** A process's way to a disk that others use too: killed in its n-th change, which is then made in part. */
function killable(disk: Disk, rng: Rng, steps: number): Disk {
  let left = steps;
  const alive = (): void => {
    if (left <= 0) throw new Error('killed');
  };
  const dies = (): boolean => {
    alive();
    left--;
    return left === 0;
  };
  const guarded = (file: DiskFile): DiskFile => ({
    ...file,
    async write(buffers, position) {
      const bytes = Buffer.concat(buffers);
      const last = dies();
      // A page at a time, so that others see it half written.
      const end = last ? rng.below(bytes.length + 1) : bytes.length;
      const half = end >> 1;
      await file.write([bytes.subarray(0, half)], position);
      await new Promise(setImmediate);
      await file.write([bytes.subarray(half, end)], position + half);
      if (last) throw new Error('killed');
    },
    async sync() {
      if (dies()) throw new Error('killed');
      await file.sync();
    },
  });
  return {
    makeDir: path => disk.makeDir(path),
    list: path => disk.list(path),
    async open(path, mode) {
      if (mode === 'create' && dies()) throw new Error('killed');
      return guarded(await disk.open(path, mode));
    },
    async rename(from, to) {
      if (dies()) throw new Error('killed');
      await disk.rename(from, to);
    },
    async remove(path) {
      if (dies()) throw new Error('killed');
      await disk.remove(path);
    },
    async syncDir(path) {
      if (dies()) throw new Error('killed');
      await disk.syncDir(path);
    },
  };
}

export const viewCases: readonly DiskCase[] = [
  {
    id: 17,
    title: 'seen without a lock, killed at every step: whole commits, and no crash takes them back',
    async run(driver) {
      for (const crash of CRASHES) {
        for (let step = 1; ; step++) {
          const disk = new SimulatedDisk(seededRng(7));
          disk.crashAtStep = step;
          let acknowledged = 0;
          await driver
            .open(disk, SMALL)
            .then(log =>
              commitAndPurge(log, 12, seededRng(3), n => {
                acknowledged = n;
              }).finally(() => log.close()),
            )
            .catch(() => {});
          if (!disk.crashed) {
            expect(await look(driver.view(disk))).toBe(12);
            break;
          }
          const seen = await look(driver.view(disk.restart('keep')));
          // All but the newest, of which nothing on the disk says yet that it was synced.
          expect(seen).toBeGreaterThanOrEqual(acknowledged - 1);
          const again = await driver.open(disk.restart(crash), SMALL);
          expect((await begin(again)).last, `after crash "${crash}" at step ${step}`).toBeGreaterThanOrEqual(seen);
          await again.close();
          expect(step, 'the scenario ends').toBeLessThan(500);
        }
      }
    },
  },
  {
    id: 17,
    title: 'seen without a lock, while writers live and are killed: whole commits, never fewer than before',
    async run(driver) {
      const rng = seededRng(5);
      const disk = new SimulatedDisk(rng);
      const view = driver.view(disk);
      let seen = 0;
      let looks = 0;
      for (let life = 0; life < 15; life++) {
        let over = false;
        const writing = driver
          .open(killable(disk, rng, 10 + rng.below(120)), SMALL)
          .then(log => commitAndPurge(log, 1000, rng, () => {}).finally(() => log.close()))
          .catch(error => {
            // Whatever else goes wrong must not pass for a kill.
            if (!/killed/.test(String((error as Error).message))) throw error;
          })
          .finally(() => {
            over = true;
          });
        while (!over) {
          // A view that lives on, and one that comes now.
          for (const one of [view, driver.view(disk)]) {
            const now = await look(one);
            expect(now).toBeGreaterThanOrEqual(one === view ? seen : 0);
            seen = Math.max(seen, now);
            looks++;
            await new Promise(setImmediate);
          }
        }
        await writing;
      }
      expect(looks).toBeGreaterThan(100);
      expect(seen).toBeGreaterThan(40);
      const after = await driver.open(disk.restart('lose'), SMALL);
      expect((await begin(after)).last).toBeGreaterThanOrEqual(seen);
      await after.close();
    },
  },
  {
    id: 35,
    title: 'seen without a lock: a flipped byte refuses or hides the newest, never wrong rows',
    async run(driver) {
      const disk = new SimulatedDisk(seededRng(7));
      const log = await driver.open(disk);
      const { owner } = await begin(log);
      for (const n of upTo(3)) await owner.commit(commitAll(n));
      await log.close();
      const [path] = disk.files().filter(file => file.endsWith('.seg'));
      const content = disk.contentOf(path);
      const found = new Map<number | string, number>();
      for (let at = 0; at < content.length; at += 3) {
        const after = disk.restart('lose');
        const flipped = content.slice();
        flipped[at] ^= 1 << (at % 8);
        after.damage(path, flipped);
        const view = driver.view(after);
        const seen = await look(view).catch((error: { code?: string }) => error.code ?? String(error));
        found.set(seen, (found.get(seen) ?? 0) + 1);
        await view.close();
      }
      // Damage to the mark at the end leaves nothing that says the third was synced.
      expect([...found.keys()].sort()).toEqual([2, 'corrupt']);
      expect(found.get(2)).toBeLessThan(30);
    },
  },
  {
    id: 35,
    title: 'seen without a lock: a lost file or another log refuses; an empty folder holds nothing',
    async run(driver) {
      const disk = new SimulatedDisk(seededRng(7));
      const empty = driver.view(disk);
      expect(await empty.topics()).toEqual([]);
      expect(await codeOf(empty.describe('a'))).toBe('no-topic');
      expect(await codeOf(empty.read({ ...part('a'), offset: 0n }, { bytes: 9, waitMs: 0 }))).toBe('no-topic');
      const log = await driver.open(disk, SMALL);
      await log.ensureTopics(TOPICS);
      for (const n of upTo(20)) await log.append(part('a'), [frame(n, 500)]);
      await log.close();
      expect(await numbers(empty, part('a'))).toEqual(upTo(20));
      expect(await codeOf(empty.read({ ...part('a'), offset: 21n }, { bytes: 9, waitMs: 0 }))).toBe('gap');
      const [first] = disk.files().filter(file => file.endsWith('.seg'));
      await disk.remove(first);
      expect(await codeOf(driver.view(disk).topics())).toBe('corrupt');
      for (const file of disk.files()) await disk.remove(file);
      expect(await codeOf(empty.topics())).toBe('gap');
      await (await driver.open(disk, SMALL)).close();
      expect(await codeOf(empty.topics())).toBe('gap');
      expect(await driver.view(disk).topics()).toEqual([]);
      await empty.close();
      expect(await codeOf((async () => empty.topics())())).toBe('closed');
    },
  },
  {
    id: 37,
    title: 'seen without a lock while another process writes, is killed and comes again',
    run: watchOtherProcess,
  },
];

const MOST_LOOKS = 100_000;

async function watchOtherProcess(driver: DiskDriver): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-view-'));
  const view = driver.viewFolder(dir);
  let seen = 0;
  const looked = async (): Promise<number> => {
    const now = await look(view);
    expect(now).toBeGreaterThanOrEqual(seen);
    seen = now;
    return now;
  };
  try {
    for (const how of ['SIGKILL', 'SIGKILL', 'idle'] as const) {
      const child = spawn(process.execPath, [driver.writerModule, dir, how === 'idle' ? '150' : '100000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        let told = 0;
        createInterface(child.stdout).on('line', line => {
          told = Number(line);
        });
        const from = seen;
        const lookUntil = async (isEnough: () => boolean): Promise<void> => {
          for (let looks = 0; !isEnough(); looks++) {
            expect([child.exitCode, looks < MOST_LOOKS], 'the writer gets on').toEqual([null, true]);
            await looked();
          }
        };
        if (how === 'idle') {
          // All it has told is seen soon, though nothing follows.
          await lookUntil(() => told >= from + 150 && seen >= told);
        } else {
          await lookUntil(() => seen >= from + 60);
          // A read that waits gets what comes.
          const at = { ...part('a'), offset: BigInt(await looked()) };
          const next = await view.read(at, { bytes: 1, waitMs: 60_000 });
          expect(next.frames.map(one => numberOf(one.body))[0]).toBe(Number(at.offset) + 1);
        }
      } finally {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await looked();
    }
    const log = await driver.openFolder(dir);
    expect(await numbers(log, part('a'))).toEqual(upTo(seen));
    await log.close();
  } finally {
    await view.close();
    await rm(dir, { recursive: true, force: true });
  }
}
