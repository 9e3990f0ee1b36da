import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import { type Log, LogError } from '../../contract/log.ts';
import { appendFrame } from './manifest-log.ts';

/** How often running processes look for what they are asked. */
export const LOOK_MS: Millis = 500;
/** One that is leaving says so again and again, so that whoever waits for it can tell it from one that has died. */
const SAY_MS: Millis = 2_000;

/** What a process says to those that have asked it to leave. */
export class LeaveAnswers {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #flow: string;
  /** This process, for people. */
  readonly #process: string;
  readonly #asked = new Set<string>();
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(of: { readonly log: Log; readonly clock: Clock; readonly flow: string; readonly process: string }) {
    this.#log = of.log;
    this.#clock = of.clock;
    this.#flow = of.flow;
    this.#process = of.process;
  }

  get wasAsked(): boolean {
    return this.#asked.size > 0;
  }
  /** `id`: of the request. */
  take(id: string): void {
    this.#asked.add(id);
  }

  /** To be called at each look: where nobody has asked, or it was said just now, nothing is said. */
  async leaving(): Promise<void> {
    if (this.wasAsked && this.#clock.elapsed() - this.#saidAt >= SAY_MS) await this.#say({ is: 'leaving' });
  }
  left(how: string): Promise<void> {
    return this.#say({ is: 'left', how });
  }
  async #say(what: { readonly is: 'leaving' } | { readonly is: 'left'; readonly how: string }): Promise<void> {
    for (const answer of this.#asked) {
      await appendFrame(this.#log, this.#flow, { answer, process: this.#process, ...what });
    }
    this.#saidAt = this.#clock.elapsed();
  }
}

/** A log that cannot be reached for a moment: the next look tells the same. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof LogError && ['unknown', 'unmade', 'dead'].includes(error.code);
}
