import { readFile } from 'node:fs/promises';
import { assert } from '../base/assert.ts';
import { sha256 } from '../base/sha256.ts';
import type { Millis } from '../base/units.ts';
import type { Log } from '../contract/log.ts';
import type { RunEvent, RunSummary } from '../contract/progress.ts';
import { openArtifactStore, removeUnfinished } from '../models/artifact-store.ts';
import { openRegistry } from '../models/registry.ts';
import { EventStream } from '../observe/event-stream.ts';
import { safeError } from '../observe/redact.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { planPhysical } from '../plan/physical-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { createStateStore } from '../state/state-store.ts';
import { importCatalog, type LoadedCatalog } from './catalog-module.ts';
import { type Executor, inThreadExecutor } from './executor.ts';
import type { JobContext } from './job-context.ts';
import { workerPool } from './pool.ts';
import { ProgressBoard } from './progress-board.ts';
import type { Run, RunOptions } from './run.ts';
import { embeddedRunLog, moduleRunLog, type RunLog } from './run-log.ts';
import { Scheduler } from './scheduler.ts';
import { Slots } from './slots.ts';
import { STAGE_BACKENDS } from './stage-backends.ts';
import { EarlyRequests } from './stream/early-requests.ts';
import { dropRequest, takeRequest } from './stream/request-file.ts';
import { streamOnly } from './stream-only.ts';
import { type TaskHost, taskHost } from './task-host.ts';
import {
  artifactsFolder,
  logFolder,
  makeSnapshotsFolder,
  makeWeirFolder,
  registryFolder,
  snapshotsOf,
} from './weir-folder.ts';
import { refuseWorldNames } from './world-names.ts';

const DEFAULT_HEAP_MEGABYTES = 1_024;
/** Tasks that must end at once have this long to see it; then their workers are ended. */
const GRACE_MS: Millis = 500;

/** Starts a checked plan. Nothing has happened yet when it returns; all that goes wrong is told by the summary. */
export function startRun(plan: Plan, options: RunOptions): Run {
  const stream = new EventStream();
  const stop = new StopSwitch();
  const summary = conduct(plan, options, stream, stop).finally(() => stream.close());
  summary.catch(() => undefined);
  return { events: stream.events, summary, stop: how => stop.stop(how) };
}

/** Remembers a stop that comes before there is anything to stop. */
class StopSwitch {
  readonly now = new AbortController();
  readonly #atCommit: (() => void)[] = [];
  #stopping = false;

  stop(how: 'commit' | 'now'): void {
    if (how === 'now') this.now.abort();
    if (this.#stopping) return;
    this.#stopping = true;
    // Bounded jobs keep what is finished; there is nothing between that and the next run.
    if (this.#atCommit.length === 0) this.now.abort();
    for (const stop of this.#atCommit) stop();
  }
  onStop(stop: () => void): void {
    this.#atCommit.push(stop);
    if (this.#stopping) stop();
  }
}

async function conduct(plan: Plan, options: RunOptions, stream: EventStream, stop: StopSwitch): Promise<RunSummary> {
  const { clock } = options;
  const started = clock.elapsed();
  const world: World = { log: null, executor: null };
  let scheduler: Scheduler | null = null;
  let error: RunSummary['error'] | undefined;
  let early: EarlyRequests | null = null;
  try {
    makeWeirFolder(options.folder);
    if (options.snapshots?.dir !== undefined) makeSnapshotsFolder(options.snapshots.dir);
    const loaded = await importCatalog(options.catalogModule, options.extensions);
    await refuseWorldNames(plan, loaded.catalog);
    const whole = planPhysical(plan, loaded.catalog);
    const physical = options.drain === true ? streamOnly(whole, plan.flow.name) : whole;
    scheduler = new Scheduler(physical);
    stream.tell({
      event: 'start',
      flow: plan.flow.name,
      workers: options.workers,
      jobs: physical.jobs.map(job => job.id),
    });
    const context = await openWorld({ plan, options, stream, stop, world, loaded, physical, scheduler });
    early = await earlyRequests(context, world, physical, plan.flow.name, () => stop.stop('commit'));
    await scheduler.run({ ...context, ...(early === null ? {} : { early }) }, () => stop.now.abort());
  } catch (cause) {
    const safe = safeError(cause);
    if (safe.kind === 'assertion') throw cause;
    error = { code: safe.code, message: safe.message, hint: safe.hint };
  } finally {
    await early
      ?.leave(error === undefined ? 'ended' : error.code === 'R511' ? 'stopped' : 'failed')
      .catch(() => undefined);
    await world.executor?.close();
    await world.log?.stop();
  }
  const hasLeft = early?.wasAsked === true && error?.code === 'R511';
  if (hasLeft) error = undefined;
  const parts = scheduler?.parts(plan.nodes.map(node => node.binding)) ?? {
    stages: [],
    reports: {},
    models: {},
    sinks: {},
  };
  const summary: RunSummary = {
    event: 'summary',
    ok: error === undefined,
    flow: plan.flow.name,
    ...parts,
    ...(hasLeft ? { left: 'stopped' } : {}),
    seconds: Math.round(clock.elapsed() - started) / 1000,
    ...(error === undefined ? {} : { error }),
  };
  stream.tell(summary);
  return summary;
}

interface World {
  log: RunLog | null;
  executor: Executor | null;
}
interface Opening {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly stream: EventStream;
  readonly stop: StopSwitch;
  readonly world: World;
  readonly loaded: LoadedCatalog;
  readonly physical: PhysicalPlan;
  readonly scheduler: Scheduler;
}

/** Workers load their modules while the log is opened; each gets a line to it with its first task. */
async function openWorld(opening: Opening): Promise<JobContext> {
  const { plan, options, stream, stop, world, loaded, scheduler } = opening;
  const { clock, batchRows, backend = 'generated', snapshots = {} } = options;
  const folder = options.folder;
  const openLog = async (): Promise<Log> => {
    assert(world.log !== null, 'this run was started without a log');
    return world.log.log;
  };
  const host: TaskHost = taskHost({
    plan,
    catalog: loaded.catalog,
    lookUp: loaded.lookUp,
    artifacts: openArtifactStore(artifactsFolder(folder)),
    fuse: STAGE_BACKENDS[backend],
    clock,
    env: options.env,
    batchRows,
    memoryState: createStateStore,
    ...snapshotsOf(options.log ?? null, folder, snapshots),
    snapshotDeltas: snapshots.deltas ?? null,
    log: openLog,
  });
  const { catalogModule, extensions } = options;
  const executor =
    options.workers === 0
      ? inThreadExecutor(host)
      : workerPool({
          size: options.workers,
          data: { plan, catalogModule, extensions, folder, batchRows, backend, log: options.log ?? null, snapshots },
          heapMegabytes: options.workerHeapMegabytes ?? DEFAULT_HEAP_MEGABYTES,
          connectLog: () => world.log?.connect() ?? null,
        });
  world.executor = executor;
  if (needsLog(opening)) {
    const { log } = options;
    // The main thread speaks to the log every few seconds, so that it has noticed whatever workers have.
    const outage = (message: string) => stream.tell({ event: 'warning', code: 'R128', message, stage: null });
    world.log = log === undefined ? await embeddedRunLog(logFolder(folder)) : await moduleRunLog(log, clock, outage);
    // Asked of a run before this one, and never heard.
    if (log === undefined) await dropRequest(logFolder(folder));
  }
  await removeUnfinished(artifactsFolder(folder), clock.now());
  const endWorkers = () => void clock.sleep(GRACE_MS).then(() => executor.close());
  stop.now.signal.addEventListener('abort', endWorkers, { once: true });
  const tell = (event: RunEvent) => stream.tell(event);
  const board = new ProgressBoard(clock, tell);
  return {
    host,
    executor,
    slots: new Slots(executor.size),
    registry: openRegistry(registryFolder(folder), clock),
    clock,
    fresh: options.fresh,
    partitions: options.partitions,
    partitionsAsked: options.partitionsAsked ?? false,
    drain: options.drain ?? false,
    process: options.process ?? 'weir',
    alone: options.log === undefined,
    takeRequest: options.log === undefined ? flow => takeRequest(logFolder(folder), flow) : async () => null,
    untilCaughtUp: options.untilCaughtUp,
    allowDrop: options.allowDrop ?? [],
    ...(options.sessionTimeout === undefined ? {} : { sessionTimeout: options.sessionTimeout }),
    nonce: `run at ${clock.now()}`,
    extensionsHash: await hashOfModules(options.extensions),
    signal: stop.now.signal,
    ready: scheduler.ready,
    tell,
    note: (job, task, note, of) => board.note(job, task, note, of),
    onStop: atCommit => stop.onStop(atCommit),
  };
}

/** Results made with a module are not those of another text of it. What it imports is not looked at. */
async function hashOfModules(paths: readonly string[]): Promise<string | null> {
  if (paths.length === 0) return null;
  return sha256(await Promise.all(paths.map(async path => sha256(await readFile(path)))));
}

/** Null where there is no stream, of which anything could be asked. */
async function earlyRequests(
  { clock, process, alone = false, takeRequest }: JobContext,
  { log }: World,
  { jobs }: PhysicalPlan,
  flow: string,
  stop: () => void,
): Promise<EarlyRequests | null> {
  if (log === null || jobs.every(job => job.kind !== 'stream')) return null;
  return EarlyRequests.watch({ log: log.log, clock, flow, process, alone, takeRequest: () => takeRequest(flow), stop });
}

function needsLog({ plan, physical }: Opening): boolean {
  const hasStream = physical.jobs.some(job => job.kind === 'stream');
  return hasStream || plan.nodes.some(node => node.kind === 'source' && node.onBad.kind === 'topic');
}
