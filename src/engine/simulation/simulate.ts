import type { Disk } from '../base/disk.ts';
import { seededRng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import type { LogReader, TaskLog } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { taskName } from '../contract/task-name.ts';
import { safeError } from '../observe/redact.ts';
import type { RunParts } from '../runtime/scheduler.ts';
import { lastRecords } from '../runtime/stream/generation-tasks.ts';
import { type LeaveRequest, newestManifest } from '../runtime/stream/manifest-log.ts';
import { generationName, isHeld } from '../runtime/stream/stream-manifest.ts';
import { readState } from '../state/read-state.ts';
import type { TaskState } from '../state/state-store.ts';
import { Cluster } from './cluster.ts';
import { stateDifference } from './compare-state.ts';
import { type Fault, faultText, type WorldKind } from './fault.ts';
import { LocalWorld } from './local-world.ts';
import { SimulatedProcess } from './process.ts';
import { runProcess, type SimulatedRun } from './run-process.ts';
import type { SimulatedFlow } from './simulated-flow.ts';
import type { Sabotage, SimulatedWorld, Supervisor } from './simulated-world.ts';
import { readTopics, type TopicTexts } from './topic-texts.ts';
import { Promises, watchedLog } from './watched-log.ts';
import { traceLine, World } from './world.ts';

/** A process that says nothing for so long is taken for dead. */
export const SESSION_MS: Millis = 400;
/** After the last fault, and after as long again as the flow takes without any, it has to end within this time. */
const PATIENCE: Millis = 60_000;
const MOST_STEPS = 400_000;
/** Processes that a run may end with an error that trying again may mend. */
const MOST_FAILURES = 60;
const LOCK_WAIT: Millis = 5;
const RESTART_WAIT: Millis = 100;
/** Where streams are drained, requests are looked for about as often as commits are made. */
const LOOK_MS: Millis = 10;
/** What becomes of a process where a stream changes, or cannot: it goes on as it was, or in another. */
const OF_CHANGES: ReadonlySet<string> = new Set(['R544', 'R545', 'R546', 'R548']);

export interface Setup {
  readonly kind: WorldKind;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly traced?: boolean;
  /** One process has all tasks, and the network and the disk take so many times as long: for runs that are to agree. */
  readonly alone?: { readonly slowness: number };
  readonly sabotage?: Sabotage;
}
export interface Outcome {
  /** What is wrong; none: the run ended, and its log keeps what it promised. */
  readonly violations: readonly string[];
  readonly topics: ReadonlyMap<string, TopicTexts>;
  /** Kinds of the faults that happened to somebody. */
  readonly fired: readonly Fault['kind'][];
  readonly elapsed: Millis;
  /** When three of four commits had been acknowledged. */
  readonly busy: Millis;
  readonly steps: number;
  readonly trace: readonly string[];
}

/** Runs a flow once in a world of its own. The same setup gives the same outcome. */
export function simulate(flow: SimulatedFlow, setup: Setup): Promise<Outcome> {
  return new Simulation(flow, setup).run();
}

const WRONG = 'WRONG  ';
/** A violation as a line of a trace. */
export function wrong(time: Millis, violation: string): string {
  return traceLine(time, WRONG + violation);
}

class Simulation implements Supervisor {
  readonly world: World;
  readonly #flow: SimulatedFlow;
  readonly #setup: Setup;
  readonly #place: SimulatedWorld;
  readonly #runs = new Map<SimulatedProcess, Pick<SimulatedRun, 'stop'>>();
  /** What processes are still to hear. */
  readonly #requests = new Map<SimulatedProcess, LeaveRequest>();
  /** To have, once the stream has been drained; null: what it has. */
  #wanted: number | null = null;
  #isDrained = false;
  readonly #violations: string[] = [];
  readonly #promises = new Promises();
  /** When commits were acknowledged. */
  readonly #commits: Millis[] = [];
  /** By task: the state of its newest owner. */
  readonly #states = new Map<
    string,
    { readonly log: TaskLog; readonly state: TaskState; readonly folder: string | null }
  >();
  readonly #partitions: number;
  readonly #batchRows: number;
  /** Deltas between two snapshots; null: there are none. */
  readonly #snapshotDeltas: number | null;
  #started = 0;
  #starting = 0;
  #failures = 0;
  #isOver = false;

  constructor(flow: SimulatedFlow, setup: Setup) {
    this.#flow = flow;
    this.#setup = setup;
    this.world = new World(setup.traced ?? false);
    const rng = seededRng(setup.seed);
    this.#partitions = 2 + rng.below(3);
    this.#batchRows = [4, 7, 16, 64][rng.below(4)];
    const { kind, sabotage = {}, alone } = setup;
    const slowness = alone?.slowness ?? 1;
    this.#snapshotDeltas = rng.below(3) === 0 ? 2 + rng.below(4) : null;
    this.#place =
      kind === 'cluster' ? new Cluster(this, rng, sabotage, slowness) : new LocalWorld(this, rng, sabotage, slowness);
    const most = 1 + rng.below(3);
    const processes = kind === 'cluster' && alone === undefined ? most : 1;
    for (let i = 0; i < processes; i++) this.start(rng.next() * 20);
  }

  get alive(): readonly SimulatedProcess[] {
    return [...this.#runs.keys()];
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const { faults } = this.#setup;
    const fired: Fault['kind'][] = [];
    let last = 0;
    for (const fault of faults) {
      world.after(fault.at, () => {
        if (this.#isOver) return;
        const whom = this.#place.strike(fault);
        if (whom === null) return;
        fired.push(fault.kind);
        last = world.now;
        world.tell(`FAULT  ${faultText(fault)}${whom === '' ? '' : `: ${whom}`}`);
      });
    }
    const hasEnded = await world.run(() => this.#hasEnded(), { until: () => last + PATIENCE, steps: MOST_STEPS });
    const topics = new Map<string, TopicTexts>();
    if (!hasEnded) this.#violations.push(this.#notEnded());
    this.#violations.push(...this.#promises.broken);
    if (hasEnded && this.#violations.length === 0) {
      await this.#look(topics).catch((error: unknown) => this.#violations.push(`at the end: ${errorText(error)}`));
    }
    for (const violation of this.#violations) world.tell(WRONG + violation);
    return {
      violations: this.#violations,
      topics,
      fired,
      elapsed: world.now,
      busy: this.#commits[Math.floor(this.#commits.length * 0.75)] ?? world.now,
      steps: world.steps,
      trace: world.trace,
    };
  }

  /** What is there once all is over. */
  async #look(topics: Map<string, TopicTexts>): Promise<void> {
    const { log, disk } = await this.#place.settle();
    for (const [name, texts] of await readTopics(log, this.#flow.topics)) topics.set(name, texts);
    await this.#compareStates(log, disk);
  }

  #hasEnded(): boolean {
    if (this.#violations.length > 0) return true;
    return this.#isOver && this.#runs.size === 0;
  }
  #notEnded(): string {
    const states = [...this.#runs.keys()].map(process => `${process.name}${process.isPaused ? ' (paused)' : ''}`);
    const who = states.length === 0 ? 'no process runs' : `${states.join(', ')} still run`;
    return `the flow did not end: after ${Math.round(this.world.now)} ms and ${this.world.steps} steps ${who}`;
  }

  start(wait: Millis): void {
    this.#starting += 1;
    this.world.after(wait, () => {
      this.#starting -= 1;
      if (this.#isOver) return;
      // Over a log of one machine the next one waits until the one before has let go of it.
      if (this.#setup.kind === 'local' && this.#runs.size > 0) this.start(LOCK_WAIT);
      else this.#begin();
    });
  }
  #begin(): void {
    const { world } = this;
    const name = `p${++this.#started}`;
    const process = new SimulatedProcess(world, name, seededRng(this.#setup.seed * 7919 + this.#started));
    world.tell(`${name} begins`);
    const folders = new Map<string, string>();
    let run: SimulatedRun | null = null;
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
      run?.stop();
    };
    const asked = this.#isDrained ? this.#wanted : null;
    const begin = async (): Promise<RunParts['left']> => {
      const log = watchedLog(await this.#place.connect(process), this.#promises, (task, record) => {
        this.#commits.push(world.now);
        if (world.isTraced) world.tell(`${name}: commit ${record.seq} of ${taskName(task)} is acknowledged`);
      });
      run = runProcess(this.#flow, {
        name,
        clock: process.clock,
        log,
        partitions: asked ?? this.#partitions,
        partitionsAsked: asked !== null,
        ...(this.#setup.faults.some(fault => fault.kind === 'rescale') ? { lookMs: LOOK_MS } : {}),
        takeRequest: () => {
          const request = this.#requests.get(process) ?? null;
          this.#requests.delete(process);
          return request;
        },
        batchRows: this.#batchRows,
        sessionMs: SESSION_MS,
        snapshotDeltas: this.#snapshotDeltas,
        snapshots: task => {
          const dir = ['snapshots', task.flow, task.stream, task.chain, task.partition].map(String).join('/');
          folders.set(taskName(task), dir);
          return { disk: this.#place.disk(process), dir };
        },
        tell: event => {
          if (event.event === 'restart') world.tell(`${name}: ${event.task} begins again (${event.reason})`);
        },
        watchState: (task, state) => {
          if (process.isDead) return;
          world.tell(`${name}: has opened ${taskName(task.task)} in epoch ${task.epoch}`);
          const id = taskName(task.task);
          this.#states.set(id, { log: task, state: state as TaskState, folder: folders.get(id) ?? null });
        },
      });
      if (isStopped) run.stop();
      return run.done;
    };
    this.#runs.set(process, { stop });
    begin().then(
      left => this.#over(process, null, left),
      error => this.#over(process, error),
    );
  }

  /** A process has come to its end by itself. */
  #over(process: SimulatedProcess, error: unknown, left?: RunParts['left']): void {
    if (process.isDead || !this.#runs.delete(process)) return;
    this.#place.over(process);
    if (error !== null) this.#failed(process, error);
    else this.world.tell(`${process.name} is done${left === undefined ? '' : `: ${left}`}`);
    if (left === 'drained') this.#isDrained = true;
    process.kill();
    this.#lookWhetherOver().catch((failure: unknown) =>
      this.#violations.push(`the log cannot be read: ${errorText(failure)}`),
    );
  }
  #failed(process: SimulatedProcess, error: unknown): void {
    const safe = safeError(error);
    this.world.tell(`${process.name} fails: ${safe.code} ${safe.message}`);
    if (safe.code === 'R511') return;
    this.#failures += 1;
    const mayPass = safe.retriable || (this.#wanted !== null && OF_CHANGES.has(safe.code));
    // Somebody else has gone on with it as it was.
    if (safe.code === 'R544' || safe.code === 'R546') this.#isDrained = false;
    if (safe.kind === 'operational' && mayPass && this.#failures <= MOST_FAILURES) return;
    this.#violations.push(`${process.name} failed: ${errorText(error)}`);
  }
  async #lookWhetherOver(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = await hasAllEnded(await this.#place.look(), this.#flow.plan.flow.name);
    if (this.#isOver) this.world.tell('all tasks have ended');
    else if (this.#runs.size + this.#starting === 0) this.start(RESTART_WAIT);
  }

  kill(process: SimulatedProcess): void {
    this.#runs.delete(process);
    process.kill();
    if (this.#runs.size + this.#starting === 0) this.start(RESTART_WAIT);
  }
  stop(process: SimulatedProcess): void {
    this.#runs.get(process)?.stop();
  }

  rescale(process: SimulatedProcess, partitions: number): void {
    this.#wanted = partitions;
    this.#isDrained = false;
    this.#requests.set(process, { request: 'drain', id: `${process.name} at ${this.world.now}` });
  }

  /** What an owner has in memory when its task has ended is what its snapshots and its changelog give. */
  async #compareStates(log: LogReader, disk: Disk): Promise<void> {
    const manifest = await newestManifest(log, this.#flow.plan.flow.name);
    const now = generationName(this.#flow.plan.flow.name, manifest?.generation ?? 1);
    for (const { log: owner, state, folder } of this.#states.values()) {
      // The state of those before has gone to others.
      if (owner.task.flow !== now) continue;
      const last = await log.last(owner.task);
      // Its last commit was another's: what it has in memory is of no account.
      if (last === null || last.epoch !== owner.epoch) continue;
      const restored = await readState(log, owner.task, folder === null ? null : { disk, dir: folder });
      const difference = stateDifference(state, restored.state);
      if (difference !== null) this.#violations.push(`state of ${taskName(owner.task)}: ${difference}`);
    }
  }
}

function errorText(error: unknown): string {
  const { code, message, stack } = safeError(error);
  return `${code} ${message}${stack === null ? '' : `\n${stack}`}`;
}

async function hasAllEnded(log: LogReader, flow: string): Promise<boolean> {
  const manifest = await newestManifest(log, flow).catch((error: unknown) => {
    if (error instanceof LogError && error.code === 'no-topic') return null;
    throw error;
  });
  if (manifest === null || isHeld(manifest)) return false;
  return (await lastRecords(log, flow, manifest)).every(last => last?.ended === true);
}
