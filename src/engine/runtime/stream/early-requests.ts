import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import { type Log, LogError } from '../../contract/log.ts';
import { appendFrame, ensureManifests, type LeaveRequest, readManifests } from './manifest-log.ts';

const LOOK_MS: Millis = 500;
const SAY_MS: Millis = 2_000;

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
  readonly #asked = new Set<string>();
  readonly #over = new AbortController();
  #look: () => Promise<void> = async () => undefined;
  #watching: Promise<void> = Promise.resolve();

  private constructor(early: Early) {
    this.#early = early;
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
    return this.#asked.size > 0;
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
    await this.#say('left', how);
  }

  #hear(request: LeaveRequest | null): void {
    if (request === null) return;
    this.#asked.add(request.id);
    this.#early.stop();
  }
  async #watch(): Promise<void> {
    const { clock } = this.#early;
    const { signal } = this.#over;
    let saidAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        await this.#look();
        if (this.wasAsked && clock.elapsed() - saidAt >= SAY_MS) {
          await this.#say('leaving');
          saidAt = clock.elapsed();
        }
      } catch (error) {
        // The log may be out of reach for a moment; whatever else is wrong with it the stream will say.
        if (!(error instanceof LogError && ['unknown', 'unmade', 'dead'].includes(error.code))) return;
      }
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }
  async #say(is: 'leaving' | 'left', how?: string): Promise<void> {
    const { log, flow, process, alone } = this.#early;
    if (alone) return;
    const answer = { process, is, ...(how === undefined ? {} : { how }) };
    for (const id of this.#asked) await appendFrame(log, flow, { answer: id, ...answer });
  }
}
