import type { Millis } from '../base/units.ts';
import type { Assignment, GroupSpec, Log, Membership } from '../contract/log.ts';
import { taskLabel } from '../runtime/stream/stream-spec.ts';
import type { Network } from './network.ts';
import type { SimulatedProcess } from './process.ts';
import type { World } from './world.ts';

/**
 * Membership over the network, as a broker keeps it: whoever is not heard of for a session is out, and learns of it with its next
 * beat; then it has no tasks, and joins anew.
 */
export class GroupMembers {
  readonly #world: World;
  readonly #network: Network;
  readonly #members = new Set<Member>();

  constructor(world: World, network: Network) {
    this.#world = world;
    this.#network = network;
  }

  async join(
    process: SimulatedProcess,
    there: Log,
    spec: GroupSpec,
    onAssign: (assignment: Assignment) => void,
  ): Promise<Membership> {
    const member = new Member(this.#world, this.#network, process, there, spec, onAssign);
    this.#members.add(member);
    await member.join();
    return { memberId: process.name, leave: () => member.leave() };
  }

  /** A process is not heard of from now on: for good, or for a while. */
  silent(process: SimulatedProcess): void {
    for (const member of this.#members) if (member.process === process) member.silent();
  }
}

class Member {
  readonly process: SimulatedProcess;
  readonly #world: World;
  readonly #network: Network;
  readonly #there: Log;
  readonly #spec: GroupSpec;
  readonly #onAssign: (assignment: Assignment) => void;
  /** As the group has it; null: it is out. */
  #membership: Membership | null = null;
  #left = false;
  #isWatched = false;
  /** Assignments arrive in the order they were made. */
  #lastTold: Millis = 0;

  constructor(
    world: World,
    network: Network,
    process: SimulatedProcess,
    there: Log,
    spec: GroupSpec,
    onAssign: (assignment: Assignment) => void,
  ) {
    this.#world = world;
    this.#network = network;
    this.process = process;
    this.#there = there;
    this.#spec = spec;
    this.#onAssign = onAssign;
  }

  get #isHeard(): boolean {
    return !this.process.isDead && !this.process.isPaused && !this.#network.isCut(this.process);
  }

  async join(): Promise<void> {
    await this.#network.request(this.process, {
      name: 'join',
      once: false,
      mayDouble: false,
      work: async () => {
        if (this.#left || this.#membership !== null) return;
        this.#membership = await this.#there.join({ ...this.#spec, member: this.process.name }, assignment =>
          this.#tell(assignment),
        );
        // It may have fallen silent while this was under way.
        if (!this.#isHeard) this.silent();
      },
    });
  }

  #tell(assignment: Assignment): void {
    const names = assignment.tasks.map(task => taskLabel(task.chain, task.partition));
    this.#world.tell(`group: ${this.process.name} has ${names.join(', ') || 'no tasks'}`);
    this.#lastTold = Math.max(this.#lastTold, this.#world.now + this.#network.latency());
    this.#world.after(this.#lastTold - this.#world.now, () =>
      this.process.hear(() => {
        if (!this.#left) this.#onAssign(assignment);
      }),
    );
  }

  silent(): void {
    if (this.#isWatched || this.#left) return;
    this.#isWatched = true;
    const { sessionTimeoutMs } = this.#spec;
    const since = this.#world.now;
    const look = (): void => {
      if (this.#left || this.#membership === null || this.#isHeard) {
        this.#isWatched = false;
        return;
      }
      if (this.#world.now - since < sessionTimeoutMs) {
        this.#world.after(sessionTimeoutMs / 10, look);
        return;
      }
      this.#world.tell(`group: ${this.process.name} has not been heard of for ${sessionTimeoutMs} ms and is out`);
      const membership = this.#membership;
      this.#membership = null;
      void membership.leave();
      this.#isWatched = false;
      if (!this.process.isDead) this.#comeBack();
    };
    this.#world.after(sessionTimeoutMs / 10, look);
  }

  /** With its next beat it hears that it is out. */
  #comeBack(): void {
    const beat = (): void => {
      if (this.process.isDead || this.#left) return;
      if (!this.#isHeard) {
        this.#world.after(this.#spec.sessionTimeoutMs / 10, beat);
        return;
      }
      this.#onAssign({ generation: -1, tasks: [] });
      void this.join();
    };
    this.#world.after(this.#spec.sessionTimeoutMs / 5, beat);
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    await this.#network.request(this.process, {
      name: 'leave',
      once: false,
      mayDouble: false,
      work: async () => {
        const membership = this.#membership;
        this.#membership = null;
        await membership?.leave();
      },
    });
  }
}
