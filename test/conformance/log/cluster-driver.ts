import { seededRng } from '../../../src/engine/base/rng.ts';
import type { Log } from '../../../src/engine/contract/log.ts';
import { Cluster } from '../../../src/engine/simulation/cluster.ts';
import type { Fault } from '../../../src/engine/simulation/fault.ts';
import { SimulatedProcess } from '../../../src/engine/simulation/process.ts';
import { World } from '../../../src/engine/simulation/world.ts';
import type { LogDriver } from './driver.ts';
import { codeOf } from './helpers.ts';

const turn = () => new Promise<void>(resolve => setImmediate(resolve));
/** Longer than any test. */
const EVER = 1e9;

/**
 * The log of a simulated cluster, behind its network: what is asked takes its time, in an order that the seed says. It cannot be
 * restarted, for it never ends; `faults` are in force from the beginning.
 */
export function clusterDriver(name: string, seed: number, faults: readonly Fault[] = []): LogDriver {
  return {
    name,
    async create() {
      const world = new World(false);
      const supervisor = {
        world,
        alive: [],
        kill: () => {},
        rescale: () => undefined,
        stop: () => {},
        start: () => {},
      };
      const cluster = new Cluster(supervisor, seededRng(seed), {}, 1);
      for (const fault of faults) cluster.strike(fault);
      const clients = new Map<Log, SimulatedProcess>();
      let [isOver, isIdle] = [false, false];
      const pump = async (): Promise<void> => {
        while (!isOver) {
          isIdle = !(await world.run(() => isOver, { until: () => EVER / 2, steps: Number.POSITIVE_INFINITY }));
          await turn();
        }
      };
      const pumping = pump();
      /** All that is under way has arrived. */
      const settled = async (): Promise<void> => {
        isIdle = false;
        while (!isIdle && !isOver) await turn();
      };
      return {
        async client() {
          const process = new SimulatedProcess(world, `client ${clients.size}`, seededRng(clients.size));
          const log = await cluster.connect(process);
          clients.set(log, process);
          return log;
        },
        async kill(client) {
          const process = clients.get(client);
          process?.kill();
          if (process !== undefined) cluster.over(process);
        },
        async loseAnswer(owner, commit, how) {
          cluster.network.arm({ kind: 'lose', at: 0, what: how === 'applied' ? 'answer' : 'request' });
          return codeOf(owner.commit(commit));
        },
        async hang(owner, commit) {
          cluster.strike({ kind: 'hang', at: 0, for: EVER });
          // Nobody loses patience with it.
          const { timeout } = cluster.network;
          cluster.network.timeout = EVER;
          const ended = owner.commit(commit);
          ended.catch(() => {});
          await turn();
          cluster.network.timeout = timeout;
          await settled();
          return { ended };
        },
        wake: async () => cluster.wake(),
        async destroy() {
          isOver = true;
          await pumping;
        },
      };
    },
  };
}
