import type { StageCount } from '../../contract/artifact.ts';
import type { Log } from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import type { RunningTask } from '../executor.ts';
import type { JobContext } from '../job-context.ts';
import { Restarts } from '../restarts.ts';
import { resultOf } from '../table-driver.ts';
import type { TaskNote } from '../task-spec.ts';
import { type StreamResult, type StreamTaskSpec, taskLabel } from './stream-spec.ts';

/**
 * Places the tasks of a stream on workers, starts lost ones elsewhere, and ends them as the run is told to. `before`: by task,
 * counts that are not of this run.
 */
export async function runStreamTasks(
  context: JobContext,
  job: StreamJob,
  log: Log,
  specs: readonly StreamTaskSpec[],
  before: ReadonlyMap<string, readonly StageCount[]> = new Map(),
): Promise<readonly StreamResult[]> {
  const places = placesOf(specs, context.executor.size);
  const placed = specs.map((spec, i) => {
    const counted = before.get(taskLabel(spec.chain.id, spec.partition)) ?? [];
    return new PlacedTask(context, job, spec, places[i], counted);
  });
  context.onStop(() => {
    for (const task of placed) task.stop();
  });
  const results = new Map<string, Promise<StreamResult>>();
  const failure = new AbortController();
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
export function placesOf(specs: readonly Pick<StreamTaskSpec, 'input'>[], workers: number): readonly number[] {
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

class PlacedTask {
  readonly spec: StreamTaskSpec;
  readonly #context: JobContext;
  readonly #job: StreamJob;
  readonly #place: number;
  #running: RunningTask | null = null;
  readonly #before: readonly StageCount[];
  #stopped = false;
  #finished = false;
  #until: bigint | null = null;
  /** Rows in, of all stages, in the newest commit known of. */
  #committed = 0;

  constructor(context: JobContext, job: StreamJob, spec: StreamTaskSpec, place: number, before: readonly StageCount[]) {
    this.#before = before;
    this.#context = context;
    this.#job = job;
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
  get name(): string {
    return taskLabel(this.spec.chain.id, this.spec.partition);
  }
  until(offset: bigint): void {
    this.#until = offset;
    this.#running?.order({ kind: 'until', offset: String(offset) });
  }

  async run(failure: AbortSignal): Promise<StreamResult> {
    const { clock, executor, signal, tell } = this.#context;
    const { name } = this;
    const ends = AbortSignal.any([signal, failure]);
    const restarts = new Restarts({ clock, signal: ends, tell }, name);
    for (let life = 0; ; life++) {
      ends.throwIfAborted();
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
      if (this.#until !== null) running.order({ kind: 'until', offset: String(this.#until) });
      try {
        const result = (await resultOf({ signal: ends }, running)) as StreamResult;
        const counts = since(result.counts, this.#before);
        this.#note({ kind: 'counts', counts, done: null, lag: null });
        return { ...result, counts };
      } catch (error) {
        await restarts.after(error);
      }
    }
  }

  #note(note: TaskNote): void {
    this.#context.note(this.#job.id, this.name, note);
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
  for (const { name, rowsIn, rowsOut, rejected } of before) now.add(name, -rowsIn, -rowsOut, -rejected);
  return now.list();
}
