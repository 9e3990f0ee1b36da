import { OperationalError } from '../../base/operational-error.ts';
import type { Millis } from '../../base/units.ts';
import type { StageCount } from '../../contract/artifact.ts';
import type { Log } from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import type { RunningTask } from '../executor.ts';
import type { JobContext } from '../job-context.ts';
import { Restarts } from '../restarts.ts';
import { resultOf } from '../table-driver.ts';
import type { TaskNote } from '../task-spec.ts';
import { Leaving } from './leaving.ts';
import { Placement } from './placement.ts';
import { type StreamResult, type StreamTaskSpec, taskLabel } from './stream-spec.ts';
import { numbersOf } from './task-record.ts';

/**
 * Places the tasks of a stream that are here on workers, starts lost ones elsewhere, and ends them as the run is told to. Tasks that other
 * processes have are waited for: they may come here. `before`: by task, counts that are not of this run.
 */
export async function runStreamTasks(
  context: JobContext,
  job: StreamJob,
  log: Log,
  specs: readonly StreamTaskSpec[],
  before: ReadonlyMap<string, readonly StageCount[]> = new Map(),
  placement: Placement = Placement.of(specs.map(spec => taskLabel(spec.chain.id, spec.partition))),
  leaving: Leaving = new Leaving(),
): Promise<readonly StreamResult[]> {
  const places = placesOf(specs, context.executor.size);
  const placed: PlacedTask[] = specs.map((spec, i) => {
    const counted = before.get(taskLabel(spec.chain.id, spec.partition)) ?? [];
    const hasWork = () => placed.some(task => placement.has(task.name) && !task.isOver);
    return new PlacedTask({ context, job, log, placement, hasWork }, spec, places[i], counted);
  });
  context.onStop(() => {
    for (const task of placed) task.stop();
  });
  leaving.onStop(() => {
    for (const task of placed) task.stop();
  });
  leaving.onDrain(drain => {
    for (const task of placed) task.drain(drain);
  });
  const results = new Map<string, Promise<StreamResult>>();
  const failure = new AbortController();
  void placement.lost.then(why => failure.abort(why));
  void leaving.lost.then(why => failure.abort(why));
  for (const task of placed) {
    const result = task.run(failure.signal);
    // One failed task ends them all: their commits hold, and the run starts again from there. What the others come to then
    // follows from the first, which is the one to tell.
    result.catch(error => failure.abort(error));
    results.set(task.name, result);
  }
  for (const task of placed) void passOnEnds(log, task, results);
  for (const chain of job.chains) void finishUnneeded(job, chain, placed, results);
  const settled = await Promise.allSettled(results.values());
  if (failure.signal.aborted) throw failure.signal.reason;
  return settled.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
}

/** A task that decodes a source has about this many times the work of one that takes rows from an exchange. */
const SOURCE_WEIGHT = 1.5;

/** A worker for each task: in their order, each on the one with the least to do. So partitions keep off a source's worker. */
function placesOf(specs: readonly Pick<StreamTaskSpec, 'input'>[], workers: number): readonly number[] {
  const loads = new Array<number>(workers).fill(0);
  return specs.map(({ input }) => {
    const place = loads.indexOf(Math.min(...loads));
    loads[place] += input.kind === 'exchange' ? 1 : SOURCE_WEIGHT;
    return place;
  });
}

/**
 * Where the tasks before a task have left off without ending for good (a topic read to where it was), the task learns how far
 * it has to read: to the ends of its exchange now.
 */
async function passOnEnds(
  log: Log,
  task: PlacedTask,
  results: ReadonlyMap<string, Promise<StreamResult>>,
): Promise<void> {
  const { input, upstreams, partition } = task.spec;
  if (input.kind !== 'exchange') return;
  const before = await Promise.allSettled(upstreams.map(name => results.get(name)));
  const how = before.map(one => (one.status === 'fulfilled' ? one.value?.how : undefined));
  if (!how.every(one => one === 'ended' || one === 'caught-up') || how.every(one => one === 'ended')) return;
  const info = await log.describe(input.topic).catch(() => null);
  if (info !== null) task.until(info.ends[partition].stableEnd);
}

/** Once every reader of a chain's exchanges has ended (`limit`), its tasks need not go on. */
async function finishUnneeded(
  job: StreamJob,
  chain: Chain,
  placed: readonly PlacedTask[],
  results: ReadonlyMap<string, Promise<StreamResult>>,
): Promise<void> {
  const topics = chain.outputs.map(output => (output.kind === 'exchange' ? output.topic : null));
  if (topics.includes(null)) return;
  const readers = job.chains.filter(one => one.input.kind === 'exchange' && topics.includes(one.input.topic));
  const reading = placed.filter(task => readers.some(reader => reader.id === task.spec.chain.id));
  const ends = await Promise.allSettled(reading.map(task => results.get(task.name)));
  if (!ends.every(one => one.status === 'fulfilled' && one.value?.how === 'ended')) return;
  for (const task of placed) if (task.spec.chain.id === chain.id) task.finish();
}

/** What the tasks of a stream have in common. */
interface Stream {
  readonly context: JobContext;
  readonly job: StreamJob;
  readonly log: Log;
  readonly placement: Placement;
  /** A task that is here is not over. */
  hasWork(): boolean;
}

/** How often it is looked whether a task that is elsewhere has ended. */
const ELSEWHERE_MS: Millis = 500;
/** Whoever has been fenced learns within this time whether the task is still its own: it would only fence the new owner. */
const FENCED_MS: Millis = 2_000;
const FENCED = 'R101';

class PlacedTask {
  readonly spec: StreamTaskSpec;
  isOver = false;
  readonly #stream: Stream;
  readonly #context: JobContext;
  readonly #place: number;
  #running: RunningTask | null = null;
  readonly #before: readonly StageCount[];
  #stopped = false;
  #finished = false;
  #until: bigint | null = null;
  #drain: number | null = null;
  /** Rows in, of all stages, in the newest commit known of. */
  #committed = 0;

  constructor(stream: Stream, spec: StreamTaskSpec, place: number, before: readonly StageCount[]) {
    this.#before = before;
    this.#stream = stream;
    this.#context = stream.context;
    this.spec = spec;
    this.#place = place;
  }

  stop(): void {
    this.#stopped = true;
    this.#running?.order({ kind: 'stop' });
  }
  finish(): void {
    this.#finished = true;
    this.#running?.order({ kind: 'finish' });
  }
  drain(drain: number): void {
    this.#drain = drain;
    this.#running?.order({ kind: 'drain', drain });
  }
  get name(): string {
    return taskLabel(this.spec.chain.id, this.spec.partition);
  }
  until(offset: bigint): void {
    this.#until = offset;
    this.#running?.order({ kind: 'until', offset: String(offset) });
  }

  async run(failure: AbortSignal): Promise<StreamResult> {
    try {
      return await this.#run(AbortSignal.any([this.#context.signal, failure]));
    } finally {
      this.isOver = true;
    }
  }
  async #run(ends: AbortSignal): Promise<StreamResult> {
    const { clock, executor, tell } = this.#context;
    const { name } = this;
    const restarts = new Restarts({ clock, signal: ends, tell }, name);
    for (let life = 0; ; life++) {
      const elsewhere = await this.#elsewhere(ends);
      if (elsewhere !== null) return elsewhere;
      let hasOpened = false;
      const running = executor.start({
        spec: this.spec,
        worker: (this.#place + life) % executor.size,
        onNote: note => {
          // The first counts of a life are those of the last commit.
          if (note.kind === 'counts' && !hasOpened && this.#gained(note.counts)) restarts.gained();
          hasOpened ||= note.kind === 'counts';
          this.#note(note.kind === 'counts' ? { ...note, counts: since(note.counts, this.#before) } : note);
        },
      });
      this.#running = running;
      if (this.#stopped) running.order({ kind: 'stop' });
      if (this.#finished) running.order({ kind: 'finish' });
      if (this.#drain !== null) running.order({ kind: 'drain', drain: this.#drain });
      if (this.#until !== null) running.order({ kind: 'until', offset: String(this.#until) });
      void this.#letGo(running);
      try {
        const result = (await resultOf({ signal: ends }, running)) as StreamResult;
        // It has gone to another process, or comes back from there.
        if (result.how === 'stopped' && !this.#stopped) continue;
        const counts = since(result.counts, this.#before);
        this.#note({ kind: 'counts', counts, done: null, lag: null });
        return { ...result, counts };
      } catch (error) {
        await restarts.after(error);
        if (error instanceof OperationalError && error.code === FENCED) await clock.sleep(FENCED_MS, ends);
      } finally {
        this.#running = null;
      }
    }
  }

  /** Waits while another process has the task; null: it is here. */
  async #elsewhere(ends: AbortSignal): Promise<StreamResult | null> {
    const { placement, log, context } = this.#stream;
    const { flow, chain, partition } = this.spec;
    for (;;) {
      ends.throwIfAborted();
      if (placement.has(this.name)) return null;
      if (this.#stopped) return { how: 'stopped', counts: [], already: false };
      if (context.untilCaughtUp && !this.#stream.hasWork()) return { how: 'caught-up', counts: [], already: false };
      const last = await log.last({ flow, chain: chain.id, partition });
      if (last?.ended === true) {
        return { how: 'ended', counts: since(numbersOf(last).stages, this.#before), already: false };
      }
      if (this.#drain !== null && numbersOf(last).drained === this.#drain) {
        return { how: 'drained', counts: since(numbersOf(last).stages, this.#before), already: false };
      }
      await Promise.race([placement.changed, context.clock.sleep(ELSEWHERE_MS, ends)]);
    }
  }
  /** Stops at a commit when the task is placed elsewhere. */
  async #letGo(running: RunningTask): Promise<void> {
    const { placement } = this.#stream;
    while (this.#running === running && placement.has(this.name)) await placement.changed;
    if (this.#running === running) running.order({ kind: 'stop' });
  }

  #note(note: TaskNote): void {
    this.#context.note(this.#stream.job.id, this.name, note);
  }
  #gained(counts: readonly StageCount[]): boolean {
    const rows = counts.reduce((sum, count) => sum + count.rowsIn, 0);
    const isMore = rows > this.#committed;
    this.#committed = rows;
    return isMore;
  }
}

function since(counts: readonly StageCount[], before: readonly StageCount[]): readonly StageCount[] {
  const now = new StageCounts();
  now.addAll(counts);
  for (const { name, rowsIn, rowsOut, rejected, expired = 0 } of before)
    now.add(name, -rowsIn, -rowsOut, -rejected, -expired);
  return now.list();
}
