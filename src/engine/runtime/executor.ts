import type { MessagePort } from 'node:worker_threads';
import { errorFrom, safeError } from '../observe/redact.ts';
import { runTask } from './run-task.ts';
import type { TaskHost } from './task-host.ts';
import type { TaskNote, TaskOrder, TaskSpec } from './task-spec.ts';

/** A running task as its driver sees it. */
export interface RunningTask {
  /** What the task returns; rejects with its error, or R510 (retriable) where its worker was lost. */
  readonly result: Promise<unknown>;
  order(order: TaskOrder): void;
  /** Ends it at its next step; `result` then rejects. */
  abort(): void;
}
export interface TaskStart {
  readonly spec: TaskSpec;
  /** 0 to `size` − 1. */
  readonly worker: number;
  readonly ports?: readonly MessagePort[];
  onNote?(note: TaskNote): void;
}
/** Runs tasks somewhere: in worker threads, or in this one. */
export interface Executor {
  /** Workers to place tasks on, at least 1. */
  readonly size: number;
  start(task: TaskStart): RunningTask;
  close(): Promise<void>;
}

/** Every task in this thread, one slice at a time: `workers: 0`. */
export function inThreadExecutor(host: TaskHost): Executor {
  const running = new Set<AbortController>();
  return {
    size: 1,
    start({ spec, ports = [], onNote = () => {} }) {
      const abort = new AbortController();
      running.add(abort);
      const orders = new OrderBox();
      const run = { host, ports, signal: abort.signal, tell: onNote, onOrder: orders.listen };
      const result = runTask(run, spec)
        .catch(error => {
          // The same errors as come out of a worker.
          throw errorFrom(safeError(error));
        })
        .finally(() => running.delete(abort));
      return { result, order: orders.put, abort: () => abort.abort() };
    },
    async close() {
      for (const abort of running) abort.abort();
    },
  };
}

/** Orders may come before the task listens; none is lost. */
export class OrderBox {
  #waiting: TaskOrder[] = [];
  #take: ((order: TaskOrder) => void) | null = null;
  readonly put = (order: TaskOrder): void => {
    if (this.#take === null) this.#waiting.push(order);
    else this.#take(order);
  };
  readonly listen = (take: (order: TaskOrder) => void): void => {
    this.#take = take;
    for (const order of this.#waiting.splice(0)) take(order);
  };
}
