import { OperationalError } from '../base/operational-error.ts';
import type { Millis } from '../base/units.ts';
import type { JobContext } from './job-context.ts';

/** Tries after the first, with nothing gained between them. */
const MAX_RESTARTS = 5;
/** Where a worker ran out of memory, which is seldom an accident. */
const MAX_MEMORY_RESTARTS = 2;
const FIRST_WAIT_MS: Millis = 100;

type Surroundings = Pick<JobContext, 'clock' | 'signal' | 'tell'>;

/** How often work is tried again that an error has ended, and how long it waits: twice as long each time. */
export class Restarts {
  readonly #surroundings: Surroundings;
  readonly #task: string;
  #attempts = 0;

  constructor(surroundings: Surroundings, task: string) {
    this.#surroundings = surroundings;
    this.#task = task;
  }

  /** Something has been committed since: the count begins anew. */
  gained(): void {
    this.#attempts = 0;
  }
  /** Resolves when it is time to try again. Throws the error where that mends nothing, has not mended it, or the run ends. */
  async after(error: unknown): Promise<void> {
    const { clock, signal, tell } = this.#surroundings;
    const isRetriable = error instanceof OperationalError && error.retriable;
    if (!isRetriable || signal.aborted) throw error;
    this.#attempts += 1;
    if (this.#attempts > (error.code === 'R512' ? MAX_MEMORY_RESTARTS : MAX_RESTARTS)) throw error;
    tell({ event: 'restart', task: this.#task, attempt: this.#attempts, reason: error.code });
    await clock.sleep(FIRST_WAIT_MS * 2 ** (this.#attempts - 1), signal);
  }
}

/** Runs `work` again while it fails with an error that trying again may mend. The work starts from what was committed. */
export async function withRestarts<T>(surroundings: Surroundings, task: string, work: () => Promise<T>): Promise<T> {
  const restarts = new Restarts(surroundings, task);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await restarts.after(error);
    }
  }
}
