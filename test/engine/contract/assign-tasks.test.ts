import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignTasks } from '../../../src/engine/contract/assign-tasks.ts';
import type { TaskId } from '../../../src/engine/contract/log.ts';

const tasks = (count: number): TaskId[] =>
  Array.from({ length: count }, (_, partition) => ({ flow: 'f', chain: 'c', partition }));
const MEMBERS = ['a', 'b', 'c', 'd', 'e'];

test('every task has one member, members differ by one at most, and only what must move does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.array(fc.subarray(MEMBERS, { minLength: 1 }), { minLength: 1, maxLength: 8 }),
      (count, generations) => {
        let before = new Map<string, readonly TaskId[]>();
        for (const members of generations) {
          const now = assignTasks(tasks(count), members, before);
          const held = [...now.values()].flat().map(task => task.partition);
          expect(held.toSorted((x, y) => x - y)).toEqual(tasks(count).map(task => task.partition));
          const sizes = [...now.values()].map(list => list.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          // The fewest moves any even spread can do with: each member keeps as much as its share allows.
          const least = Math.floor(count / members.length);
          const extras = count % members.length;
          const had = members.map(member => (before.get(member) ?? []).length);
          const over = had.filter(n => n > least).length;
          const keepable = had.reduce((sum, n) => sum + Math.min(n, least), 0) + Math.min(over, extras);
          const kept = members.reduce((sum, member) => {
            const was = new Set((before.get(member) ?? []).map(task => task.partition));
            return sum + now.get(member)!.filter(task => was.has(task.partition)).length;
          }, 0);
          expect(kept).toBe(keepable);
          before = now;
        }
      },
    ),
  );
});
