import { OperationalError } from '../base/operational-error.ts';
import type { Millis } from '../base/units.ts';
import type { JobContext } from './job-context.ts';

const MAX_RESTARTS = 4;
const FIRST_WAIT_MS: Millis = 100;

/**
 * Runs `work` again while it fails with an error that trying again may mend (a lost worker, a lost answer), waiting longer
 * each time. The work starts from what was committed; nothing else is kept.
 */
export async function withRestarts<T>(
  context: Pick<JobContext, 'clock' | 'signal' | 'tell'>,
  task: string,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isRetriable = error instanceof OperationalError && error.retriable;
      if (!isRetriable || context.signal.aborted || attempt > MAX_RESTARTS) throw error;
      context.tell({ event: 'restart', task, attempt, reason: error.code });
      await context.clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1), context.signal);
    }
  }
}
