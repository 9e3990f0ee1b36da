import type { Log } from '../../../src/engine/contract/log.ts';
import type { CommitFate, LogFaults } from '../../../src/engine/log/log-faults.ts';
import { noFaults } from '../../../src/engine/log/log-faults.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import type { LogDriver } from './driver.ts';
import { codeOf } from './helpers.ts';
import { realClock } from './real-clock.ts';

/** The log in memory; `faults` besides those that a case asks for. */
export function memoryDriver(name: string, faults: () => LogFaults = () => noFaults): LogDriver {
  return {
    name,
    async create() {
      const usual = faults();
      let fate: CommitFate | null = null;
      const log = createMemoryLog({
        clock: realClock,
        faults: {
          ...usual,
          commit: (task, seq) => {
            const now = fate ?? usual.commit(task, seq);
            fate = null;
            return now;
          },
        },
      });
      return {
        client: async () => log.session(),
        kill: (client: Log) => client.close(),
        loseAnswer: (owner, commit, how) => {
          fate = how === 'applied' ? 'lost-applied' : 'lost-dropped';
          return codeOf(owner.commit(commit));
        },
        hang: async (owner, commit) => {
          fate = 'hang';
          const committed = owner.commit(commit);
          await new Promise(resolve => setImmediate(resolve));
          committed.catch(() => {});
          return { ended: committed };
        },
        wake: async () => log.wake(),
        destroy: async () => {
          log.wake();
          await log.close();
        },
      };
    },
  };
}
