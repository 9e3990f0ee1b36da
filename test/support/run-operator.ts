import { builtinCatalog, type Definition } from '../../src/cli/catalog.ts';
import { evaluator } from '../../src/cli/load-catalog.ts';
import { compileProgram } from '../../src/engine/columnar/compile-program.ts';
import { batchFromRows, type Row, rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import type { Batch } from '../../src/engine/contract/batch.ts';
import type { OperatorContext, RowRejection, SideValue, StateTable } from '../../src/engine/contract/operator.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import type { ValueContent } from '../../src/engine/contract/value.ts';
import type { StageNode } from '../../src/engine/plan/plan.ts';
import { operatorCatalog } from '../../src/engine/runtime/catalog-module.ts';
import { createStateStore } from '../../src/engine/state/state-store.ts';

export interface RunOptions {
  /** Rows per batch; default: all in one. */
  readonly batchRows?: number;
  /** After so many batches, state is committed, and a new operator restores it and goes on. */
  readonly restoreAfter?: number;
  readonly bounded?: boolean;
  readonly tables?: Readonly<Record<string, readonly Batch[]>>;
  readonly values?: Readonly<Record<string, readonly SideValue[]>>;
  readonly extra?: readonly Definition[];
  /** Called with the tables of state that the operator asks for. */
  /** Processing time. */
  readonly now?: () => number;
  readonly asked?: (table: StateTable) => void;
}
export interface RunResult {
  /** Batches by port. */
  readonly batches: ReadonlyMap<string, readonly Batch[]>;
  readonly rejected: readonly RowRejection[];
  rows(port?: string): Row[];
}

/** Runs one compiled stage over rows, in this thread, with the engine's own state and loops. */
export function runStage(node: StageNode, input: Schema, rows: readonly Row[], options: RunOptions = {}): RunResult {
  const { bounded = true, batchRows = Math.max(1, rows.length) } = options;
  const catalog = builtinCatalog(options.extra);
  const execution = catalog.operators.get(node.op)?.execution;
  if (execution === undefined) throw new Error(`no operator ${node.op}`);
  const cuts = cut(input, rows, batchRows);
  const made = new Map<string, Batch[]>();
  const rejected: RowRejection[] = [];
  const emit = (batch: Batch, port = 'out') => {
    made.set(port, [...(made.get(port) ?? []), batch]);
  };
  const context = (prepared: ValueContent | null, state = createStateStore()): OperatorContext<never> => ({
    params: node.params as never,
    id: node.id,
    input,
    output: (port = 'out') => portSchema(node, port),
    bounded,
    state: {
      keyed(name, key, slots) {
        options.asked?.({ name, key, slots });
        return state.keyed(name, key, slots);
      },
    },
    table: param => options.tables?.[param] ?? [],
    addedRows: param => options.tables?.[param] ?? [],
    values: param => options.values?.[param] ?? [],
    prepared,
    now: options.now ?? (() => 0),
    expired: () => {},
    reject: (_batch, _row, why) => rejected.push(why),
    catalog: operatorCatalog(catalog, evaluator),
  });
  if (execution.mode === 'expressions') {
    const program = execution.lower(node.params as never, input);
    const compiled = compileProgram([program], input, catalog.functions, portSchema(node, 'out'));
    for (const batch of cuts) emit(compiled.run(batch, (_row, why) => rejected.push(why)));
  } else if (execution.mode === 'rows') {
    let prepared: ValueContent | null = null;
    if (execution.prepare !== undefined && (execution.needsPrepare?.(node.params as never) ?? true)) {
      const first = execution.prepare(context(null));
      for (const batch of cuts) first.onBatch(batch);
      prepared = first.finish();
    }
    let state = createStateStore();
    let operator = execution.create(context(prepared, state));
    cuts.forEach((batch, i) => {
      if (i === options.restoreAfter) {
        const restored = createStateStore();
        for (const block of state.takeDelta()) restored.applyDelta(block);
        state = restored;
        operator = execution.create(context(prepared, state));
      }
      if (operator.done?.() !== true) operator.onBatch(batch, emit);
    });
    if (bounded) operator.onEnd?.(emit);
  } else throw new Error(`${node.op} does not make rows`);
  return { batches: made, rejected, rows: (port = 'out') => (made.get(port) ?? []).flatMap(visibleRows) };
}

/** Runs one stage that makes a value. */
export function runValue(node: StageNode, input: Schema, rows: readonly Row[], options: RunOptions = {}): ValueContent {
  const catalog = builtinCatalog(options.extra);
  const execution = catalog.operators.get(node.op)?.execution;
  if (execution?.mode !== 'value') throw new Error(`${node.op} makes no value`);
  const operator = execution.create({
    params: node.params as never,
    id: node.id,
    input,
    output: port => portSchema(node, port ?? 'out'),
    bounded: true,
    state: createStateStore(),
    table: param => options.tables?.[param] ?? [],
    addedRows: param => options.tables?.[param] ?? [],
    values: param => options.values?.[param] ?? [],
    prepared: null,
    reject: () => undefined,
    now: () => 0,
    expired: () => {},
    catalog: operatorCatalog(catalog, evaluator),
  });
  for (const batch of cut(input, rows, options.batchRows ?? Math.max(1, rows.length))) operator.onBatch(batch);
  return operator.finish();
}

export function cut(schema: Schema, rows: readonly Row[], batchRows: number): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < rows.length; from += batchRows) {
    batches.push(batchFromRows(schema, rows.slice(from, from + batchRows)));
  }
  return batches;
}

function portSchema(node: StageNode, port: string): Schema {
  const type = node.ports[port];
  return type?.kind === 'rows' ? type.schema : { fields: [] };
}

/** Hidden fields are for stages, not for people. */
export function visibleRows(batch: Batch): Row[] {
  const hidden = new Set(batch.schema.fields.filter(field => field.hidden).map(field => field.name));
  return rowsOfBatch(batch).map(row => Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.has(name))));
}
