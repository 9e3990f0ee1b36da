import { systemEnvironment } from '../../src/engine/base/environment.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { RecordWorld } from '../../src/engine/contract/connector.ts';

/** A world in which formats of records say what they wait for to `warnings`. */
export function recordWorld(warnings: string[] = []): RecordWorld {
  return {
    clock: systemClock,
    signal: new AbortController().signal,
    env: systemEnvironment,
    warn: (code, message) => warnings.push(`${code}: ${message}`),
  };
}
