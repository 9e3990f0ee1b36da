import { assert } from '../base/assert.ts';
import type { Disk } from '../base/disk.ts';
import type { Rng } from '../base/rng.ts';
import type { Log, LogReader } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { openEmbeddedLog } from '../log/embedded/embedded-log.ts';
import { openLogView } from '../log/embedded/log-view.ts';
import type { Fault } from './fault.ts';
import { SimulatedProcess } from './process.ts';
import { ProcessDisk } from './process-disk.ts';
import { type Crash, SimulatedDisk } from './simulated-disk.ts';
import { meant, type Sabotage, type SimulatedWorld, type Supervisor } from './simulated-world.ts';

/** Small files, so that they are sealed and given back within a run. */
const SEGMENT_BYTES = 16_000;

/** One process at a time, over the embedded log on a disk that can lose its power. */
export class LocalWorld implements SimulatedWorld {
  readonly #supervisor: Supervisor;
  readonly #sabotage: Sabotage;
  readonly #rng: Rng;
  readonly #slowness: number;
  #disk: SimulatedDisk;
  #holder: { readonly process: SimulatedProcess; readonly disk: ProcessDisk } | null = null;
  readonly #views: LogReader[] = [];

  constructor(supervisor: Supervisor, rng: Rng, sabotage: Sabotage, slowness: number) {
    this.#supervisor = supervisor;
    this.#sabotage = sabotage;
    this.#rng = rng;
    this.#slowness = slowness;
    this.#disk = new SimulatedDisk(rng);
    this.#disk.ignoreSync = sabotage.noSync === true;
  }

  async connect(process: SimulatedProcess): Promise<Log> {
    if (this.#holder !== null) throw new LogError('locked', `The log is in use by ${this.#holder.process.name}.`);
    const { client = log => log } = this.#sabotage;
    const disk = new ProcessDisk(this.#supervisor.world, process, this.#disk, this.#rng);
    disk.slowness = this.#slowness;
    this.#holder = { process, disk };
    return client(await openEmbeddedLog(openingOf(disk, process)));
  }
  disk(process: SimulatedProcess): Disk {
    assert(this.#holder?.process === process, 'who has no log has no tasks');
    return this.#holder.disk;
  }

  strike(fault: Fault): string | null {
    if (fault.kind === 'sync') {
      this.#disk.failNextSync = true;
      return '';
    }
    if (fault.kind === 'power') {
      const process = this.#holder?.process ?? null;
      if (process === null) this.#crash(fault.tear ? 'tear' : 'lose');
      else this.#kill(process, fault.tear ? 'tear' : 'lose', fault.back);
      return '';
    }
    const process = 'who' in fault ? meant(this.#supervisor, fault.who) : null;
    if (process === null) return null;
    switch (fault.kind) {
      case 'kill':
        this.#kill(process, 'keep', fault.back);
        return process.name;
      case 'leave':
        this.#supervisor.stop(process);
        this.#supervisor.start(fault.back);
        return process.name;
      case 'rescale':
        this.#supervisor.rescale(process, fault.partitions);
        return process.name;
      case 'clock':
        process.skew += fault.by;
        return process.name;
      default:
        return null;
    }
  }

  #kill(process: SimulatedProcess, crash: Crash, back: number): void {
    this.#supervisor.kill(process);
    this.#holder?.disk.killed(true);
    this.#holder = null;
    this.#crash(crash);
    this.#supervisor.start(back);
  }
  #crash(crash: Crash): void {
    this.#disk = this.#disk.restart(crash);
    this.#disk.ignoreSync = this.#sabotage.noSync === true;
  }

  /** It has closed its log, or failed and is gone with all it had open. */
  over(process: SimulatedProcess): void {
    if (this.#holder?.process !== process) return;
    this.#holder.disk.killed(false);
    this.#holder = null;
    this.#crash('keep');
  }

  async look(): Promise<LogReader> {
    const view = openLogView({ dir: 'log', disk: this.#disk, clock: this.#bystander().clock });
    this.#views.push(view);
    return view;
  }
  /** After one more loss of power: what was acknowledged is there. */
  async settle(): Promise<{ readonly log: LogReader; readonly disk: Disk }> {
    for (const view of this.#views) await view.close();
    this.#crash('lose');
    return { log: await openEmbeddedLog(openingOf(this.#disk, this.#bystander())), disk: this.#disk };
  }
  #bystander(): SimulatedProcess {
    return new SimulatedProcess(this.#supervisor.world, 'bystander', this.#rng);
  }
}

function openingOf(disk: ProcessDisk | SimulatedDisk, process: SimulatedProcess) {
  const noLock = async () => ({ release: () => {} });
  return { dir: 'log', disk, clock: process.clock, lock: noLock, segmentBytes: SEGMENT_BYTES, command: 'simulated' };
}
