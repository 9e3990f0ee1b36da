import { expect } from 'vitest';
import { MAX_FRAME_BYTES, type TopicPartition } from '../../../src/engine/contract/log.ts';
import type { LogCase } from './driver.ts';
import {
  changelogOf,
  codeOf,
  commitOf,
  eventually,
  frame,
  leaveOpen,
  numberOf,
  numbers,
  numbersOnce,
  part,
  plain,
  readAll,
  readOnce,
  record,
  task,
  upTo,
} from './helpers.ts';

const OUT = part('out');
const WIDE: readonly TopicPartition[] = ['a', 'b', 'c'].flatMap(topic => upTo(32).map(n => part(topic, n - 1)));

export const commitCases: readonly LogCase[] = [
  {
    id: 11,
    title: 'a commit over 32 partitions of 3 topics is atomic, and partitions agree at rest',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics(['a', 'b', 'c'].map(name => ({ name, partitions: 32 })));
      const owner = await log.open(task(0));
      for (const number of upTo(8)) await owner.commit(commitOf(number, WIDE));
      expect(
        await codeOf(
          owner.commit({
            ...commitOf(9, WIDE),
            outputs: [...commitOf(9, WIDE).outputs, { to: part('none'), frames: [frame(9)] }],
          }),
        ),
      ).toBe('no-topic');
      for (const to of WIDE) expect(await numbersOnce(log, to, 8)).toEqual(upTo(8));
      expect(plain((await log.open(task(0))).last)).toBe(8);
    },
  },
  {
    id: 12,
    title: 'answer lost, commit applied: open finds it',
    needs: ['loseAnswer'],
    async run(world) {
      let log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      await owner.commit(commitOf(1, [OUT]));
      await world.loseAnswer?.(owner, commitOf(2, [OUT]), 'applied');
      log = await world.client();
      const again = await log.open(task(0));
      expect(plain(again.last)).toBe(2);
      expect(again.last?.seq).toBe(2n);
      await again.commit(commitOf(3, [OUT]));
      expect(await numbersOnce(log, OUT, 3)).toEqual([1, 2, 3]);
      expect(await changelogOf(again)).toEqual([1, 2, 3]);
    },
  },
  {
    id: 13,
    title: 'answer lost, commit not applied: nothing of it is there',
    needs: ['loseAnswer'],
    async run(world) {
      let log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      await owner.commit(commitOf(1, [OUT]));
      await world.loseAnswer?.(owner, commitOf(-1, [OUT]), 'dropped');
      log = await world.client();
      const again = await log.open(task(0));
      expect(plain(again.last)).toBe(1);
      await again.commit(commitOf(2, [OUT]));
      expect(await numbersOnce(log, OUT, 2)).toEqual([1, 2]);
      expect(await changelogOf(again)).toEqual([1, 2]);
    },
  },
  {
    id: 14,
    title: 'a dead task log stays dead: no commit after a rejected one',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      for (const spoil of ['no-topic', 'oversized', 'fenced'] as const) {
        const owner = await log.open(task(0, spoil));
        if (spoil === 'fenced') await log.open(task(0, spoil));
        const spoilt =
          spoil === 'no-topic'
            ? commitOf(-1, [part('none')])
            : commitOf(-1, [OUT], spoil === 'oversized' ? MAX_FRAME_BYTES + 1 : 8);
        expect(await codeOf(owner.commit(spoilt))).toBe(spoil);
        expect(await codeOf(owner.commit(commitOf(-1, [OUT])))).not.toBe('resolved');
        expect(await codeOf(owner.commit(commitOf(-1, [OUT])))).not.toBe('resolved');
        await (await log.open(task(0, spoil))).commit(commitOf(1, [OUT]));
      }
      expect(await numbersOnce(log, OUT, 3)).toEqual([1, 1, 1]);
      const closed = await log.open(task(0));
      await closed.close();
      expect(await codeOf(closed.commit(commitOf(-1, [OUT])))).not.toBe('resolved');
    },
  },
  {
    id: 16,
    title: 'interleaved aborted commits stay invisible, frames that begin with 00000000 do not',
    needs: ['hang', 'wake'],
    async run(world) {
      const log = await world.client();
      const other = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 2 }]);
      const zeros = new Uint8Array(16);
      const good = await log.open(task(1));
      for (let round = 0; round < 5; round++) {
        const bad = await other.open(task(0));
        const hanging = await leaveOpen(world, bad, commitOf(-1, [part('out', 0), part('out', 1)]));
        await good.commit({ record, outputs: [{ to: OUT, frames: [zeros.slice()] }], deltas: [] });
        await other.open(task(0));
        await world.wake?.();
        expect(await hanging.ended).not.toBe('resolved');
      }
      const read = await readOnce(log, OUT, 5);
      expect(read.length).toBe(5);
      for (const { body } of read) expect(body).toEqual(zeros);
      expect(await readAll(log, part('out', 1))).toEqual([]);
    },
  },
  {
    id: 17,
    title: 'what is not committed is not read',
    needs: ['hang', 'wake'],
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      await owner.commit(commitOf(1, [OUT]));
      const hanging = await leaveOpen(world, owner, commitOf(2, [OUT]));
      expect(await numbers(log, OUT)).toEqual([1]);
      await world.wake?.();
      expect(await hanging.ended).toBe('resolved');
      expect(await numbersOnce(log, OUT, 2)).toEqual([1, 2]);
    },
  },
  {
    id: 18,
    title: "one upstream's rows keep their order in a partition, across takeovers",
    async run(world) {
      const clients = [await world.client(), await world.client()];
      await clients[0].ensureTopics([{ name: 'out', partitions: 1 }]);
      const write = async (upstream: number): Promise<void> => {
        for (let turn = 0; turn < 6; turn++) {
          const owner = await clients[(turn + upstream) % 2].open(task(upstream));
          const from = plain(owner.last) ?? 0;
          const commits = upTo(4).map(n => owner.commit(commitOf(from + n, [OUT])));
          await Promise.all(commits);
        }
      };
      await Promise.all([write(0), write(1)]);
      const written = await numbersOnce(clients[0], OUT, 48);
      expect(written.toSorted((a, b) => a - b)).toEqual(upTo(24).flatMap(n => [n, n]));
      const seen = new Map<number, number>();
      for (const n of written) {
        expect(n === 1 || (seen.get(n - 1) ?? 0) > (seen.get(n) ?? 0), 'after the one before').toBe(true);
        seen.set(n, (seen.get(n) ?? 0) + 1);
      }
    },
  },
  {
    id: 19,
    title: '`next` passes whatever a reader does not see, and a waiting read ends with the first frame',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      for (const n of upTo(20)) await owner.commit(commitOf(n, [OUT]));
      await numbersOnce(log, OUT, 20);
      let at = { ...OUT, offset: 0n };
      const read: number[] = [];
      for (let steps = 0; read.length < 20; steps++) {
        const result = await log.read(at, { bytes: 1, waitMs: 0 });
        expect(result.frames.length).toBeLessThanOrEqual(1);
        read.push(...result.frames.map(item => numberOf(item.body)));
        for (const item of result.frames) expect(item.offset).toBeGreaterThanOrEqual(at.offset);
        at = result.next;
        expect(steps).toBeLessThan(200);
      }
      expect(read).toEqual(upTo(20));
      at = (await log.read(at, { bytes: 1, waitMs: 0 })).next;
      const waiting = log.read(at, { bytes: 64, waitMs: 30_000 });
      await owner.commit(commitOf(21, [OUT]));
      expect((await waiting).frames.map(item => numberOf(item.body))).toEqual([21]);
      const after = (await waiting).next;
      expect((await log.read(after, { bytes: 64, waitMs: 1 })).frames).toEqual([]);
    },
  },
  {
    id: 20,
    title: 'a commit without outputs moves the position',
    async run(world) {
      const log = await world.client();
      const owner = await log.open(task(0));
      const positions = [
        { input: 'in', partition: 3, offset: 12_345_678_901_234n, row: 17 },
        { input: 'split:abc/x.csv', partition: 0, offset: 0n, row: 5 },
        { input: 'split:abc/y.csv', partition: 0, offset: 0n, row: 6, prefix: { bytes: 300, crc32c: 4_000_000_000 } },
      ];
      const snapshot = { manifest: 'm', changelog: 7n };
      const written = await owner.commit({
        record: {
          ...record,
          positions,
          models: { risk: 'v1' },
          sinkTokens: ['t'],
          snapshot,
          previousSnapshot: null,
          ended: true,
        },
        outputs: [],
        deltas: [],
      });
      expect(written.seq).toBe(1n);
      const last = (await log.open(task(0))).last;
      expect(last).toEqual(written);
      expect(last?.positions).toEqual(positions);
      expect(last?.snapshot).toEqual(snapshot);
    },
  },
  {
    id: 21,
    title: 'commits back to back, not waiting for each other, keep their order',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      const records = await Promise.all(upTo(60).map(n => owner.commit(commitOf(n, [OUT], 100 * n))));
      expect(records.map(r => Number(r.seq))).toEqual(upTo(60));
      expect(await numbersOnce(log, OUT, 60)).toEqual(upTo(60));
      expect(await changelogOf(owner)).toEqual(upTo(60));
    },
  },
  {
    id: 22,
    title: 'an oversized frame is refused, the largest allowed is not',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      expect(await codeOf(log.append(OUT, [new Uint8Array(MAX_FRAME_BYTES + 1)]))).toBe('oversized');
      const owner = await log.open(task(0));
      expect(await codeOf(owner.commit({ record, outputs: [], deltas: [new Uint8Array(MAX_FRAME_BYTES + 1)] }))).toBe(
        'oversized',
      );
      const again = await log.open(task(0));
      expect(again.last).toBe(null);
      await again.commit(commitOf(1, [OUT], MAX_FRAME_BYTES));
      expect((await readOnce(log, OUT, 1))[0].body.length).toBe(MAX_FRAME_BYTES);
    },
  },
  {
    id: 23,
    title: 'a hung writer holds its own partition only, until it is fenced',
    needs: ['hang', 'wake'],
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 2 }]);
      const hung = await (await world.client()).open(task(0));
      const hanging = await leaveOpen(world, hung, commitOf(-1, [OUT]));
      const owner = await log.open(task(1));
      await owner.commit(commitOf(1, [OUT, part('out', 1)]));
      expect(await numbersOnce(log, part('out', 1), 1)).toEqual([1]);
      const { ends } = await log.describe('out');
      expect(ends[0].stableEnd).toBeLessThanOrEqual(ends[0].end);
      await log.open(task(0));
      expect(await numbersOnce(log, OUT, 1)).toEqual([1]);
      await world.wake?.();
      expect(await hanging.ended).toBe('fenced');
    },
  },
  {
    id: 24,
    title: 'a position that is not in the log is a `gap`, never a jump',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      await log.append(
        OUT,
        upTo(9).map(n => frame(n)),
      );
      const { offset } = (await readOnce(log, OUT, 9))[4];
      await log.purge(OUT, offset);
      expect(await codeOf(log.read({ ...OUT, offset: 0n }, { bytes: 99, waitMs: 0 }))).toBe('gap');
      expect(await codeOf(log.read({ ...OUT, offset: offset + 1000n }, { bytes: 99, waitMs: 0 }))).toBe('gap');
      const owner = await log.open(task(0));
      for (const n of upTo(4)) await owner.commit(commitOf(n, []));
      const nexts: bigint[] = [];
      for await (const { next } of owner.changelog(0n)) nexts.push(next);
      await owner.purgeChangelog(nexts[1]);
      expect(await codeOf(changelogOf(owner, 0n))).toBe('gap');
      expect(await changelogOf(owner, nexts[1])).toEqual([3, 4]);
    },
  },
  {
    id: 25,
    title: 'purge spares what is not read yet',
    async run(world) {
      let log = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 2 }]);
      for (const n of upTo(30)) await log.append(part('out', n % 2), [frame(n, 3000)]);
      const odd = await readAll(log, part('out', 1));
      await log.purge(part('out', 1), odd[7].offset);
      await log.purge(part('out', 1), odd[3].offset);
      const even = upTo(30).filter(n => n % 2 === 0);
      const left = upTo(30)
        .filter(n => n % 2 === 1)
        .slice(7);
      for (let pass = 0; pass < 2; pass++) {
        expect(await numbers(log, part('out', 1))).toEqual(left);
        expect(await numbers(log, part('out', 0))).toEqual(even);
        expect((await log.describe('out')).ends[1].first).toBe(odd[7].offset);
        if (world.restart === undefined) break;
        await world.restart();
        log = await world.client();
      }
    },
  },
  {
    id: 26,
    title: 'positions never expire, whatever else goes',
    async run(world) {
      let log = await world.client();
      await log.ensureTopics([
        { name: 'out', partitions: 1 },
        { name: 'other', partitions: 1 },
      ]);
      const quiet = await log.open(task(7));
      const written = await quiet.commit(commitOf(5, []));
      for (let round = 0; round < 40; round++) {
        await log.append(
          OUT,
          upTo(4).map(n => frame(n, 20_000)),
        );
        await log.purge(OUT, (await log.describe('out')).ends[0].end);
      }
      await log.deleteTopics(['other', 'not there']);
      if (world.restart !== undefined) {
        await world.restart();
        log = await world.client();
      }
      const again = await log.open(task(7));
      expect(again.last).toEqual(written);
      expect(await changelogOf(again)).toEqual([5]);
      // A broker that dies may forget a purge: what it kept goes with the next.
      await log.purge(OUT, (await log.describe('out')).ends[0].end);
      expect(await numbers(log, OUT)).toEqual([]);
      expect(await codeOf(log.describe('other'))).toBe('no-topic');
    },
  },
  {
    id: 17,
    title: 'a reader woken by a commit reads it whole',
    async run(world) {
      const log = await world.client();
      const reader = await world.client();
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      const owner = await log.open(task(0));
      const seen: number[] = [];
      let stop = false;
      const reading = (async () => {
        let at = { ...OUT, offset: 0n };
        while (!stop) {
          const result = await reader.read(at, { bytes: 1000, waitMs: 5 });
          seen.push(...result.frames.map(item => numberOf(item.body)));
          at = result.next;
        }
      })();
      // Where a commit is refused the case ends before.
      reading.catch(() => undefined);
      try {
        for (const n of upTo(50)) await owner.commit(commitOf(n, [OUT, OUT]));
        await eventually(() => seen.length >= 100, 'all read');
      } finally {
        stop = true;
      }
      await reading;
      expect(seen).toEqual(upTo(50).flatMap(n => [n, n]));
    },
  },
];
