import { assert } from '../base/assert.ts';
import type { Batch } from '../contract/batch.ts';
import type { StageCounts } from '../observe/stage-counts.ts';
import type { Chain } from '../plan/physical.ts';
import type { PortRef } from '../plan/plan.ts';
import { ChainRunner, type ChainTap } from './chain.ts';
import { type DeadLetters, pushDeadLetters } from './dead-letters.ts';
import { readSplit } from './read-split.ts';
import type { ReadyPorts } from './sides.ts';
import type { Part, TaskRun } from './task-spec.ts';

export interface BoundedChain {
  readonly chain: Chain;
  readonly part: Part;
  readonly ready: ReadyPorts;
  readonly taps: readonly ChainTap[];
  readonly counts: StageCounts;
  readonly deadLetters: DeadLetters;
  /** Side inputs of a value stage at the chain's end, besides those of the steps. */
  readonly sides: readonly PortRef[];
  /** Called with the runner before the first row: to make a value stage in its context. */
  start?(runner: ChainRunner): void;
  /** Takes what the taps have gathered, and dead letters for topics; rows go on when it resolves. */
  drain(letters: ReturnType<DeadLetters['take']>): Promise<void>;
}

/** All rows of a part through a chain, in order, to its end. */
export async function runBoundedChain(run: TaskRun, bounded: BoundedChain): Promise<void> {
  const runner = await chainRunner(run, bounded);
  bounded.start?.(runner);
  const progress = progressTeller(run, bounded);
  const drain = async () => {
    const letters = bounded.deadLetters.take();
    pushDeadLetters(runner, letters);
    await bounded.drain(letters);
  };
  for await (const rows of rowsOf(run, bounded, progress)) {
    run.signal.throwIfAborted();
    if (rows !== null) runner.push(rows);
    await drain();
    progress.tell();
    if (runner.isDone()) break;
  }
  run.signal.throwIfAborted();
  runner.end();
  await drain();
}

async function chainRunner(run: TaskRun, bounded: BoundedChain): Promise<ChainRunner> {
  const { host } = run;
  const refs = bounded.chain.steps.flatMap(({ node }) => [
    ...Object.values(node.sides).flat(),
    { node: node.id, port: 'prepared' },
  ]);
  const sides = await host.sides.load([...refs, ...bounded.sides], bounded.ready);
  return new ChainRunner({
    chain: bounded.chain,
    node: host.node,
    catalog: host.catalog,
    lookUp: host.lookUp,
    sides,
    fuse: host.fuse,
    state: host.memoryState(),
    counts: bounded.counts,
    taps: bounded.taps,
    reject: (stage, batch, row, why) => bounded.deadLetters.rejected(stage, batch, row, why),
  });
}

/** Null: nothing but dead letters. */
async function* rowsOf(run: TaskRun, bounded: BoundedChain, progress: ProgressTeller): AsyncGenerator<Batch | null> {
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
      yield batch;
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
      for (const row of bad) bounded.deadLetters.bad(source, row);
      yield batch;
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
