import { assert } from '../base/assert.ts';
import { sliceRows } from '../columnar/take.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import type { Chain } from '../plan/physical.ts';
import type { PortRef, SourceNode } from '../plan/plan.ts';
import { ChainRunner, type ChainTap } from './chain.ts';
import type { DeadLetters, TopicLetters } from './dead-letters.ts';
import { describeFailure, type FailureText, isNoRowsFault, operatorError } from './operator-failure.ts';
import { readSplit } from './read-split.ts';
import type { ReadyPorts, Sides } from './sides.ts';
import type { TaskHost } from './task-host.ts';
import type { Part, TaskRun } from './task-spec.ts';

/** Rows of a task set aside for an operator's failures; more is no matter of rows. */
const MAX_POISONED = 1_000;

export interface BoundedChain {
  readonly chain: Chain;
  readonly part: Part;
  readonly ready: ReadyPorts;
  readonly taps: readonly ChainTap[];
  readonly counts: StageCounts;
  readonly deadLetters: DeadLetters;
  /** Side inputs of a value stage at the chain's end, besides those of the steps. */
  readonly sides: readonly PortRef[];
  /** Nothing is kept between rows: the chain may be made anew in mid-course. */
  readonly isStateless: boolean;
  /** What the taps took since the last call stands, or is to be forgotten. */
  keep(): void;
  forget(): void;
  /** Called with the runner before the first row: to make a value stage in its context. */
  start?(runner: ChainRunner): void;
  /** Takes what the taps have gathered, and dead letters for topics; rows go on when it resolves. */
  drain(letters: readonly TopicLetters[]): Promise<void>;
}

/** All rows of a part through a chain, in order, to its end. A row that an operator fails on goes to the dead letters. */
export async function runBoundedChain(run: TaskRun, bounded: BoundedChain): Promise<void> {
  const sides = await run.host.sides.load(sideRefs(bounded), bounded.ready);
  const pass = new ChainPass(bounded, counts => chainRunner(run, bounded, sides, counts));
  bounded.start?.(pass.runner);
  const progress = progressTeller(run, bounded);
  const drain = () => bounded.drain(bounded.deadLetters.take());
  for await (const { source, batch, bad } of rowsOf(run, bounded, progress)) {
    run.signal.throwIfAborted();
    if (source !== null && bad.length > 0) {
      // The records among these rows that could not be read come before what is refused of the rows.
      for (const row of bad) bounded.deadLetters.bad(source, row);
      pass.pushBad(source, bad);
      await drain();
    }
    if (batch !== null) pass.push(batch);
    await drain();
    progress.tell();
    if (pass.runner.isDone()) break;
  }
  run.signal.throwIfAborted();
  pass.end();
  await drain();
}

/** Rows through a chain, with the rows found that an operator fails on, where the chain keeps nothing between rows. */
class ChainPass {
  runner: ChainRunner;
  readonly #bounded: BoundedChain;
  readonly #make: (counts: StageCounts) => ChainRunner;
  /** Of the batch under way; they count when it has gone through. */
  readonly #counts = new StageCounts();
  #poisoned = 0;

  constructor(bounded: BoundedChain, make: (counts: StageCounts) => ChainRunner) {
    this.#bounded = bounded;
    this.#make = make;
    this.runner = make(this.#counts);
    this.#counts.moveTo(bounded.counts);
  }

  push(batch: Batch): void {
    const failure = this.#try(batch);
    if (failure === null) return;
    if (batch.rows > 1) {
      const half = batch.rows >> 1;
      this.push(sliceRows(batch, 0, half));
      this.push(sliceRows(batch, half, batch.rows));
      return;
    }
    this.#alone(batch);
  }
  /** A row that has failed once. What fails on it again refuses it; all else takes it. */
  #alone(row: Batch): void {
    const refusals: FailureText[] = [];
    for (;;) {
      const failure = this.#try(row, refusals);
      if (failure === null) return;
      if (refusals.length === 0) this.#poisoned += 1;
      const isKnown = refusals.some(one => one.operator === failure.operator);
      if (isKnown || this.#poisoned > MAX_POISONED) throw operatorError(failure);
      refusals.push(failure);
    }
  }
  /** They come one time: an operator that fails on them ends the run. */
  pushBad(source: SourceNode, rows: readonly BadRow[]): void {
    this.#once(() => this.runner.pushBad(source, rows));
  }
  end(): void {
    this.#once(() => this.runner.end());
  }

  #once(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw isNoRowsFault(error) ? error : operatorError(this.#failureOf(error));
    }
    this.#keep();
  }
  #keep(): void {
    this.#counts.moveTo(this.#bounded.counts);
    this.#bounded.keep();
    this.#bounded.deadLetters.keep();
  }

  /** Null: the rows have gone through. Else nothing of them is left, and the chain is as new. */
  #try(batch: Batch, refusals: readonly FailureText[] = []): FailureText | null {
    try {
      this.runner.push(batch, refusals);
      this.#keep();
      return null;
    } catch (error) {
      if (isNoRowsFault(error)) throw error;
      const failure = this.#failureOf(error);
      if (!this.#bounded.isStateless) throw operatorError(failure);
      this.#bounded.forget();
      this.#bounded.deadLetters.forget();
      this.runner = this.#make(this.#counts);
      this.#counts.clear();
      return failure;
    }
  }
  #failureOf(error: unknown): FailureText {
    return describeFailure(error, this.runner.at?.id ?? this.#bounded.chain.id);
  }
}

function sideRefs(bounded: BoundedChain): readonly PortRef[] {
  const own = bounded.chain.steps.flatMap(({ node }) => [
    ...Object.values(node.sides).flat(),
    { node: node.id, port: 'prepared' },
  ]);
  return [...own, ...bounded.sides];
}

function chainRunner(run: TaskRun, bounded: BoundedChain, sides: Sides, counts: StageCounts): ChainRunner {
  const { host } = run;
  return new ChainRunner({
    chain: bounded.chain,
    node: host.node,
    catalog: host.catalog,
    lookUp: host.lookUp,
    sides,
    fuse: host.fuse,
    state: host.memoryState(),
    counts,
    taps: bounded.taps,
    reject: (stage, batch, row, why) => bounded.deadLetters.rejected(stage, batch, row, why),
  });
}

interface InputRows {
  /** Null where the rows come from a table. */
  readonly source: SourceNode | null;
  /** Null: nothing but bad rows. */
  readonly batch: Batch | null;
  readonly bad: readonly BadRow[];
}

async function* rowsOf(run: TaskRun, bounded: BoundedChain, progress: ProgressTeller): AsyncGenerator<InputRows> {
  const { host } = run;
  const { input } = bounded.chain;
  if (input.kind === 'table') {
    assert(bounded.part.kind === 'rows', 'a table is read by rows');
    const ready = bounded.ready[`${input.ref.node}:${input.ref.port}`];
    assert(ready?.kind === 'table', `table ${input.ref.node} is not ready`);
    const table = await host.artifacts.table(ready.key);
    assert(table !== null, `table artifact of ${input.ref.node} is gone`);
    const { from, to } = bounded.part;
    const columns = input.schema.fields.map(field => field.name);
    for await (const batch of table.read({ from, to, batchRows: host.batchRows, columns })) {
      progress.add(batch.rows);
      yield { source: null, batch, bad: [] };
    }
    return;
  }
  assert(input.kind === 'source' && bounded.part.kind === 'splits', `a bounded chain cannot read a ${input.kind}`);
  const { source } = input;
  bounded.counts.declare(source.binding);
  for (const split of bounded.part.splits) {
    let before = 0;
    const read = {
      source,
      split,
      skip: 0,
      prefix: null,
      batchRows: host.batchRows,
      signal: run.signal,
      consumed(amount: number) {
        progress.add(amount - before);
        before = amount;
      },
    };
    for await (const { batch, bad } of readSplit(host, read)) {
      const good = batch?.rows ?? 0;
      bounded.counts.add(source.binding, good + bad.length, good, bad.length);
      yield { source, batch, bad };
    }
  }
}

/** Progress is told about this often. */
const TELL_MS = 200;

interface ProgressTeller {
  add(amount: number): void;
  tell(): void;
}

function progressTeller(run: TaskRun, bounded: BoundedChain): ProgressTeller {
  const { clock } = run.host;
  const { part } = bounded;
  const sizes = part.kind === 'rows' ? [part.to - part.from] : part.splits.map(split => split.size);
  const total = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let consumed = 0;
  let told = clock.elapsed();
  return {
    add(amount) {
      consumed += amount;
    },
    tell() {
      const now = clock.elapsed();
      if (now - told < TELL_MS) return;
      told = now;
      const done = total === null || total === 0 ? null : Math.min(1, consumed / total);
      run.tell({ kind: 'counts', counts: bounded.counts.list(), done, lag: null });
    },
  };
}

/** Whether every stage takes rows in any cut. */
export function isStateless(host: Pick<TaskHost, 'catalog' | 'node'>, chain: Chain): boolean {
  return chain.steps.every(({ node }) => {
    const execution = host.catalog.operators.get(node.op)?.execution;
    const input = host.node(node.input.node).ports[node.input.port];
    if (execution?.mode === 'expressions') return true;
    return (
      execution?.mode === 'rows' &&
      input?.kind === 'rows' &&
      execution.placement(node.params as never, input).kind === 'rows'
    );
  });
}
