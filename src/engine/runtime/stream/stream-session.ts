import { OperationalError } from '../../base/operational-error.ts';
import type { Millis } from '../../base/units.ts';
import type { Batch } from '../../contract/batch.ts';
import type { BadRow } from '../../contract/connector.ts';
import { type CommitRecord, type Log, LogError, type TaskLog } from '../../contract/log.ts';
import { taskName } from '../../contract/task-name.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { SourceNode } from '../../plan/plan.ts';
import { outputRef } from '../../plan/refs.ts';
import { ChainRunner, type ChainTap } from '../chain.ts';
import { DeadLetters } from '../dead-letters.ts';
import { describeFailure, type FailureText, isNoRowsFault, operatorError } from '../operator-failure.ts';
import { countSink } from '../table-task.ts';
import type { TaskRun } from '../task-spec.ts';
import { withPlace } from './error-place.ts';
import type { Fetched, InputReader } from './input-reader.ts';
import { assertInForce } from './manifest-log.ts';
import { openReader } from './open-reader.ts';
import { StreamOutputs } from './stream-outputs.ts';
import type { StreamTaskSpec } from './stream-spec.ts';
import { StreamState, USUAL_PACE } from './stream-state.ts';
import { countsOf, numbersOf, type TaskNumbers } from './task-record.ts';
import { pendingDrops } from './upgrade.ts';

/** Whether a reader that is behind has ended is looked at no more often: over a network the answer is dear. */
const READERS_MS: Millis = 500;

/** An operator failed on a batch; the rows between `from` (the last commit) and the batch's end are in doubt. */
export class OperatorFailure extends Error {
  override readonly name = 'OperatorFailure';
  readonly failure: FailureText;
  /** Of the batch. */
  readonly rows: number;
  /** Taken since the last commit, before the batch. */
  readonly before: number;
  constructor(failure: FailureText, rows: number, before: number) {
    super('an operator failed');
    this.failure = failure;
    this.rows = rows;
    this.before = before;
  }
}

/**
 * One life of a stream task: from opening its log (which fences any other owner) to its end or its first error. Everything in
 * memory stands for the last commit plus what has been read since; an error throws it all away.
 */
export class StreamSession {
  readonly #spec: StreamTaskSpec;
  readonly #log: Log;
  readonly #task: TaskLog;
  readonly #state: StreamState;
  readonly #runner: ChainRunner;
  readonly #outputs: StreamOutputs;
  readonly #deadLetters: DeadLetters;
  readonly reader: InputReader;
  readonly counts: StageCounts;
  #numbers: TaskNumbers;
  #pending: Promise<CommitRecord> | null = null;
  #uncommitted = false;
  #rowsSinceCommit = 0;
  /** When it was last looked whether those who are behind have ended. */
  #readersAt: Millis = Number.NEGATIVE_INFINITY;

  private constructor(parts: {
    spec: StreamTaskSpec;
    log: Log;
    task: TaskLog;
    state: StreamState;
    runner: ChainRunner;
    outputs: StreamOutputs;
    deadLetters: DeadLetters;
    reader: InputReader;
    counts: StageCounts;
  }) {
    this.#spec = parts.spec;
    this.#log = parts.log;
    this.#task = parts.task;
    this.#state = parts.state;
    this.#runner = parts.runner;
    this.#outputs = parts.outputs;
    this.#deadLetters = parts.deadLetters;
    this.reader = parts.reader;
    this.counts = parts.counts;
    this.#numbers = numbersOf(parts.task.last);
  }

  /** Fence, then the manifest, then the record, then state, then inputs: nothing is read before the fence. */
  static async open(run: TaskRun, spec: StreamTaskSpec, batchRows: number): Promise<StreamSession> {
    const { host } = run;
    const world = {
      clock: host.clock,
      signal: run.signal,
      env: host.env,
      warn: (code: string, message: string) => run.tell({ kind: 'warning', code, message }),
    };
    const log = await host.log();
    const task = await log.open({ flow: spec.flow, chain: spec.chain.id, partition: spec.partition });
    await assertInForce(log, host.plan.flow.name, spec);
    const { last } = task;
    const numbers = numbersOf(last);
    const place = host.snapshots?.({ ...task.task, stream: spec.stream }) ?? null;
    const pace = { ...USUAL_PACE, deltas: host.snapshotDeltas ?? USUAL_PACE.deltas };
    const state = await StreamState.open(task, place, pace).catch(async error => {
      throw await fencedWhere(isStateGone, error, log, task);
    });
    host.watchState(task, state.store);
    state.drop(pendingDrops(spec.drops, spec.chain.id, numbers.upgrade));
    const counts = new StageCounts();
    counts.addAll(numbers.stages);
    const deadLetters = new DeadLetters(host);
    const outputs = await StreamOutputs.open(host, spec, numbers.turns, world, (sink, batch, row, why) =>
      deadLetters.rejected(sink, batch, row, why),
    );
    const runner = new ChainRunner({
      chain: spec.chain,
      host,
      sides: await host.sides.loadOf(spec.chain, spec.ready),
      state: state.store,
      counts,
      taps: outputTaps(run, spec, outputs, counts),
      reject: (stage, batch, row, why) => deadLetters.rejected(stage, batch, row, why),
    });
    const reader = openReader(host, log, spec, last?.positions ?? [], numbers, batchRows, world);
    const { input } = spec;
    if ('source' in input) counts.declare(input.source.binding);
    return new StreamSession({ spec, log, task, state, runner, outputs, deadLetters, reader, counts });
  }

  get last(): CommitRecord | null {
    return this.#task.last;
  }
  get uncommitted(): boolean {
    return this.#uncommitted;
  }
  get outputBytes(): number {
    return this.#outputs.bytes + this.#deadLetters.waitingBytes;
  }
  /** The chain needs no more rows. */
  get isDone(): boolean {
    return this.#runner.isDone();
  }

  /**
   * Rows through the chain. Throws OperatorFailure for an error of an operator's own. `refusals`: the batch is a row that
   * these operators have failed on twice alike; there it is refused.
   */
  take({ batch, bad, skipped = 0 }: Extract<Fetched, { kind: 'rows' }>, refusals: readonly FailureText[]): void {
    const { input } = this.#spec;
    this.#uncommitted = true;
    if ('source' in input) {
      const good = batch?.rows ?? 0;
      this.counts.add(input.source.binding, good + bad.length + skipped, good, bad.length);
      for (const row of bad) this.#deadLetters.bad(input.source, row);
      this.#pushBad(input.source, bad);
    }
    if (batch === null) return;
    this.#push(batch, refusals);
    const { poisoned, poisonedInARow } = this.#numbers;
    const counts =
      refusals.length === 0 ? { poisonedInARow: 0 } : { poisoned: poisoned + 1, poisonedInARow: poisonedInARow + 1 };
    this.#numbers = { ...this.#numbers, ...counts };
  }
  #push(batch: Batch, refusals: readonly FailureText[]): void {
    try {
      this.#runner.push(batch, refusals);
    } catch (error) {
      if (isNoRowsFault(error)) throw error;
      throw new OperatorFailure(this.#failureOf(error), batch.rows, this.#rowsSinceCommit);
    }
    this.#rowsSinceCommit += batch.rows;
  }
  /** Nothing smaller than all of them could be tried again: an operator that fails on them ends the run. */
  #pushBad(source: SourceNode, rows: readonly BadRow[]): void {
    try {
      this.#runner.pushBad(source, rows);
    } catch (error) {
      throw isNoRowsFault(error) ? error : operatorError(this.#failureOf(error));
    }
  }
  #failureOf(error: unknown): FailureText {
    return describeFailure(error, this.#runner.at?.id ?? this.#spec.chain.id);
  }
  get numbers(): TaskNumbers {
    return this.#numbers;
  }

  /**
   * Starts the commit of all that has been taken; waits for the one before. Work goes on while it is being written, but an
   * error of it ends the session.
   */
  async commit({ ended = false, drained = null }: { ended?: boolean; drained?: number | null } = {}): Promise<void> {
    await this.settle();
    const letters = this.#deadLetters.take();
    for (const { topic, rows } of letters) this.#outputs.deadLetters(topic, rows);
    await this.#outputs.writeConsole();
    if (ended) await this.#outputs.closeConsole();
    const positions = this.reader.positions();
    const { endedUpstreams, drains } = this.reader;
    const { upgrade } = this.#spec;
    const { turns } = this.#outputs;
    this.#numbers = { ...this.#numbers, upgrade, turns, ended: endedUpstreams, drains, drained };
    const { deltas, snapshot, previousSnapshot = null } = this.#state.forCommit();
    this.#uncommitted = false;
    this.#rowsSinceCommit = 0;
    this.#pending = this.#task.commit({
      record: {
        planHash: this.#spec.planHash,
        positions,
        models: this.#spec.models,
        sinkTokens: [],
        snapshot,
        previousSnapshot,
        counts: countsOf(this.counts, this.#numbers),
        ended,
      },
      outputs: this.#outputs.take(),
      deltas,
    });
    this.#pending.catch(() => undefined);
    const release = this.#pending.then(() => this.reader.release(positions, drained !== null));
    release.catch(() => undefined);
    if (ended) await this.settle();
    if (drained !== null) {
      await this.settle();
      await release;
    }
  }
  /** Waits until all commits started are durable. */
  async settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    const record = await pending;
    if (record !== null) await this.#state.committed(record);
  }

  /** The input has ended for good: operators give what they hold, downstream is told, and the task is over. */
  async end(): Promise<void> {
    this.#runner.end();
    this.#outputs.end();
    await this.commit({ ended: true });
  }

  /** Nothing more comes in by this drain: sources are not read on, and all that is before the task has said so. */
  isDrained(drain: number): boolean {
    const { input, upstreams } = this.#spec;
    if (input.kind !== 'exchange') return true;
    const { endedUpstreams: ended, drains } = this.reader;
    if (upstreams.every(task => ended.has(task))) return false;
    return upstreams.every(task => ended.has(task) || drains.get(task) === drain);
  }
  /** Commits what it has, with its state beside, and tells downstream, in the commit that says so. */
  async drain(drain: number): Promise<void> {
    if (this.#uncommitted) await this.commit();
    await this.settle();
    await this.#state.snapshot();
    this.#outputs.drain(drain);
    await this.commit({ drained: drain });
  }

  /** Upstream waits while a reader of its exchanges is this many frames behind. One that has ended (`limit`) is nobody to wait for. */
  async isDownstreamFull(frames: bigint, now: Millis): Promise<boolean> {
    let isFull = false;
    const looks = now - this.#readersAt >= READERS_MS;
    for (const output of this.#spec.chain.outputs) {
      if (output.kind !== 'exchange') continue;
      const { name } = this.#spec.topics[output.topic];
      const { ends } = await this.#log.describe(name);
      for (const [partition, { first, end }] of ends.entries()) {
        if (end - first <= frames || this.#outputs.isUnread(name, partition)) continue;
        // An exchange is named by the chain that reads it.
        const reader = looks ? await this.#log.last({ flow: this.#spec.flow, chain: output.topic, partition }) : null;
        if (reader?.ended === true) this.#outputs.leaveUnread(name, partition);
        else isFull = true;
      }
    }
    if (looks && isFull) this.#readersAt = now;
    return isFull;
  }

  /**
   * An error of this session, as what it is: where input has gone and another owner has committed since, that one has passed it on or
   * has ended, and this one has only not heard of it yet. The sink or source it is of is named.
   */
  async asFenced(error: unknown): Promise<unknown> {
    return withPlace(await fencedWhere(isInputGone, error, this.#log, this.#task), this.#spec);
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.#pending?.catch(() => undefined);
    await this.#state.close();
    await this.#task.close().catch(() => undefined);
  }
}

function isInputGone(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'gap' || error.code === 'no-topic');
}
/** The next owner purges the changelog, and collects snapshots, that this one has begun to read. */
function isStateGone(error: unknown): boolean {
  if (error instanceof LogError) return error.code === 'gap';
  return error instanceof OperationalError && (error.code === 'R122' || error.code === 'R124');
}
/** An error of something that is gone, as what it is. */
async function fencedWhere(
  isGone: (error: unknown) => boolean,
  error: unknown,
  log: Log,
  { task, epoch }: TaskLog,
): Promise<unknown> {
  if (!isGone(error)) return error;
  const last = await log.last(task);
  if (last === null || last.epoch <= epoch) return error;
  return new LogError('fenced', `Task ${taskName(task)} has another owner now.`, { cause: error });
}

function outputTaps(
  run: TaskRun,
  spec: StreamTaskSpec,
  outputs: StreamOutputs,
  counts: StageCounts,
): readonly ChainTap[] {
  return spec.chain.outputs.map(output => {
    const ref = outputRef(output);
    return {
      ref,
      take(batch) {
        if (output.kind === 'sink') countSink(run, counts, output.sink.binding, ref, batch.rows);
        const refused = outputs.add(output, batch);
        if (output.kind === 'sink' && refused > 0) counts.add(output.sink.binding, 0, -refused, refused);
      },
    };
  });
}
