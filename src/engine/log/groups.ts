import { assignTasks } from '../contract/assign-tasks.ts';
import type { Assignment, GroupSpec, Membership, TaskId } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';

interface Member {
  readonly id: string;
  readonly name: string;
  readonly planHash: string;
  tasks: readonly TaskId[];
  onAssign(assignment: Assignment): void;
}
interface Group {
  generation: number;
  tasks: readonly TaskId[];
  /** In the order they joined. */
  readonly members: Map<string, Member>;
}

/** The groups of a log that lives in one place, a group per flow. Members are whoever has joined and not left. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  #nextMember = 1;

  /** Throws LogError `plan` while members with another plan are in the group. */
  join(spec: GroupSpec, onAssign: (assignment: Assignment) => void): Membership {
    let group = this.#groups.get(spec.flow);
    if (group === undefined) {
      group = { generation: 0, tasks: spec.tasks, members: new Map() };
      this.#groups.set(spec.flow, group);
    }
    for (const other of group.members.values()) {
      if (other.planHash !== spec.planHash) {
        throw new LogError(
          'plan',
          `Flow ${spec.flow} is running with another plan in ${other.name}. Stop it first, or run the same flow text and parameters.`,
        );
      }
    }
    const memberId = `${spec.member}-${this.#nextMember++}`;
    group.tasks = spec.tasks;
    group.members.set(memberId, {
      id: memberId,
      name: spec.member,
      planHash: spec.planHash,
      tasks: [],
      onAssign,
    });
    this.#rebalance(group);
    const joined = group;
    return {
      memberId,
      leave: async () => {
        if (!joined.members.delete(memberId)) return;
        this.#rebalance(joined);
      },
    };
  }

  #rebalance(group: Group): void {
    const members = [...group.members.values()];
    const tasks = assignTasks(
      group.tasks,
      members.map(m => m.id),
      new Map(members.map(m => [m.id, m.tasks])),
    );
    const generation = ++group.generation;
    const shrinks = (m: Member): boolean => m.tasks.some(task => !tasks.get(m.id)!.includes(task));
    // Those who lose tasks hear it first, so that their last commits are under way when the heirs open.
    const order = [...members.filter(shrinks), ...members.filter(m => !shrinks(m))];
    for (const member of members) member.tasks = tasks.get(member.id)!;
    for (const member of order) {
      const assignment: Assignment = { generation, tasks: member.tasks };
      queueMicrotask(() => {
        if (group.members.get(member.id) === member && group.generation === generation) member.onAssign(assignment);
      });
    }
  }
}
