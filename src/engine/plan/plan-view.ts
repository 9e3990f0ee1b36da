import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { Placement } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import type { RowsType } from '../contract/value.ts';
import { columnNeeds, portKey, rowsSchema } from './column-needs.ts';
import type { Plan, PlanNode, PortRef, SinkNode, StageNode } from './plan.ts';

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
}

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
    kept: new Set<string>(),
  };
  return { ...view, kept: keptPorts(view) };
}

function inputsOf(node: PlanNode): readonly PortRef[] {
  if (node.kind === 'sink') return [node.input];
  return node.kind === 'stage' ? [node.input, ...Object.values(node.sides).flat()] : [];
}

/** From the readers backwards, so that a port knows which jobs its readers have been fused into. */
function keptPorts(view: Omit<PlanView, 'kept'>): ReadonlySet<string> {
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
    if (!same(reader.input, ref) || !isFlowThrough(view, reader)) return [reader.id];
    const outs = Object.keys(reader.ports).map(port => ({ node: reader.id, port }));
    return outs.flatMap(out => (kept.has(portKey(out)) ? [`table ${reader.id}`] : [...readBy(out)]));
  };
  for (const node of [...view.plan.nodes].reverse()) {
    for (const port of Object.keys(node.ports)) {
      const ref = { node: node.id, port };
      const rows = view.rows(ref);
      if (rows?.bounded !== true) continue;
      const readers = view.readersOf(ref);
      if (readers.length === 0) continue;
      const whole = readers.some(
        reader => reader.kind === 'stage' && (!same(reader.input, ref) || readsWhole(view, reader)),
      );
      const collected = node.kind === 'stage' && view.placement(node)?.kind !== 'rows';
      if (whole || collected || hasPrepare(view, node) || readBy(ref).size > 1) kept.add(portKey(ref));
    }
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
export function isStreamSink(view: Omit<PlanView, 'kept'>, node: SinkNode): boolean {
  const nature = view.catalog.sinks.get(node.connector.connector)?.nature;
  return nature === 'log' || nature === 'console' || view.rows(node.input)?.bounded === false;
}

/** Null where a step reads the chain's input itself; a source's dead letters are named, for they come beside its rows. */
export function chainInputPort(view: PlanView, ref: PortRef): PortRef | null {
  return view.node(ref.node).kind === 'source' && ref.port !== 'out' ? ref : null;
}

/** The columns a kept table holds: those its readers want. */
export function keptSchema(view: PlanView, ref: PortRef): Schema {
  const schema = rowsSchema(view.plan, ref);
  assert(schema !== null, `${portKey(ref)} holds no rows`);
  const wanted = columnNeeds(view.plan, view.catalog).get(portKey(ref)) ?? { all: true };
  if (wanted.all) return schema;
  const fields = schema.fields.filter(field => wanted.names.has(field.name));
  return { fields: fields.length > 0 ? fields : schema.fields.slice(0, 1) };
}

const same = (a: PortRef, b: PortRef) => a.node === b.node && a.port === b.port;
