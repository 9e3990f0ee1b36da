import type { Clock } from '../base/clock.ts';
import type { Rng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import { BEGINNING, type World } from './world.ts';

/** Between two looks at the clock at most this much work is done. */
const WORK: Millis = 3;

/**
 * A process of the simulated world, as the world sees it: whether it hears. A killed one never hears of anything again; a paused
 * one hears everything once it wakes.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #world: World;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #held: (() => void)[] = [];
  /** How far its calendar is off. */
  skew: Millis = 0;
  /** Told when it is killed, with nothing of its own able to run any more. */
  onKilled: () => void = () => {};

  constructor(world: World, name: string, rng: Rng) {
    this.#world = world;
    this.name = name;
    let elapsed = 0;
    this.clock = {
      now: () => Math.floor(BEGINNING + world.now + this.skew),
      // Work takes time, though none passes in the world between two events.
      elapsed: () => (elapsed = Math.max(elapsed + rng.next() * WORK, world.now)),
      sleep: (duration, signal) => this.#sleep(duration, signal),
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }
  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  /** Lets the process hear of something: now, when it wakes, or never. */
  hear(what: () => void): void {
    if (this.#state === 'running') what();
    else if (this.#state === 'paused') this.#held.push(what);
  }

  kill(): void {
    if (this.isDead) return;
    this.#state = 'dead';
    this.#held = [];
    this.onKilled();
  }
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }
  /** What it has missed comes at once, one after another. */
  wake(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const what of this.#held.splice(0)) this.#world.after(0, () => this.hear(what));
  }

  #sleep(duration: Millis, signal?: AbortSignal): Promise<void> {
    if (this.isDead) return new Promise(() => {});
    return this.#world.sleep(duration, signal, told => this.hear(told));
  }
}
