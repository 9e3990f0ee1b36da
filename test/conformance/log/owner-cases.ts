import { expect } from 'vitest';
import type { Assignment, GroupSpec, Log, TaskLog } from '../../../src/engine/contract/log.ts';
import type { LogCase } from './driver.ts';
import {
  codeOf,
  commitOf,
  eventually,
  frame,
  numberOf,
  numbers,
  numbersOnce,
  part,
  plain,
  readAll,
  task,
  upTo,
} from './helpers.ts';

const OUT = part('out');
const withOut = async (log: Log): Promise<void> => log.ensureTopics([{ name: 'out', partitions: 1 }]);
const group = (member: string, tasks = 4, planHash = 'plan'): GroupSpec => ({
  flow: 'flow',
  planHash,
  tasks: upTo(tasks).map(n => task(n - 1)),
  member,
  sessionTimeoutMs: 1000,
});

/** A member that keeps what it was last assigned. */
async function member(log: Log, spec: GroupSpec) {
  const seen: Assignment[] = [];
  const membership = await log.join(spec, assignment => seen.push(assignment));
  const last = (): number[] => (seen.at(-1)?.tasks ?? []).map(t => t.partition).sort();
  return { membership, seen, last };
}

export const ownerCases: readonly LogCase[] = [
  {
    id: 1,
    title: 'open fences an idle owner',
    async run(world) {
      const log = await world.client();
      await withOut(log);
      const old = await log.open(task(0));
      const owner = await (await world.client()).open(task(0));
      expect(owner.epoch).toBe(old.epoch + 1n);
      expect(await codeOf(old.commit(commitOf(1, [OUT])))).toBe('fenced');
      await owner.commit(commitOf(2, [OUT]));
      expect(await numbersOnce(log, OUT, 1)).toEqual([2]);
    },
  },
  {
    id: 2,
    title: 'open fences an owner in mid-commit: it sees the commit, or the commit never was',
    async run(world) {
      const log = await world.client();
      const other = await world.client();
      await withOut(log);
      for (let round = 1; round <= 20; round++) {
        const old = await log.open(task(0));
        const before = plain(old.last);
        const commit = codeOf(old.commit(commitOf(round, [OUT])));
        for (let turn = 0; turn < round % 5; turn++) await Promise.resolve();
        const owner = await other.open(task(0));
        expect(await codeOf(old.commit(commitOf(-1, [OUT])))).not.toBe('resolved');
        expect(plain(owner.last)).toBe((await commit) === 'resolved' ? round : before);
        await owner.close();
      }
      const written = await numbers(log, OUT);
      expect(written).toEqual([...new Set(written)].sort((a, b) => a - b));
      expect(written).not.toContain(-1);
    },
  },
  {
    id: 3,
    title: 'a late opener fences the heir, and both go on from the last commit',
    async run(world) {
      const zombie = await world.client();
      const heir = await world.client();
      await withOut(zombie);
      await (await zombie.open(task(0))).commit(commitOf(1, [OUT]));
      const second = await heir.open(task(0));
      await second.commit(commitOf(2, [OUT]));
      const third = await zombie.open(task(0));
      expect(plain(third.last)).toBe(2);
      expect(await codeOf(second.commit(commitOf(-1, [OUT])))).toBe('fenced');
      await third.commit(commitOf(3, [OUT]));
      expect(plain((await heir.open(task(0))).last)).toBe(3);
      expect(await numbersOnce(heir, OUT, 3)).toEqual([1, 2, 3]);
    },
  },
  {
    id: 5,
    title: 'two openers in turns: sequence numbers stay contiguous, nothing doubled or lost',
    async run(world) {
      const first = await world.client();
      await withOut(first);
      const own = async (log: Log): Promise<void> => {
        for (let round = 0; round < 15; round++) {
          let owner: TaskLog;
          try {
            owner = await log.open(task(0));
          } catch (error) {
            expect((error as { code: string }).code).toBe('fenced');
            continue;
          }
          for (let i = 0; i < 1 + (round % 4); i++) {
            const seq = Number(owner.last?.seq ?? 0n) + i + 1;
            if ((await codeOf(owner.commit(commitOf(seq, [OUT])))) !== 'resolved') break;
          }
        }
      };
      await Promise.all([own(first), own(await world.client())]);
      const last = (await first.open(task(0))).last;
      const written = await numbersOnce(first, OUT, Number(last?.seq));
      expect(written).toEqual(upTo(Number(last?.seq)));
    },
  },
  {
    id: 6,
    title: 'kept tasks run through a rebalance',
    async run(world) {
      const log = await world.client();
      await withOut(log);
      const a = await member(log, group('a'));
      await eventually(() => a.last().length === 4, 'a has all tasks');
      const owners = await Promise.all(a.last().map(p => log.open(task(p))));
      const b = await member(await world.client(), group('b'));
      await eventually(() => a.last().length === 2 && b.last().length === 2, 'two tasks each');
      expect([...a.last(), ...b.last()].sort()).toEqual([0, 1, 2, 3]);
      for (const p of a.last()) await owners[p].commit(commitOf(p, [OUT]));
      expect(await numbersOnce(log, OUT, 2)).toEqual(a.last());
      const before = [a.last(), b.last()];
      const c = await member(await world.client(), group('c'));
      await eventually(() => c.last().length === 1 && a.last().length + b.last().length === 3, 'the third has one');
      expect(before[0]).toEqual(expect.arrayContaining(a.last()));
      expect(before[1]).toEqual(expect.arrayContaining(b.last()));
      await b.membership.leave();
      await eventually(() => a.last().length + c.last().length === 4, 'a and c have all');
      expect(a.seen.map(assignment => assignment.generation)).toEqual(
        a.seen.map(assignment => assignment.generation).toSorted((x, y) => x - y),
      );
    },
  },
  {
    id: 7,
    title: "a dead member's tasks move",
    needs: ['kill'],
    async run(world) {
      const a = await member(await world.client(), group('a'));
      const dying = await world.client();
      const b = await member(dying, group('b'));
      await eventually(() => a.last().length === 2 && b.last().length === 2, 'two tasks each');
      await world.kill?.(dying);
      await eventually(() => a.last().length === 4, 'the living member has all');
    },
  },
  {
    id: 8,
    title: 'a member with another plan is refused while the old one is there',
    async run(world) {
      const log = await world.client();
      const a = await member(log, group('a'));
      expect(await codeOf(log.join(group('b', 4, 'other plan'), () => {}))).toBe('plan');
      await a.membership.leave();
      const b = await member(log, group('b', 4, 'other plan'));
      await eventually(() => b.last().length === 4, 'the new plan has the tasks');
    },
  },
  {
    id: 9,
    title: 'an upgrade: whichever way it falls, no task of the old plan goes on beside the new',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([
        { name: 'out', partitions: 1 },
        { name: 'meta', partitions: 1, internal: true },
      ]);
      for (let round = 0; round < 12; round++) {
        const old = await world.client();
        const manifestNow = async (at: Log): Promise<number> => {
          const manifests = await readAll(at, part('meta'));
          return manifests.length === 0 ? 0 : numberOf(manifests[manifests.length - 1].body);
        };
        const before = await manifestNow(log);
        // A member of the old plan: fence, then look whether the plan is still its own.
        const runOld = async (): Promise<TaskLog | null> => {
          const owner = await old.open(task(0, `chain ${round}`));
          return (await manifestNow(old)) === before ? owner : null;
        };
        const upgrade = async (): Promise<void> => {
          await log.append(part('meta'), [frame(before + 1)]);
          await log.open(task(0, `chain ${round}`));
        };
        const running = runOld().catch(() => null);
        for (let turn = 0; turn < round; turn++) await Promise.resolve();
        await upgrade();
        const owner = await running;
        if (owner !== null) expect(await codeOf(owner.commit(commitOf(-1, [OUT])))).toBe('fenced');
      }
      expect(await numbers(log, OUT)).toEqual([]);
    },
  },
  {
    id: 10,
    title: 'another number of partitions is refused, the same is fine',
    async run(world) {
      const log = await world.client();
      await log.ensureTopics([{ name: 'keyed', partitions: 4, internal: true, meta: { of: 'flow' } }]);
      await log.ensureTopics([{ name: 'keyed', partitions: 4 }]);
      expect(
        await codeOf(
          log.ensureTopics([
            { name: 'new', partitions: 1 },
            { name: 'keyed', partitions: 7 },
          ]),
        ),
      ).toBe('partitions');
      expect((await log.describe('keyed')).ends.length).toBe(4);
      expect((await log.describe('keyed')).meta).toEqual({ of: 'flow' });
      expect(await codeOf(log.describe('nothing'))).toBe('no-topic');
      expect(await codeOf(log.read({ ...part('keyed', 4), offset: 0n }, { bytes: 1, waitMs: 0 }))).toBe('no-topic');
    },
  },
];
