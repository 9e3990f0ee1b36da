import type { Disk } from '../base/disk.ts';
import type { Rng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import type { Log, LogReader } from '../contract/log.ts';
import { taskName } from '../contract/task-name.ts';
import type { LogFaults } from '../log/log-faults.ts';
import { createMemoryLog, type MemoryLog } from '../log/memory-log.ts';
import type { Fault } from './fault.ts';
import { GroupMembers } from './group-members.ts';
import { Network } from './network.ts';
import { NetworkLog } from './network-log.ts';
import type { SimulatedProcess } from './process.ts';
import { ProcessDisk } from './process-disk.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { meant, type Sabotage, type SimulatedWorld, type Supervisor } from './simulated-world.ts';
import { BEGINNING, type World } from './world.ts';

const SETTLE: Millis = 1_000;

/** Processes at any number of machines, over one log that never fails but may be slow to answer, hang and leave offsets out. */
export class Cluster implements SimulatedWorld {
  readonly #supervisor: Supervisor;
  readonly #sabotage: Sabotage;
  readonly #rng: Rng;
  readonly #slowness: number;
  readonly #disk: SimulatedDisk;
  readonly #disks = new Map<SimulatedProcess, ProcessDisk>();
  /** Between the processes and the log. */
  readonly network: Network;
  readonly #members: GroupMembers;
  readonly #log: MemoryLog;

  constructor(supervisor: Supervisor, rng: Rng, sabotage: Sabotage, slowness: number) {
    const { world } = supervisor;
    this.#supervisor = supervisor;
    this.#sabotage = sabotage;
    this.#rng = rng;
    this.#slowness = slowness;
    this.#disk = new SimulatedDisk(rng);
    this.network = new Network(world, rng, slowness);
    this.#members = new GroupMembers(world, this.network);
    this.#faults = new ClusterLogFaults(world, rng, () => this.#log.wake());
    this.#log = createMemoryLog({ clock: worldClock(world), faults: this.#faults });
  }
  readonly #faults: ClusterLogFaults;

  async connect(process: SimulatedProcess): Promise<Log> {
    const { server = log => log, client = log => log } = this.#sabotage;
    return client(new NetworkLog(this.network, process, server(this.#log.session()), this.#members));
  }

  /** One that all machines see. */
  disk(process: SimulatedProcess): Disk {
    let disk = this.#disks.get(process);
    if (disk === undefined) {
      disk = new ProcessDisk(this.#supervisor.world, process, this.#disk, this.#rng);
      disk.slowness = this.#slowness;
      this.#disks.set(process, disk);
    }
    return disk;
  }

  strike(fault: Fault): string | null {
    switch (fault.kind) {
      case 'lose':
      case 'delay':
      case 'twice':
        this.network.arm(fault);
        return '';
      case 'join':
        this.#supervisor.start(0);
        return '';
      case 'hang':
      case 'slow':
      case 'gaps':
        this.#faults.strike(fault);
        return '';
      case 'kill':
      case 'pause':
      case 'cut':
      case 'leave':
      case 'rescale':
      case 'clock': {
        const process = meant(this.#supervisor, fault.who);
        if (process === null) return null;
        this.#hit(process, fault);
        return process.name;
      }
      default:
        return null;
    }
  }
  #hit(process: SimulatedProcess, fault: Extract<Fault, { readonly who: number }>): void {
    const { world } = this.#supervisor;
    switch (fault.kind) {
      case 'kill':
        this.network.killed(process, fault.late);
        this.#supervisor.kill(process);
        this.#disks.get(process)?.killed(false);
        this.#members.silent(process);
        this.#supervisor.start(fault.back);
        return;
      case 'pause':
        process.pause();
        this.#members.silent(process);
        world.after(fault.for, () => {
          if (process.isPaused) world.tell(`${process.name} wakes`);
          process.wake();
        });
        return;
      case 'cut':
        this.network.cut(process, fault.for);
        this.#members.silent(process);
        return;
      case 'leave':
        this.#supervisor.stop(process);
        this.#supervisor.start(fault.back);
        return;
      case 'rescale':
        this.#supervisor.rescale(process, fault.partitions);
        return;
      case 'clock':
        process.skew += fault.by;
    }
  }

  /** What hangs goes on. */
  wake(): void {
    this.#log.wake();
  }
  over(process: SimulatedProcess): void {
    this.#members.silent(process);
  }
  async look(): Promise<LogReader> {
    return this.#log;
  }
  async settle(): Promise<{ readonly log: LogReader; readonly disk: Disk }> {
    const { world } = this.#supervisor;
    this.#faults.end();
    this.#log.wake();
    // Rows may become readable a while after their commit.
    const until = world.now + SETTLE;
    await world.run(() => false, { until: () => until, steps: Number.POSITIVE_INFINITY });
    return { log: this.#log, disk: this.#disk };
  }
}

class ClusterLogFaults implements LogFaults {
  readonly #world: World;
  readonly #rng: Rng;
  readonly #wake: () => void;
  readonly #hangs: Millis[] = [];
  #slowUntil: Millis = 0;
  #slowBy: Millis = 0;
  #gapsUntil: Millis = 0;

  constructor(world: World, rng: Rng, wake: () => void) {
    this.#world = world;
    this.#rng = rng;
    this.#wake = wake;
  }

  strike(fault: Extract<Fault, { kind: 'hang' | 'slow' | 'gaps' }>): void {
    const until = this.#world.now + fault.for;
    if (fault.kind === 'hang') this.#hangs.push(fault.for);
    else if (fault.kind === 'gaps') this.#gapsUntil = Math.max(until, this.#gapsUntil);
    else {
      this.#slowUntil = Math.max(until, this.#slowUntil);
      this.#slowBy = fault.by;
    }
  }
  end(): void {
    this.#hangs.length = 0;
    this.#slowUntil = 0;
    this.#gapsUntil = 0;
  }

  commit: LogFaults['commit'] = (task, seq) => {
    const time = this.#hangs.shift();
    if (time === undefined) {
      if (this.#world.isTraced) this.#world.tell(`log: commit ${seq} of ${taskName(task)}`);
      return 'ok';
    }
    this.#world.tell(`log: commit ${seq} of ${taskName(task)} hangs`);
    this.#world.after(time, this.#wake);
    return 'hang';
  };
  gap: LogFaults['gap'] = () =>
    this.#world.now < this.#gapsUntil && this.#rng.below(2) === 0 ? 1 + this.#rng.below(3) : 0;
  delayMs: LogFaults['delayMs'] = () => (this.#world.now < this.#slowUntil ? this.#rng.next() * this.#slowBy : 0);
}

function worldClock(world: World) {
  return {
    now: () => BEGINNING + Math.floor(world.now),
    elapsed: () => world.now,
    sleep: (duration: Millis, signal?: AbortSignal) => world.sleep(duration, signal),
  };
}
