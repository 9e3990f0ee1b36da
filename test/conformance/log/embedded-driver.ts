import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../src/engine/base/clock.ts';
import type { Disk } from '../../../src/engine/base/disk.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import type { Log } from '../../../src/engine/contract/log.ts';
import type { EmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { openLogView } from '../../../src/engine/log/embedded/log-view.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import type { DiskDriver, LogDriver } from './driver.ts';
import { codeOf } from './helpers.ts';
import { realClock } from './real-clock.ts';

/** Pauses between attempts are over at once. */
const hastyClock: Clock = { ...realClock, sleep: () => new Promise(setImmediate) };

/** No two processes share a simulated disk. */
const noLock = async () => ({ release: () => {} });

function openOn(disk: Disk, limits: { maxBytes?: number; segmentBytes?: number } = {}): Promise<EmbeddedLog> {
  return openEmbeddedLog({ dir: 'log', disk, clock: realClock, lock: noLock, ...limits });
}

export function embeddedDisk(wrap: (disk: Disk) => Disk = disk => disk): DiskDriver {
  return {
    open: (disk, limits) => openOn(wrap(disk), limits),
    openFolder: dir => openEmbeddedLog({ dir, clock: realClock }),
    holderModule: fileURLToPath(new URL('./hold-log.ts', import.meta.url)),
    view: disk => openLogView({ dir: 'log', disk, clock: hastyClock }),
    viewFolder: dir => openLogView({ dir, clock: realClock }),
    writerModule: fileURLToPath(new URL('./write-log.ts', import.meta.url)),
  };
}

/** The embedded log in this process, on a disk that can be crashed. Clients are sessions. */
export const embeddedDriver: LogDriver = embeddedIn(20_000);

/** With segments of a size: what is said of all tasks at the beginning of each has to be small beside it. */
export function embeddedIn(segmentBytes: number): LogDriver {
  return {
    name: 'embedded',
    disk: embeddedDisk(),
    async create() {
      let disk = new SimulatedDisk(seededRng(3));
      const limits = { segmentBytes };
      let log = await openOn(disk, limits);
      const restart = async (crash: 'lose' | 'keep'): Promise<void> => {
        disk = disk.restart(crash);
        await log.close().catch(() => {});
        log = await openOn(disk, limits);
      };
      return {
        client: async () => log.session(),
        kill: (client: Log) => client.close(),
        restart: () => restart('lose'),
        async loseAnswer(owner, commit, how) {
          // The next step is the group's write, the one after its sync: killed there, the bytes are written, the answer is not.
          disk.crashAtStep = disk.steps + 2;
          await codeOf(owner.commit(commit));
          await restart(how === 'applied' ? 'keep' : 'lose');
        },
        destroy: () => log.close(),
      };
    },
  };
}
