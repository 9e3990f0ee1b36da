import type { Millis } from '../base/units.ts';

/** Something that is due at a time; `cancel` before it is. */
export interface Due {
  cancel(): void;
}
interface Event extends Due {
  readonly at: Millis;
  readonly number: number;
  run: (() => void) | null;
}

/** The time at which every simulated world begins: UTC ms since 1970. */
export const BEGINNING: Millis = Date.UTC(2026, 0, 1);
/** No two events share a moment for ever: whoever waits for nothing still lets the others have their turn. */
const LEAST_WAIT: Millis = 0.001;

/**
 * Virtual time. Everything that happens is an event with a time; between two events nothing passes, and all that an event has set
 * going in the engine (continuations of promises) has come to rest before the next one. So what happens is a function of what was
 * scheduled, and of nothing in the machine.
 */
export class World {
  /** Since the beginning. */
  now: Millis = 0;
  steps = 0;
  readonly #heap: Event[] = [];
  #numbers = 0;
  #trace: string[] | null;

  /** `traced`: what happens is written down; it costs time. */
  constructor(traced: boolean) {
    this.#trace = traced ? [] : null;
  }

  after(wait: Millis, run: () => void): Due {
    const event: Event = {
      at: this.now + Math.max(LEAST_WAIT, wait),
      number: this.#numbers++,
      run,
      cancel() {
        event.run = null;
      },
    };
    this.#push(event);
    return event;
  }

  /** Resolves after a time, or at once when it is aborted. `hear` lets whoever sleeps hear of it. */
  sleep(duration: Millis, signal?: AbortSignal, hear: (told: () => void) => void = told => told()): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise(resolve => {
      const done = (): void => {
        due.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const due = this.after(duration, () => hear(done));
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Until `isOver` says so (true), or nothing is left to happen, or the time or the steps are used up (false). */
  async run(isOver: () => boolean, limits: { readonly until: () => Millis; readonly steps: number }): Promise<boolean> {
    for (;;) {
      if (isOver()) return true;
      const event = this.#pop();
      if (event === null) return false;
      if (event.at > limits.until() || this.steps >= limits.steps) {
        this.#push(event);
        return false;
      }
      this.now = event.at;
      this.steps += 1;
      event.run?.();
      await atRest();
    }
  }

  tell(what: string): void {
    this.#trace?.push(traceLine(this.now, what));
  }
  get isTraced(): boolean {
    return this.#trace !== null;
  }
  get trace(): readonly string[] {
    return this.#trace ?? [];
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(event, heap[above])) break;
      heap[at] = heap[above];
      at = above;
    }
    heap[at] = event;
  }
  /** The next event that has not been cancelled. */
  #pop(): Event | null {
    for (;;) {
      const top = this.#take();
      if (top === null || top.run !== null) return top;
    }
  }
  #take(): Event | null {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return null;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) below += 1;
      if (!isBefore(heap[below], last)) break;
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = last;
    return top;
  }
}

export function traceLine(time: Millis, what: string): string {
  return `${time.toFixed(3).padStart(10)} ms  ${what}`;
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

/** All continuations of promises have run when a new turn of the loop begins. */
function atRest(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
