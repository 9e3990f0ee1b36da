import type { JobContext } from './job-context.ts';
import { Slots } from './slots.ts';

type Needed = 'host' | 'executor' | 'registry' | 'clock' | 'partitions' | 'process' | 'signal' | 'ready';

/** Of a run in one thread, of which nobody asks anything and which nobody watches, but for what is given. */
export function inThreadContext(given: Pick<JobContext, Needed> & Partial<JobContext>): JobContext {
  return {
    slots: new Slots(1),
    fresh: false,
    partitionsAsked: false,
    drain: false,
    takeRequest: async () => null,
    untilCaughtUp: true,
    nonce: given.process,
    extensionsHash: null,
    tell: () => undefined,
    note: () => undefined,
    onStop: () => undefined,
    ...given,
  };
}
