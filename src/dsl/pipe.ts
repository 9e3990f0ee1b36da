import type { Schema } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { StageNode as PlanStage, PortRef } from '../engine/plan/plan.ts';
import { OPEN_ROWS, type Port } from './bindings.ts';
import type { FlowContext, StagePlace } from './flow-context.ts';
import type { Name } from './syntax.ts';

/** A stage of a pipeline that is handed over as a value. */
export interface SpecStage {
  readonly op: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly input: Schema;
  readonly output: Schema;
  readonly reads: readonly string[];
  readonly assigned: readonly Name[];
}

/** Stages being compiled one after another: into nodes of the plan, or into a pipeline's checked form. */
export interface Pipe {
  readonly context: FlowContext;
  readonly binding: string;
  readonly into: 'plan' | 'pipeline';
  readonly nodes: PlanStage[];
  readonly stages: SpecStage[];
  /** By node id. */
  readonly places: Map<string, StagePlace>;
  /** Stages so far by operator, for ids. */
  readonly counts: Map<string, number>;
  /** What the next stage takes. */
  current: Port;
  /** All ports of the last stage. */
  ports: ReadonlyMap<string, Port>;
}

export function startPipe(context: FlowContext, binding: string, into: Pipe['into'], head: Port): Pipe {
  return {
    context,
    binding,
    into,
    nodes: [],
    stages: [],
    places: new Map(),
    counts: new Map(),
    current: head,
    ports: new Map([['out', head]]),
  };
}

/** The type the next stage is checked against; rows of unknown shape after a mistake. */
export function currentType(pipe: Pipe): BindingType {
  return pipe.current.type ?? OPEN_ROWS;
}
export function currentSchema(pipe: Pipe): Schema {
  const type = currentType(pipe);
  return type.kind === 'rows' ? type.schema : { fields: [] };
}

/** Nothing sure is known of what comes next, after a mistake; what was known of the rows still helps. */
export function lose(pipe: Pipe): void {
  pipe.current = { ...pipe.current, open: true };
  pipe.ports = new Map([['out', pipe.current]]);
}

/** `name/op`, numbered from the second on: stable when stages of other kinds are added. */
function nextId(pipe: Pipe, op: string): string {
  const count = (pipe.counts.get(op) ?? 0) + 1;
  pipe.counts.set(op, count);
  return `${pipe.binding}/${op}${count === 1 ? '' : count}`;
}

export function addNode(
  pipe: Pipe,
  node: Pick<PlanStage, 'op' | 'params' | 'sides' | 'span'>,
  place: StagePlace,
  ports: Readonly<Record<string, BindingType>>,
  open: boolean,
): void {
  const id = nextId(pipe, node.op);
  const input = pipe.current.ref ?? { node: '', port: 'out' };
  pipe.places.set(id, place);
  pipe.nodes.push({ kind: 'stage', id, binding: pipe.binding, ports, input, ...node });
  setPorts(pipe, id, ports, open);
}

export function setPorts(
  pipe: Pipe,
  id: string | null,
  ports: Readonly<Record<string, BindingType>>,
  open: boolean,
): void {
  const entries = Object.entries(ports).map(([port, type]): [string, Port] => [
    port,
    { ref: id === null ? null : { node: id, port }, type, open },
  ]);
  pipe.ports = new Map(entries);
  pipe.current = pipe.ports.get('out') ?? { ref: null, type: null, open };
}

/** The nodes go into the plan. `last` takes the binding's own name, where it is given. */
export function keepNodes(pipe: Pipe, last: PlanStage | undefined): void {
  const { nodes, places } = pipe.context;
  for (const node of pipe.nodes) {
    const id = node === last ? pipe.binding : node.id;
    const place = pipe.places.get(node.id);
    nodes.set(id, { ...node, id });
    if (place !== undefined) places.set(id, place);
  }
}

export function finishPipe(pipe: Pipe): ReadonlyMap<string, Port> {
  const last = pipe.nodes.at(-1);
  keepNodes(pipe, last);
  if (last === undefined) return pipe.ports;
  const renamed = (ref: PortRef | null): PortRef | null =>
    ref?.node === last.id ? { ...ref, node: pipe.binding } : ref;
  return new Map([...pipe.ports].map(([name, port]) => [name, { ...port, ref: renamed(port.ref) }]));
}
