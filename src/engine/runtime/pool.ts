import { setFlagsFromString } from 'node:v8';
import { type MessagePort, Worker } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { errorFrom, type SafeError } from '../observe/redact.ts';
import type { Executor, RunningTask, TaskStart } from './executor.ts';
import type { TaskNote, TaskOrder, TaskSpec } from './task-spec.ts';
import type { WorkerData } from './worker.ts';

export type ToWorker =
  | { readonly kind: 'log'; readonly port: MessagePort }
  | { readonly kind: 'run'; readonly id: number; readonly spec: TaskSpec; readonly ports: readonly MessagePort[] }
  | { readonly kind: 'order'; readonly id: number; readonly order: TaskOrder }
  | { readonly kind: 'abort'; readonly id: number };
export type FromWorker =
  | { readonly kind: 'note'; readonly id: number; readonly note: TaskNote }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SafeError };

export interface PoolOptions {
  readonly size: number;
  readonly data: WorkerData;
  /** Heap of each worker; beyond it the worker ends and its tasks start elsewhere. */
  readonly heapMegabytes: number;
  /** A fresh connection to the run's log for a new worker; null where the run has no log. */
  connectLog(): MessagePort | null;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  onNote(note: TaskNote): void;
}

/**
 * How far a heap grows between two full collections, always: what V8 would choose at most (4×). Garbage here is columns, whose
 * bytes lie outside the heap; V8 collects for them by the size of the heap within, which is small, so all the time.
 */
const HEAP_GROWTH = '--heap-growing-percent=300';
/**
 * From the first stream task on those bytes count with the heap's, where V8 would collect at every 64 MiB of them. On topic → score →
 * alert the two flags give 1.2 times the records a CPU second, for a tenth to a fifth more memory. Training has no such garbage: it
 * would only take a third more memory. V8 13, Node 24's, knows the flag; 12 does not.
 */
const BYTES_OUTSIDE = '--external-memory-accounted-in-global-limit';

/** Worker threads running this TypeScript as it is. A lost worker is replaced when the next task is placed on it. */
export function workerPool(options: PoolOptions): Executor {
  setFlagsFromString(HEAP_GROWTH);
  const slots = Array.from({ length: options.size }, () => new Slot(options));
  return {
    size: options.size,
    start(task) {
      if (task.spec.kind === 'stream' && process.versions.v8.startsWith('13.')) setFlagsFromString(BYTES_OUTSIDE);
      return slots[task.worker].start(task);
    },
    async close() {
      await Promise.all(slots.map(slot => slot.close()));
    },
  };
}

class Slot {
  readonly #options: PoolOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #nextId = 1;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  start(task: TaskStart): RunningTask {
    if (this.#closed) return { result: Promise.reject(stopped()), order: () => {}, abort: () => {} };
    const worker = (this.#worker ??= this.#spawn());
    const id = this.#nextId++;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onNote: note => task.onNote?.(note) });
    });
    // A run that ends on another task's error awaits this one no longer.
    result.catch(() => undefined);
    const ports = task.ports ?? [];
    send(worker, { kind: 'run', id, spec: task.spec, ports }, ports);
    return {
      result,
      order: order => send(worker, { kind: 'order', id, order }),
      abort: () => send(worker, { kind: 'abort', id }),
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#closed = true;
    // Before it ends: its end would look like a loss.
    this.#failAll(stopped());
    await worker?.terminate();
  }

  #spawn(): Worker {
    const worker = new Worker(workerModule(), {
      workerData: this.#options.data,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMegabytes },
    });
    // The lost worker's last words may be an error, an exit, or both.
    const lost = (error: Error) => {
      if (this.#worker === worker) this.#worker = null;
      this.#failAll(error);
    };
    worker.on('error', error => lost(workerLost(error)));
    worker.on('exit', code => lost(new OperationalError('R510', `a worker ended (${code})`, { retriable: true })));
    worker.on('message', (message: FromWorker) => this.#take(message));
    const port = this.#options.connectLog();
    if (port !== null) send(worker, { kind: 'log', port }, [port]);
    return worker;
  }

  #take(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'note') {
      waiting.onNote(message.note);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.kind === 'done') waiting.resolve(message.result);
    else waiting.reject(errorFrom(message.error));
  }
  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

/** Sources run as they are; the npm package holds the same files compiled. */
function workerModule(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}

function send(worker: Worker, message: ToWorker, transfer: readonly MessagePort[] = []): void {
  worker.postMessage(message, [...transfer]);
}

function stopped(): OperationalError {
  return new OperationalError('R511', 'the run was stopped');
}

function workerLost(error: Error): OperationalError {
  const code = (error as { code?: unknown }).code;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new OperationalError('R512', 'a worker ran out of memory', {
      retriable: true,
      hint: 'use smaller batches (--batch-rows) or more partitions',
    });
  }
  assert(error instanceof Error, 'workers fail with errors');
  return new OperationalError('R510', `a worker ended: ${error.name}`, { retriable: true, cause: error });
}
