import { expect } from 'vitest';
import type { LogCase } from './driver.ts';
import { codeOf, commitOf, deltasOf, deltasOnce, frame, leaveOpen, record, task, upTo } from './helpers.ts';

/** What a task has committed of its state, read by whoever does not own it. */
export const changelogCases: readonly LogCase[] = [
  {
    id: 17,
    title: 'deltas are read without owning the task: all that is committed, from any offset on, and the owner goes on',
    async run(world) {
      const log = await world.client();
      const reader = await world.client();
      expect(await deltasOf(reader, task(0))).toEqual([]);
      const owner = await log.open(task(0));
      expect(await deltasOf(reader, task(0))).toEqual([]);
      const twice = (n: number) => ({ record, outputs: [], deltas: [frame(n), frame(n)] });
      for (const n of upTo(5)) await owner.commit(twice(n));
      await (await log.open(task(1))).commit(twice(99));
      const both = (from: number) => upTo(5).flatMap(n => (n < from ? [] : [n, n]));
      expect(await deltasOnce(reader, task(0), 10)).toEqual(both(1));
      const nexts: bigint[] = [];
      for await (const { next } of reader.changelog(task(0), 0n)) nexts.push(next);
      expect(await deltasOf(reader, task(0), nexts[3])).toEqual(both(3));
      expect(await deltasOf(reader, task(0), nexts[9])).toEqual([]);
      await owner.commit(twice(6));
      expect(await deltasOnce(reader, task(0), 2, nexts[9])).toEqual([6, 6]);
      await owner.purgeChangelog(nexts[3]);
      expect(await codeOf(deltasOf(reader, task(0)))).toBe('gap');
      expect(await deltasOf(reader, task(0), nexts[5])).toEqual([4, 4, 5, 5, 6, 6]);
    },
  },
  {
    id: 17,
    title: 'deltas of a commit that is open are not read, and nobody waits for it',
    needs: ['hang', 'wake'],
    async run(world) {
      const log = await world.client();
      const owner = await log.open(task(0));
      await owner.commit(commitOf(1, []));
      const hanging = await leaveOpen(world, owner, commitOf(2, []));
      expect(await deltasOnce(await world.client(), task(0), 1)).toEqual([1]);
      await world.wake?.();
      expect(await hanging.ended).toBe('resolved');
      expect(await deltasOnce(await world.client(), task(0), 2)).toEqual([1, 2]);
    },
  },
];
