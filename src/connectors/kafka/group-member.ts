import { type Connection, heartbeatV4, joinGroupV9, leaveGroupV5, syncGroupV5 } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { assignTasks } from '../../engine/contract/assign-tasks.ts';
import { type Assignment, type GroupSpec, LogError, type Membership, type TaskId } from '../../engine/contract/log.ts';
import { taskName } from '../../engine/contract/task-name.ts';
import type { Brokers } from './brokers.ts';
import { answerOf, hasCode, isPassing, KafkaCode } from './protocol-errors.ts';

const PROTOCOL_TYPE = 'weir';
/** Members have this long to come back when the group is made anew. */
const REBALANCE_TIMEOUT: Millis = 10_000;
const AGAIN_WAIT: Millis = 50;

/** What a member says of itself when it joins. */
export interface Joining {
  readonly member: string;
  /** Names of the tasks it has. */
  readonly held: readonly string[];
}

/**
 * Joins a Kafka group, whose first member places whole tasks. Members of another plan are refused by Kafka itself, since the plan is the name of the
 * protocol they would have to share. `onAssign` is told of no tasks when the group no longer counts this member in.
 */
export async function joinGroup(
  brokers: Brokers,
  clock: Clock,
  groupId: string,
  spec: GroupSpec,
  onAssign: (assignment: Assignment) => void,
): Promise<Membership> {
  const member = new GroupMember(brokers, clock, groupId, spec, onAssign);
  await member.join();
  member.stay();
  return member;
}

class GroupMember implements Membership {
  memberId = '';
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #groupId: string;
  readonly #spec: GroupSpec;
  readonly #onAssign: (assignment: Assignment) => void;
  readonly #left = new AbortController();
  #generation = -1;
  #tasks: readonly TaskId[] = [];
  #staying: Promise<void> = Promise.resolve();
  readonly #lost = Promise.withResolvers<LogError>();

  constructor(
    brokers: Brokers,
    clock: Clock,
    groupId: string,
    spec: GroupSpec,
    onAssign: (assignment: Assignment) => void,
  ) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.#groupId = groupId;
    this.#spec = spec;
    this.#onAssign = onAssign;
  }

  get lost(): Promise<LogError> {
    return this.#lost.promise;
  }
  get #protocol(): string {
    return `weir-${this.#spec.planHash}`;
  }

  /** Until the group has placed tasks here. Throws LogError `plan`. */
  async join(): Promise<void> {
    for (;;) {
      try {
        const members = await this.#joinOnce();
        const tasks = await this.#sync(members);
        if (this.#left.signal.aborted) return;
        this.#tasks = tasks;
        this.#onAssign({ generation: this.#generation, tasks });
        return;
      } catch (error) {
        if (this.#left.signal.aborted) return;
        if (hasCode(error, KafkaCode.inconsistentGroupProtocol)) throw this.#otherPlan();
        if (!this.#isToJoinAnew(error)) throw error;
        await this.#clock.sleep(AGAIN_WAIT);
      }
    }
  }

  /** Members where this one places the tasks, else none. */
  async #joinOnce(): Promise<readonly { readonly memberId: string; readonly metadata: Buffer }[]> {
    const { sessionTimeoutMs, member } = this.#spec;
    const joining: Joining = { member, held: this.#tasks.map(taskName) };
    const protocols = [{ name: this.#protocol, metadata: Buffer.from(JSON.stringify(joining)) }];
    try {
      const joined = await this.#ask(connection =>
        joinGroupV9.api.async(
          connection,
          this.#groupId,
          sessionTimeoutMs,
          REBALANCE_TIMEOUT,
          this.memberId,
          null,
          PROTOCOL_TYPE,
          protocols,
        ),
      );
      this.memberId = joined.memberId;
      this.#generation = joined.generationId;
      return joined.leader === joined.memberId ? joined.members : [];
    } catch (error) {
      // The broker gives a newcomer its id first.
      const { response } = answerOf(error) as { readonly response?: { readonly memberId?: string } };
      if (hasCode(error, KafkaCode.memberIdRequired) && response?.memberId !== undefined) {
        this.memberId = response.memberId;
        return this.#joinOnce();
      }
      if (hasCode(error, KafkaCode.unknownMemberId)) this.memberId = '';
      throw error;
    }
  }

  async #sync(
    members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
  ): Promise<readonly TaskId[]> {
    const byName = new Map(this.#spec.tasks.map(task => [taskName(task), task]));
    const held = new Map(
      members.map(({ memberId, metadata }) => {
        const { held: names } = JSON.parse(metadata.toString()) as Joining;
        return [memberId, names.flatMap(name => byName.get(name) ?? [])];
      }),
    );
    const placed = assignTasks(this.#spec.tasks, [...held.keys()].sort(), held);
    const assignments = [...placed].map(([memberId, tasks]) => ({
      memberId,
      assignment: Buffer.from(JSON.stringify(tasks.map(taskName))),
    }));
    const { assignment } = await this.#ask(connection =>
      syncGroupV5.api.async(
        connection,
        this.#groupId,
        this.#generation,
        this.memberId,
        null,
        PROTOCOL_TYPE,
        this.#protocol,
        assignments,
      ),
    );
    const names = assignment.length === 0 ? [] : (JSON.parse(assignment.toString()) as readonly string[]);
    return names.flatMap(name => byName.get(name) ?? []);
  }

  /** Beats until it leaves; joins anew when the group is made anew. */
  stay(): void {
    this.#staying = this.#beat();
  }
  async #beat(): Promise<void> {
    const pause = Math.max(50, Math.floor(this.#spec.sessionTimeoutMs / 5));
    const { signal } = this.#left;
    while (!signal.aborted) {
      await this.#clock.sleep(pause, signal);
      if (signal.aborted) return;
      try {
        // A coordinator that is frozen must not take the time in which its heir wants to hear of this member.
        await this.#ask(
          connection => heartbeatV4.api.async(connection, this.#groupId, this.#generation, this.memberId, null),
          this.#spec.sessionTimeoutMs / 3,
        );
      } catch (error) {
        if (signal.aborted) return;
        const isKept = hasCode(error, KafkaCode.rebalanceInProgress) || isPassing(error);
        if (!isKept) {
          this.#tasks = [];
          this.#onAssign({ generation: this.#generation, tasks: [] });
          if (hasCode(error, KafkaCode.unknownMemberId)) this.memberId = '';
        }
        if (isPassing(error)) continue;
        if (!(await this.#joinedAnew())) return;
      }
    }
  }
  /** False: the group will not have it back. A broker that does not answer yet is asked again at the next beat. */
  async #joinedAnew(): Promise<boolean> {
    try {
      await this.join();
      return true;
    } catch (error) {
      if (!(error instanceof LogError) || error.code === 'dead') return true;
      this.#onAssign({ generation: this.#generation, tasks: [] });
      this.#lost.resolve(error);
      return false;
    }
  }

  async leave(): Promise<void> {
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    if (this.memberId !== '') {
      await this.#ask(connection =>
        leaveGroupV5.api.async(connection, this.#groupId, [
          { memberId: this.memberId, groupInstanceId: null, reason: null },
        ]),
      ).catch(() => {});
    }
    await this.#staying;
  }

  /** `within`: of an answer that has no cause to wait. */
  #ask<T>(work: (connection: Connection) => Promise<T>, within?: Millis): Promise<T> {
    const { sessionTimeoutMs } = this.#spec;
    return this.#brokers.persist(
      `Group ${this.#groupId}`,
      async () => this.#brokers.on(await this.#brokers.coordinator('group', this.#groupId), work, within),
      // Whoever is in the group has to know when it is out; a newcomer can wait for a broker that comes back.
      this.#generation < 0 ? undefined : sessionTimeoutMs,
    );
  }
  #isToJoinAnew(error: unknown): boolean {
    return (
      isPassing(error) ||
      hasCode(error, KafkaCode.rebalanceInProgress) ||
      hasCode(error, KafkaCode.unknownMemberId) ||
      hasCode(error, KafkaCode.illegalGeneration)
    );
  }
  #otherPlan(): LogError {
    return new LogError(
      'plan',
      `Flow ${this.#spec.flow} is running with another plan. Stop it first, or run the same flow text and parameters.`,
    );
  }
}
