import type { TaskId } from './log.ts';
import { taskName } from './task-name.ts';

/**
 * Spreads whole tasks over members, in the order they joined: at most one task apart, every task kept where it is unless
 * its member has too many. Deterministic.
 */
export function assignTasks(
  tasks: readonly TaskId[],
  members: readonly string[],
  before: ReadonlyMap<string, readonly TaskId[]>,
): Map<string, TaskId[]> {
  const now = new Map<string, TaskId[]>(members.map(member => [member, []]));
  if (members.length === 0) return now;
  const fewest = Math.floor(tasks.length / members.length);
  /** Members that may hold one more than the fewest. */
  let extras = tasks.length % members.length;
  const known = new Set(tasks.map(taskName));
  const placed = new Set<string>();
  // Who holds most keeps the extras, so that nothing moves between two members that both could.
  const byHeld = [...members].sort((a, b) => (before.get(b)?.length ?? 0) - (before.get(a)?.length ?? 0));
  for (const member of byHeld) {
    const held = (before.get(member) ?? []).filter(task => known.has(taskName(task)) && !placed.has(taskName(task)));
    const most = held.length > fewest && extras > 0 ? fewest + 1 : fewest;
    if (held.length > fewest && extras > 0) extras--;
    for (const task of held.slice(0, most)) {
      now.get(member)!.push(task);
      placed.add(taskName(task));
    }
  }
  const free = tasks.filter(task => !placed.has(taskName(task)));
  for (const task of free) {
    let least = members[0];
    for (const member of members) if (now.get(member)!.length < now.get(least)!.length) least = member;
    now.get(least)!.push(task);
  }
  return now;
}
