import { assert } from '../base/assert.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import type { Emit, OperatorContext, RowRejection, RowsOperator } from '../contract/operator.ts';
import type { StateStore } from '../contract/state.ts';
import type { Schema } from '../contract/types.ts';
import type { ValueContent } from '../contract/value.ts';
import type { StageCounts } from '../observe/stage-counts.ts';
import { chainInputPort } from '../plan/chain-input.ts';
import type { Chain, ChainStep } from '../plan/physical.ts';
import type { PlanNode, PortRef, SourceNode, StageNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { badRows } from './dead-letters.ts';
import type { FuseStages } from './fuse-stages.ts';
import { fusibleGroups } from './fusible-groups.ts';
import type { FailureText } from './operator-failure.ts';
import type { Sides } from './sides.ts';
import type { TaskHost } from './task-host.ts';

/** Everything a chain's steps need of their surroundings. One setup serves one run of one task. */
export interface ChainSetup {
  readonly chain: Chain;
  readonly host: Pick<TaskHost, 'node' | 'catalog' | 'lookUp' | 'fuse' | 'clock'>;
  readonly sides: Sides;
  readonly state: StateStore;
  readonly counts: StageCounts;
  /** Ports whose rows somebody wants besides the chain's own steps; each gets every batch of its port. */
  readonly taps: readonly ChainTap[];
  /** A row no stage can take on; the stage is named for the dead letter. */
  reject(stage: StageNode, batch: Batch, row: number, why: RowRejection): void;
}
export interface ChainTap {
  /** A step's port; null, or a port of a node outside the chain: the chain's input. */
  readonly ref: PortRef | null;
  take(batch: Batch): void;
}

const INPUT = '';
type Take = (batch: Batch) => void;

/**
 * The stages of one chain as one push-based pipeline: the same in every driver. Neighbouring expression stages of one binding
 * are one generated loop; everything else is an operator of its own. A batch given to `push` has passed every stage, and
 * reached every tap, when the call returns.
 */
export class ChainRunner {
  readonly #setup: ChainSetup;
  readonly #takers = new Map<string, { take: Take; isDone: () => boolean }[]>();
  readonly #ends: (() => void)[] = [];
  #at: StageNode | null = null;
  /** By operator: rows that come to it in this push are refused. */
  #refusals: ReadonlyMap<string, FailureText> = new Map();

  constructor(setup: ChainSetup) {
    this.#setup = setup;
    for (const tap of setup.taps) this.#listen(this.#source(tap.ref), tap.take, () => false);
    const made = new Map<string, { take: Take; isDone: () => boolean }>();
    for (const group of fusibleGroups(setup)) {
      const [first] = group;
      const known = made.get(first.node.id);
      const stage = known ?? this.#stage(group);
      made.set(first.node.id, stage);
      const count = this.#countIn(first);
      const take = (batch: Batch) => {
        count(batch);
        const refusal = this.#refusals.get(first.node.id);
        if (refusal === undefined) this.#within(first.node, () => stage.take(batch));
        else for (let row = 0; row < batch.rows; row++) this.#reject(first.node, batch, row, refusal);
      };
      this.#listen(this.#source(first.from), take, stage.isDone);
    }
  }

  /** Where the work is: after an error that came out of a call, the stage that threw it. */
  get at(): StageNode | null {
    return this.#at;
  }
  #within(node: StageNode, work: () => void): void {
    const before = this.#at;
    this.#at = node;
    work();
    this.#at = before;
  }

  /** `refusals`: of operators that fail on this row. There it is refused, as any row a stage cannot take on; elsewhere it goes on. */
  push(batch: Batch, refusals: readonly FailureText[] = []): void {
    this.#refusals = new Map(refusals.map(one => [one.operator, one]));
    this.#deliver(INPUT, batch);
  }
  /** Records a source could not read, for the steps and taps of its `bad` port. */
  pushBad(source: SourceNode, rows: readonly BadRow[]): void {
    const port = portKey({ node: source.id, port: 'bad' });
    if (rows.length > 0 && this.#takers.has(port)) this.#deliver(port, badRows(source, rows));
  }
  /** The input has ended: operators give what they held back, in the order of the steps. */
  end(): void {
    for (const end of this.#ends) end();
  }
  /** True once no further input can change anything. */
  isDone(): boolean {
    const { input } = this.#setup.chain;
    const beside =
      input.kind === 'source' || input.kind === 'topic' ? [portKey({ node: input.source.id, port: 'bad' })] : [];
    const takers = [INPUT, ...beside].flatMap(port => this.#takers.get(port) ?? []);
    return takers.length > 0 && takers.every(taker => taker.isDone());
  }

  #source(ref: PortRef | null): string {
    if (ref === null) return INPUT;
    const inChain = this.#setup.chain.steps.some(step => step.node.id === ref.node);
    return inChain || chainInputPort(this.#setup.chain.input, ref) !== null ? portKey(ref) : INPUT;
  }
  #listen(key: string, take: Take, isDone: () => boolean): void {
    this.#takers.set(key, [...(this.#takers.get(key) ?? []), { take, isDone }]);
  }
  #deliver(key: string, batch: Batch): void {
    if (batch.rows === 0) return;
    for (const taker of this.#takers.get(key) ?? []) taker.take(batch);
  }

  #stage(group: readonly ChainStep[]): { take: Take; isDone: () => boolean } {
    const { node: last, input } = group[group.length - 1];
    const execution = this.#setup.host.catalog.operators.get(last.op)?.execution;
    assert(execution !== undefined, `the catalog has no operator ${last.op}`);
    const ports = Object.keys(last.ports);
    const areReadersDone = () =>
      ports.every(port => {
        const takers = this.#takers.get(portKey({ node: last.id, port })) ?? [];
        return takers.length > 0 && takers.every(taker => taker.isDone());
      });
    if (execution.mode === 'expressions') return { take: this.#fused(group), isDone: areReadersDone };
    assert(execution.mode === 'rows', `${last.id} is no stage of a chain`);
    const operator = execution.create(this.context(last, input) as OperatorContext<never>);
    const emit = this.#emitter(last);
    this.#ends.push(() => this.#within(last, () => operator.onEnd?.(emit)));
    return {
      take: batch => runOperator(operator, batch, emit),
      isDone: () => operator.done?.() === true || areReadersDone(),
    };
  }

  #emitter(node: StageNode): Emit {
    const counts = this.#setup.counts;
    const isLast = node.id === node.binding;
    return (batch, port = 'out') => {
      if (isLast) counts.add(node.binding, 0, batch.rows, 0);
      this.#deliver(portKey({ node: node.id, port }), batch);
    };
  }

  #fused(group: readonly ChainStep[]): Take {
    const { catalog, fuse } = this.#setup.host;
    const first = group[0].node;
    const last = group[group.length - 1].node;
    const emit = this.#emitter(last);
    const stages = group.map(({ node, input }) => ({ node, input, output: rowsSchema(node, 'out') }));
    let schema: Schema | null = null;
    let run: ReturnType<FuseStages> | null = null;
    return batch => {
      // Learned columns make the schema known only with the first rows; it is the same for all batches of a task.
      if (run === null || schema !== batch.schema) {
        schema = batch.schema;
        run = fuse(catalog, stages, batch.schema);
      }
      emit(run(batch, (row, why) => this.#reject(first, batch, row, why)));
    };
  }

  /** What a stage's `create` is given. Also for the value stage at the end of a chain. `schema`: of the rows that reach it. */
  context(node: StageNode, schema: Schema): OperatorContext<unknown> {
    const { host, sides, state, counts } = this.#setup;
    const input = this.#setup.host.node(node.input.node).ports[node.input.port];
    const table = (param: string) => (node.sides[param] ?? []).flatMap(ref => sides.table(ref));
    return {
      params: node.params,
      id: node.id,
      input: schema,
      output: (port = 'out') => rowsSchema(node, port),
      bounded: input?.kind === 'rows' ? input.bounded : true,
      state: { keyed: (name, key, slots) => state.keyed(`${node.id}/${name}`, key, slots) },
      table,
      addedRows: param => {
        const added = table(param);
        for (const batch of added) counts.add(node.binding, batch.rows, 0, 0);
        return added;
      },
      values: param => (node.sides[param] ?? []).map(ref => sides.value(ref)),
      prepared: this.#prepared(node),
      now: () => host.clock.now(),
      expired: keys => counts.add(node.binding, 0, 0, 0, keys),
      reject: (batch, row, why) => this.#reject(node, batch, row, why),
      catalog: host.lookUp,
    };
  }

  #prepared(node: StageNode): ValueContent | null {
    const execution = this.#setup.host.catalog.operators.get(node.op)?.execution;
    if (execution?.mode !== 'rows' || execution.prepare === undefined) return null;
    const ref = { node: node.id, port: 'prepared' };
    return this.#setup.sides.has(ref) ? this.#setup.sides.value(ref).content : null;
  }
  #reject(node: StageNode, batch: Batch, row: number, why: RowRejection): void {
    this.#setup.counts.add(node.binding, 0, 0, 1);
    this.#setup.reject(node, batch, row, why);
  }
  /** Rows are counted into a binding where they come from another one. */
  #countIn(step: ChainStep): Take {
    const { node } = step;
    const ref = step.inputParam === null ? node.input : (step.from ?? node.sides[step.inputParam]?.[0] ?? node.input);
    const counts = this.#setup.counts;
    counts.declare(node.binding);
    if (this.#setup.host.node(ref.node).binding === node.binding) return () => {};
    return batch => counts.add(node.binding, batch.rows, 0, 0);
  }
}

function runOperator(operator: RowsOperator, batch: Batch, emit: Emit): void {
  if (operator.done?.() === true) return;
  operator.onBatch(batch, emit);
}

function rowsSchema(node: PlanNode, port: string): Schema {
  const type = node.ports[port];
  assert(type?.kind === 'rows', `port ${port} of ${node.id} holds no rows`);
  return type.schema;
}
