import type { Disk, DiskFile } from '../base/disk.ts';
import type { Rng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

const LATENCY: Millis = 0.8;
/** One call in this many takes as long as the time after it. */
const SLOW_SHARE = 20;
const SLOW_LATENCY: Millis = 12;

interface Call {
  readonly isWrite: boolean;
  run(): void;
}

/** A disk as one process sees it: what changes it takes time, and what was under way when the process is killed is done, in part, or not. */
export class ProcessDisk implements Disk {
  readonly #world: World;
  readonly #process: SimulatedProcess;
  readonly #disk: SimulatedDisk;
  readonly #rng: Rng;
  readonly #underWay = new Set<Call>();
  slowness = 1;

  constructor(world: World, process: SimulatedProcess, disk: SimulatedDisk, rng: Rng) {
    this.#world = world;
    this.#process = process;
    this.#disk = disk;
    this.#rng = rng;
  }

  makeDir(): Promise<void> {
    return this.#at(() => this.#disk.makeDir());
  }
  list(path: string): Promise<readonly string[]> {
    return this.#at(() => this.#disk.list(path));
  }
  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    const open = () => this.#disk.open(path, mode);
    const file = await (mode === 'create' ? this.#later(open) : this.#at(open));
    return {
      size: () => this.#at(() => file.size()),
      read: (into, position) => this.#at(() => file.read(into, position)),
      write: (buffers, position) => this.#later(() => file.write(buffers, position), true),
      sync: () => this.#later(() => file.sync()),
      close: () => this.#at(() => file.close()),
    };
  }
  rename(from: string, to: string): Promise<void> {
    return this.#later(() => this.#disk.rename(from, to));
  }
  remove(path: string): Promise<void> {
    return this.#later(() => this.#disk.remove(path));
  }
  syncDir(path: string): Promise<void> {
    return this.#later(() => this.#disk.syncDir(path));
  }

  /** The process is dead. `canTear`: a write may have been done in part; then the disk answers no more. */
  killed(canTear: boolean): void {
    for (const call of this.#underWay) {
      const fate = this.#rng.below(3);
      if (fate === 0) break;
      if (fate === 1 && canTear && call.isWrite) this.#disk.crashAtStep = this.#disk.steps + 1;
      call.run();
      if (this.#disk.crashed) break;
    }
    this.#underWay.clear();
  }

  #at<T>(work: () => Promise<T>): Promise<T> {
    return this.#process.isDead ? new Promise(() => {}) : work();
  }
  #later<T>(work: () => Promise<T>, isWrite = false): Promise<T> {
    if (this.#process.isDead) return new Promise(() => {});
    const most = this.#rng.below(SLOW_SHARE) === 0 ? SLOW_LATENCY : LATENCY;
    return new Promise((resolve, reject) => {
      const call: Call = {
        isWrite,
        run: () => {
          work().then(
            value => this.#process.hear(() => resolve(value)),
            error => this.#process.hear(() => reject(error)),
          );
        },
      };
      this.#underWay.add(call);
      this.#world.after(this.#rng.next() * most * this.slowness, () => {
        if (this.#underWay.delete(call)) call.run();
      });
    });
  }
}
