import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../contract/log.ts';
import { isOutOfReach, LeaveAnswers, LOOK_MS } from './leave-answers.ts';
import { ensureManifests, type LeaveRequest, readManifests } from './manifest-log.ts';

export interface Early {
  readonly log: Log;
  readonly clock: Clock;
  readonly flow: string;
  /** This process, for people. */
  readonly process: string;
  /** Requests come beside the log, by `takeRequest`. */
  readonly alone: boolean;
  takeRequest(): Promise<LeaveRequest | null>;
  /** Ends the run. */
  stop(): void;
}

/**
 * Hears what a flow's processes are asked until this one comes to the stream, as while it makes what the stream needs, or waits for another process. It has
 * nothing of the stream then, so whatever it is asked, it leaves.
 */
export class EarlyRequests {
  readonly #early: Early;
  readonly #answers: LeaveAnswers;
  readonly #over = new AbortController();
  #look: () => Promise<void> = async () => undefined;
  #watching: Promise<void> = Promise.resolve();

  private constructor(early: Early) {
    this.#early = early;
    this.#answers = new LeaveAnswers(early);
  }
  static async watch(early: Early): Promise<EarlyRequests> {
    const requests = new EarlyRequests(early);
    await requests.#begin();
    return requests;
  }
  async #begin(): Promise<void> {
    const { log, flow, alone } = this.#early;
    if (alone) this.#look = async () => this.#hear(await this.#early.takeRequest());
    else {
      let state = await ensureManifests(log, flow);
      this.#look = async () => {
        const heard: LeaveRequest[] = [];
        state = await readManifests(log, flow, state, frame => {
          if ('request' in frame) heard.push(frame);
        });
        for (const request of heard) this.#hear(request);
      };
    }
    this.#watching = this.#watch();
  }

  get wasAsked(): boolean {
    return this.#answers.wasAsked;
  }

  /** From here on the stream hears for itself, from where the log was before this was called: nothing is missed in between. */
  async handOver(): Promise<void> {
    this.#over.abort();
    await this.#watching;
    await this.#look();
  }
  /** Tells whoever asked. */
  async leave(how: string): Promise<void> {
    this.#over.abort();
    await this.#watching;
    if (!this.#early.alone) await this.#answers.left(how);
  }

  #hear(request: LeaveRequest | null): void {
    if (request === null) return;
    this.#answers.take(request.id);
    this.#early.stop();
  }
  async #watch(): Promise<void> {
    const { clock, alone } = this.#early;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        await this.#look();
        if (!alone) await this.#answers.leaving();
      } catch (error) {
        // The log may be out of reach for a moment; whatever else is wrong with it the stream will say.
        if (!isOutOfReach(error)) return;
      }
      await clock.sleep(LOOK_MS, signal);
    }
  }
}
