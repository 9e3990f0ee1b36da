import type { Disk, DiskFile } from '../../../src/engine/base/disk.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { type Log, LogError, type Membership, type TaskId, type TaskLog } from '../../../src/engine/contract/log.ts';
import type { RunEvent } from '../../../src/engine/contract/progress.ts';
import { openRegistry } from '../../../src/engine/models/registry.ts';
import { withoutMissing } from '../../../src/engine/plan/left-out.ts';
import { planPhysical } from '../../../src/engine/plan/physical-plan.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { portKey } from '../../../src/engine/plan/port-key.ts';
import { operatorCatalog } from '../../../src/engine/runtime/catalog-module.ts';
import { inThreadExecutor } from '../../../src/engine/runtime/executor.ts';
import { inThreadContext } from '../../../src/engine/runtime/in-thread-context.ts';
import type { JobOutcome } from '../../../src/engine/runtime/job-context.ts';
import { memoryArtifacts } from '../../../src/engine/runtime/memory-artifacts.ts';
import { STAGE_BACKENDS } from '../../../src/engine/runtime/stage-backends.ts';
import { runStreamJob } from '../../../src/engine/runtime/stream/stream-driver.ts';
import { taskHost } from '../../../src/engine/runtime/task-host.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import type { SnapshotPlace } from '../../../src/engine/state/snapshot-files.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';
import { hastyClock, realClock, rowsIn } from '../../engine/runtime/support/run-plan.ts';
import { loadCatalog } from '../../engine/runtime/support/test-catalog.ts';
import type { LogWorld } from '../log/driver.ts';

/** How a process runs a stream. */
export interface Running {
  readonly plan: Plan;
  readonly partitions: number;
  readonly partitionsAsked?: boolean;
  readonly drain?: boolean;
  readonly fresh?: boolean;
  readonly untilCaughtUp?: boolean;
  /** Asks for a drain once so many rows have been read. */
  readonly drainAfter?: number;
  /** Dies at this call to its log or disk, without a word. */
  readonly dieAt?: number;
  /** Stands still at a call, and is taken for dead. */
  readonly pause?: Pause;
  /** Ids of stages whose first pass has made nothing, as where a model is not there: they are left out. */
  readonly leaveOut?: readonly string[];
  /** Names of stages whose state may go. */
  readonly allowDrop?: readonly string[];
  /** Sees, or changes, what goes to and from its log. */
  over?(log: Log): Log;
  tell?(event: RunEvent): void;
}
/** Where a process stands still until it is woken. */
export class Pause {
  readonly at: number;
  readonly #reached = Promise.withResolvers<void>();
  readonly #woken = Promise.withResolvers<void>();
  constructor(at: number) {
    this.at = at;
  }
  get reached(): Promise<void> {
    return this.#reached.promise;
  }
  wake(): void {
    this.#woken.resolve();
  }
  async stand(leave: () => Promise<void>): Promise<void> {
    await leave();
    this.#reached.resolve();
    await this.#woken.promise;
  }
}
/** What came of it: null where it died. */
export interface Came {
  readonly outcome: JobOutcome | null;
  readonly calls: number;
}

let processes = 0;

/** Processes of a flow over one log, one after another, and the disk on which all of them keep snapshots. */
export class StreamProcesses {
  readonly disk = new SimulatedDisk(seededRng(9));
  readonly #world: LogWorld;
  readonly #sessionMs: number;

  constructor(world: LogWorld, sessionMs: number) {
    this.#world = world;
    this.#sessionMs = sessionMs;
  }

  /** Where a task's are. */
  snapshots({ flow, chain, partition }: TaskId): SnapshotPlace {
    return { disk: this.disk, dir: `${flow}-${encodeURIComponent(chain)}-${partition}` };
  }

  /** Throws what ends the process, unless it died as it was to. */
  async run(running: Running): Promise<Came> {
    const { plan, dieAt = Number.POSITIVE_INFINITY, drainAfter = Number.POSITIVE_INFINITY } = running;
    const client = await this.#world.client();
    const life = new Life(dieAt, running.pause ?? null);
    const end = new AbortController();
    void life.dead.then(async () => {
      end.abort();
      await this.#world.kill?.(client);
    });
    const log = mortalLog(running.over?.(client) ?? client, life);
    const catalog = await loadCatalog();
    const clock = hastyClock();
    const host = taskHost({
      plan,
      catalog,
      lookUp: operatorCatalog(catalog),
      artifacts: memoryArtifacts(),
      fuse: STAGE_BACKENDS.generated,
      clock,
      batchRows: 32,
      memoryState: createStateStore,
      log: async () => log,
      snapshots: task => ({ ...this.snapshots(task), disk: mortalDisk(this.disk, life) }),
      snapshotDeltas: 4,
    });
    const read = new Map<string, number>();
    let asked = false;
    const context = inThreadContext({
      host,
      executor: inThreadExecutor(host),
      registry: openRegistry('/nowhere', realClock),
      clock,
      fresh: running.fresh ?? false,
      partitions: running.partitions,
      partitionsAsked: running.partitionsAsked ?? false,
      drain: running.drain ?? false,
      moveBytes: 500,
      process: `process ${++processes}`,
      takeRequest: async () => {
        const rows = [...read.values()].reduce((sum, one) => sum + one, 0);
        if (asked || rows < drainAfter) return null;
        asked = true;
        return { request: 'drain', id: 'a test' };
      },
      untilCaughtUp: running.untilCaughtUp ?? false,
      sessionTimeout: this.#sessionMs,
      signal: end.signal,
      ready: {},
      ...(running.allowDrop === undefined ? {} : { allowDrop: running.allowDrop }),
      tell: event => running.tell?.(event),
      note: (_, task, note) => {
        if (note.kind !== 'counts') return;
        for (const { name, rowsIn } of note.counts) if (name === 'nums') read.set(task, rowsIn);
      },
    });
    const [whole] = planPhysical(plan, catalog).jobs;
    if (whole.kind !== 'stream') throw new Error('a stream');
    const job = withoutMissing(whole, new Set(running.leaveOut?.map(node => portKey({ node, port: 'prepared' }))));
    if (job === null) throw new Error('a part of it');
    try {
      return { outcome: await runStreamJob(context, job), calls: life.calls };
    } catch (error) {
      if (!life.isDead) throw error;
      return { outcome: null, calls: life.calls };
    } finally {
      await context.executor.close();
      if (!life.isDead) await client.close();
    }
  }

  /** All rows of a topic as JSON texts. */
  async rows(topic: string): Promise<string[]> {
    return rowsIn(await this.#world.client(), topic);
  }
  client(): Promise<Log> {
    return this.#world.client();
  }
}

/** Counts what a process does; after its last call it does nothing any more. */
class Life {
  calls = 0;
  readonly #last: number;
  readonly #pause: Pause | null;
  readonly #death = Promise.withResolvers<void>();
  /** Memberships, which end when it is taken for dead. */
  readonly members: Membership[] = [];
  #standing: Promise<void> | null = null;
  constructor(last: number, pause: Pause | null) {
    this.#last = last;
    this.#pause = pause;
  }
  get isDead(): boolean {
    return this.calls >= this.#last;
  }
  get dead(): Promise<void> {
    return this.#death.promise;
  }
  /** Throws where the process has died. All of it stands still, not one call. */
  async step(): Promise<void> {
    if (!this.isDead) this.calls += 1;
    if (this.isDead) {
      this.#death.resolve();
      throw new LogError('closed', 'this process has died');
    }
    if (this.calls === this.#pause?.at) {
      this.#standing ??= this.#pause.stand(async () => {
        for (const member of this.members) await member.leave();
      });
    }
    await this.#standing;
  }
  /** Looking is no step, since how often it happens depends on the machine; but it stands still, too. */
  async look(): Promise<void> {
    if (this.isDead) throw new LogError('closed', 'this process has died');
    await this.#standing;
  }
}

/** Nothing is asked, and no answer heard, after death. */
function mortalLog(log: Log, life: Life): Log {
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    await life.step();
    const answer = await work();
    if (life.isDead) throw new LogError('closed', 'this process has died');
    return answer;
  };
  const look = async <T>(work: () => Promise<T>): Promise<T> => {
    await life.look();
    return work();
  };
  return {
    ensureTopics: specs => step(() => log.ensureTopics(specs)),
    topics: () => look(() => log.topics()),
    describe: topic => look(() => log.describe(topic)),
    join: async (group, onAssign) => {
      const member = await step(() => log.join(group, onAssign));
      life.members.push(member);
      return member;
    },
    ...(log.members && { members: flow => look(async () => (await log.members?.(flow)) ?? []) }),
    open: async task => mortalTask(await step(() => log.open(task)), step),
    last: task => look(() => log.last(task)),
    changelog: (task, from) => log.changelog(task, from),
    read: (at, max) => look(() => log.read(at, max)),
    append: (to, frames) => step(() => log.append(to, frames)),
    purge: (to, before) => step(() => log.purge(to, before)),
    deleteTopics: names => step(() => log.deleteTopics(names)),
    close: () => log.close(),
  };
}
function mortalTask(task: TaskLog, step: <T>(work: () => Promise<T>) => Promise<T>): TaskLog {
  return {
    task: task.task,
    epoch: task.epoch,
    last: task.last,
    get changelogEnd() {
      return task.changelogEnd ?? 0n;
    },
    changelog: from => task.changelog(from),
    commit: commit => step(() => task.commit(commit)),
    purgeChangelog: before => step(() => task.purgeChangelog(before)),
    close: () => task.close(),
  };
}
function mortalDisk(disk: Disk, life: Life): Disk {
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    await life.step();
    return work();
  };
  return {
    makeDir: path => disk.makeDir(path),
    list: path => disk.list(path),
    open: (path, mode): Promise<DiskFile> =>
      mode === 'read' ? disk.open(path, mode) : alive(() => disk.open(path, mode)),
    rename: (from, to) => alive(() => disk.rename(from, to)),
    remove: path => alive(() => disk.remove(path)),
    syncDir: path => disk.syncDir(path),
  };
}
