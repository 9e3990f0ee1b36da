import { assert } from '../base/assert.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import type { StageCounts } from '../observe/stage-counts.ts';
import type { Chain } from '../plan/physical.ts';
import type { PortRef, SourceNode } from '../plan/plan.ts';
import { ChainRunner, type ChainTap } from './chain.ts';
import { ChainPass } from './chain-pass.ts';
import type { DeadLetters, TopicLetters } from './dead-letters.ts';
import { type PartProgress, partProgress } from './part-progress.ts';
import { readSplit } from './read-split.ts';
import type { ReadyPorts, Sides } from './sides.ts';
import type { TaskHost } from './task-host.ts';
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
  const sides = await run.host.sides.loadOf(bounded.chain, bounded.ready, bounded.sides);
  const pass = new ChainPass(bounded, counts => chainRunner(run, bounded, sides, counts));
  bounded.start?.(pass.runner);
  const progress = partProgress(run, bounded.part, bounded.counts);
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

function chainRunner(run: TaskRun, bounded: BoundedChain, sides: Sides, counts: StageCounts): ChainRunner {
  const { host } = run;
  return new ChainRunner({
    chain: bounded.chain,
    host,
    sides,
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

async function* rowsOf(run: TaskRun, bounded: BoundedChain, progress: PartProgress): AsyncGenerator<InputRows> {
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
