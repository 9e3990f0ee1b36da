import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { Placement } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import type { RowsType } from '../contract/value.ts';
import { columnNeeds, rowsSchema, wantedFields } from './column-needs.ts';
import type { Plan, PlanNode, PortRef, SinkNode, StageNode } from './plan.ts';
import { portKey } from './port-key.ts';
import { inputRefs } from './refs.ts';
import { retype } from './retype.ts';

/** The plan with quick look-ups, shared by the builders of jobs. */
export interface PlanView {
  readonly plan: Plan;
  readonly catalog: Catalog;
  node(id: string): PlanNode;
  readersOf(ref: PortRef): readonly PlanNode[];
  rows(ref: PortRef): RowsType | null;
  placement(node: StageNode): Placement | null;
  /** Ports whose rows are kept as an artifact. */
  readonly kept: ReadonlySet<string>;
  /** The columns each kept table holds: those its readers want. */
  keptSchema(ref: PortRef): Schema;
  /** A stage as it runs, and the rows that reach it, where kept tables hold fewer columns than their stages make. */
  running(node: StageNode): { readonly node: StageNode; readonly input: Schema };
}
type Unkept = Omit<PlanView, 'kept' | 'keptSchema' | 'running'>;

export function viewOf(plan: Plan, catalog: Catalog): PlanView {
  const nodes = new Map(plan.nodes.map(node => [node.id, node]));
  const readers = new Map<string, PlanNode[]>();
  for (const node of plan.nodes) {
    for (const ref of inputsOf(node)) readers.set(portKey(ref), [...(readers.get(portKey(ref)) ?? []), node]);
  }
  const view = {
    plan,
    catalog,
    node(id: string) {
      const node = nodes.get(id);
      assert(node !== undefined, `plan names no node ${id}`);
      return node;
    },
    readersOf: (ref: PortRef) => readers.get(portKey(ref)) ?? [],
    rows(ref: PortRef) {
      const type = nodes.get(ref.node)?.ports[ref.port];
      return type?.kind === 'rows' ? type : null;
    },
    placement(node: StageNode) {
      const execution = catalog.operators.get(node.op)?.execution;
      const input = view.rows(node.input);
      if (execution?.mode === 'expressions') return { kind: 'rows' } as const;
      return execution?.mode === 'rows' && input !== null ? execution.placement(node.params as never, input) : null;
    },
  };
  const kept = keptPorts(view);
  const needs = columnNeeds(plan, catalog);
  const keptSchema = (ref: PortRef) => {
    const schema = rowsSchema(plan, ref);
    const wanted = needs.get(portKey(ref));
    assert(schema !== null && wanted !== undefined, `${portKey(ref)} holds no rows that somebody reads`);
    return wantedFields(schema, wanted);
  };
  const { nodes: typed, inputs } = retype(plan, catalog, (ref, type) => {
    if (type.kind !== 'rows' || !kept.has(portKey(ref))) return type;
    const schema = keptSchema(ref);
    return schema.fields.length === type.schema.fields.length ? type : { ...type, schema };
  });
  const stages = new Map(typed.map(node => [node.id, node]));
  return {
    ...view,
    kept,
    keptSchema,
    running(node) {
      const stage = stages.get(node.id);
      assert(stage?.kind === 'stage', `${node.id} is no stage`);
      return { node: stage, input: inputs.get(node.id) ?? { fields: [] } };
    },
  };
}

function inputsOf(node: PlanNode): readonly PortRef[] {
  if (node.kind === 'sink') return [node.input];
  return node.kind === 'stage' ? inputRefs(node) : [];
}

/** From the readers backwards, so that a port knows which jobs its readers have been fused into. */
function keptPorts(view: Unkept): ReadonlySet<string> {
  const kept = new Set<string>();
  /** Ids of the jobs that would read the port if it were not kept. */
  const readBy = (ref: PortRef): ReadonlySet<string> => {
    const jobs = new Set<string>();
    for (const reader of view.readersOf(ref)) for (const job of jobsOfReader(reader, ref)) jobs.add(job);
    return jobs;
  };
  const jobsOfReader = (reader: PlanNode, ref: PortRef): Iterable<string> => {
    if (reader.kind === 'sink') return [isStreamSink(view, reader) ? 'stream' : reader.id];
    assert(reader.kind === 'stage', `${reader.id} reads nothing`);
    if (isSideOf(reader, ref) || !isFlowThrough(view, reader)) return [reader.id];
    const outs = Object.keys(reader.ports).map(port => ({ node: reader.id, port }));
    return outs.flatMap(out => (kept.has(portKey(out)) ? [`table ${reader.id}`] : [...readBy(out)]));
  };
  for (const node of [...view.plan.nodes].reverse()) {
    const refs = Object.keys(node.ports).map(port => ({ node: node.id, port }));
    const read = refs.filter(ref => view.rows(ref)?.bounded === true && view.readersOf(ref).length > 0);
    const isWhole = (ref: PortRef) =>
      view
        .readersOf(ref)
        .some(reader => reader.kind === 'stage' && (isSideOf(reader, ref) || readsWhole(view, reader)));
    const collected = node.kind === 'stage' && view.placement(node)?.kind !== 'rows';
    const readers = new Set(read.flatMap(ref => [...readBy(ref)]));
    // A node does its work once for all its ports, so that nothing is read, counted or dead-lettered twice.
    if (collected || hasPrepare(view, node) || readers.size > 1 || read.some(isWhole))
      for (const ref of read) kept.add(portKey(ref));
  }
  return kept;
}

export function executionOf(view: Pick<PlanView, 'catalog'>, node: PlanNode) {
  return node.kind === 'stage' ? view.catalog.operators.get(node.op)?.execution : undefined;
}
export function hasPrepare(view: Pick<PlanView, 'catalog'>, node: PlanNode): boolean {
  const how = executionOf(view, node);
  if (node.kind !== 'stage' || how?.mode !== 'rows' || how.prepare === undefined) return false;
  return how.needsPrepare?.(node.params as never) ?? true;
}
/** Reads its input more than once, or by ranges. */
function readsWhole(view: Pick<PlanView, 'catalog'>, node: StageNode): boolean {
  return executionOf(view, node)?.mode === 'train' || hasPrepare(view, node);
}
function isFlowThrough(view: Pick<PlanView, 'catalog'>, node: StageNode): boolean {
  const mode = executionOf(view, node)?.mode;
  return mode === 'expressions' || mode === 'rows';
}

/** Sinks that take rows as they come. A bounded file sink is written by a job of its own, whole. */
export function isStreamSink(view: Unkept, node: SinkNode): boolean {
  const nature = view.catalog.sinks.get(node.connector.connector)?.nature;
  return nature === 'log' || nature === 'console' || view.rows(node.input)?.bounded === false;
}

/** Also where the port is the stage's main input too, as in a join of rows with themselves. */
function isSideOf(node: StageNode, ref: PortRef): boolean {
  return Object.values(node.sides)
    .flat()
    .some(side => side.node === ref.node && side.port === ref.port);
}
