import type { Clock } from '../base/clock.ts';
import type { Millis } from '../base/units.ts';
import type { Log, TaskLog } from '../contract/log.ts';
import type { RunEvent } from '../contract/progress.ts';
import type { StateStore } from '../contract/state.ts';
import { inThreadExecutor } from '../runtime/executor.ts';
import { inThreadContext } from '../runtime/in-thread-context.ts';
import { type RunParts, Scheduler } from '../runtime/scheduler.ts';
import type { LeaveRequest } from '../runtime/stream/manifest-log.ts';
import type { StreamTask } from '../runtime/stream/stream-spec.ts';
import { taskHost } from '../runtime/task-host.ts';
import type { SnapshotPlace } from '../state/snapshot-files.ts';
import { createStateStore } from '../state/state-store.ts';
import type { SimulatedFlow } from './simulated-flow.ts';

/** What a simulated `weir run` is given of its world. */
export interface ProcessSetup {
  /** Of the process, told from all others. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly partitions: number;
  /** The number was asked for. */
  readonly partitionsAsked: boolean;
  /** Of requests; absent: as usual. */
  readonly lookMs?: Millis;
  /** What it is asked beside its log. */
  takeRequest(): LeaveRequest | null;
  readonly batchRows: number;
  readonly sessionMs: number;
  /** Deltas between two snapshots; null: none are taken. */
  readonly snapshotDeltas: number | null;
  /** Where a task's snapshots go. */
  snapshots(task: StreamTask): SnapshotPlace;
  tell(event: RunEvent): void;
  watchState(task: TaskLog, state: StateStore): void;
}
export interface SimulatedRun {
  /** Resolves when its tasks have ended or it has left, and says how; rejects as a run does. */
  readonly done: Promise<RunParts['left']>;
  /** At the next commit. */
  stop(): void;
}

/** One `weir run` of the flow: the same scheduler, drivers and tasks as in a real one, in this thread. */
export function runProcess(flow: SimulatedFlow, setup: ProcessSetup): SimulatedRun {
  const { clock, log, snapshotDeltas } = setup;
  const host = taskHost({
    plan: flow.plan,
    catalog: flow.catalog,
    lookUp: flow.lookUp,
    artifacts: flow.artifacts,
    fuse: flow.fuse,
    clock,
    batchRows: setup.batchRows,
    memoryState: createStateStore,
    log: async () => log,
    injected: flow.rows,
    injectedAsSplits: true,
    ...(snapshotDeltas === null ? {} : { snapshotDeltas, snapshots: setup.snapshots }),
    watchState: setup.watchState,
  });
  const scheduler = new Scheduler(flow.stream);
  for (const [ref, made] of flow.ready) scheduler.give(ref, made);
  const end = new AbortController();
  const executor = inThreadExecutor(host);
  const stops: (() => void)[] = [];
  let isStopped = false;
  const context = inThreadContext({
    host,
    executor,
    registry: flow.registry,
    clock,
    partitions: setup.partitions,
    partitionsAsked: setup.partitionsAsked,
    ...(setup.lookMs === undefined ? {} : { lookMs: setup.lookMs }),
    process: setup.name,
    takeRequest: async () => setup.takeRequest(),
    untilCaughtUp: false,
    sessionTimeout: setup.sessionMs,
    nonce: 'simulated',
    signal: end.signal,
    ready: scheduler.ready,
    tell: setup.tell,
    onStop(stop) {
      stops.push(stop);
      if (isStopped) stop();
    },
  });
  const run = async (): Promise<RunParts['left']> => {
    try {
      await scheduler.run(context, () => end.abort());
      return scheduler.parts([]).left;
    } finally {
      await executor.close();
      await log.close();
    }
  };
  return {
    done: run(),
    stop() {
      isStopped = true;
      for (const stop of stops) stop();
    },
  };
}
