import type { Clock } from '../base/clock.ts';
import type { Log } from '../contract/log.ts';
import type { LogFaults } from './log-faults.ts';
import { noFaults } from './log-faults.ts';
import { MemoryCore } from './memory-core.ts';
import { MemorySession } from './memory-session.ts';

export interface MemoryLogOptions {
  readonly clock: Clock;
  readonly faults?: LogFaults;
}
/** A log in memory, with the odd but allowed behaviour of a distributed one where its faults say so. */
export interface MemoryLog extends Log {
  session(): Log;
  /** Lets commits that hang (fate `hang`) go on: those whose task was opened again are fenced, the others are applied. */
  wake(): void;
  /** Changes the faults from here on. */
  setFaults(faults: LogFaults): void;
}

export function createMemoryLog(options: MemoryLogOptions): MemoryLog {
  const core = new MemoryCore(options.clock, options.faults ?? noFaults);
  return Object.assign(new MemorySession(core), {
    session: () => new MemorySession(core),
    wake: () => core.wake(),
    setFaults: (faults: LogFaults) => core.setFaults(faults),
  });
}
