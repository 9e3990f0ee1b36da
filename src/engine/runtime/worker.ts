import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemEnvironment } from '../base/environment.ts';
import { systemClock } from '../base/system-clock.ts';
import type { LogModule } from '../contract/log-module.ts';
import { safeError } from '../observe/redact.ts';
import type { Plan } from '../plan/plan.ts';
import { OrderBox } from './executor.ts';
import { openLocalHost } from './local-host.ts';
import type { FromWorker, ToWorker } from './pool.ts';
import { runTask } from './run-task.ts';
import type { StageBackend } from './stage-backends.ts';
import type { TaskHost } from './task-host.ts';
import type { SnapshotOptions } from './weir-folder.ts';

/** What a worker is born with. */
export interface WorkerData {
  readonly plan: Plan;
  readonly catalogModule: string;
  readonly extensions: readonly string[];
  readonly folder: string;
  readonly batchRows: number;
  readonly backend: StageBackend;
  /** What it opens itself; null: it is given a line to the run's log. */
  readonly log: LogModule | null;
  readonly snapshots: SnapshotOptions;
}

const tasks = new Map<number, { abort: AbortController; orders: OrderBox }>();
let logPort: MessagePort | null = null;

function answer(message: FromWorker): void {
  parentPort?.postMessage(message);
}

async function main(): Promise<void> {
  const data = workerData as WorkerData;
  const opening = openLocalHost({ ...data, clock: systemClock, env: systemEnvironment, logPort: () => logPort });
  opening.catch(() => undefined);
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'log') logPort = message.port;
    if (message.kind === 'run') void runOne(opening, message);
    if (message.kind === 'order') tasks.get(message.id)?.orders.put(message.order);
    if (message.kind === 'abort') tasks.get(message.id)?.abort.abort();
  });
}

async function runOne(opening: Promise<TaskHost>, message: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  const { id, spec, ports } = message;
  const task = { abort: new AbortController(), orders: new OrderBox() };
  tasks.set(id, task);
  try {
    const host = await opening;
    const run = {
      host,
      ports,
      signal: task.abort.signal,
      tell: (note: Extract<FromWorker, { kind: 'note' }>['note']) => answer({ kind: 'note', id, note }),
      onOrder: task.orders.listen,
    };
    answer({ kind: 'done', id, result: await runTask(run, spec) });
  } catch (error) {
    answer({ kind: 'failed', id, error: safeError(error) });
  } finally {
    tasks.delete(id);
  }
}

void main();
