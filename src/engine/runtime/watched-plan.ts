import { OperationalError } from '../base/operational-error.ts';
import type { Plan, PlanNode, PortRef, SinkNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { inputRefs } from '../plan/refs.ts';

/** The connector of the sinks that hand rows to whoever runs the flow. */
export const CAPTURE = 'capture rows';

/** What the captured ports need, every captured rows port read by a sink of ours, and no other sink. */
export function watchedPlan(plan: Plan, capture: readonly PortRef[]): Plan {
  const byId = new Map(plan.nodes.map(node => [node.id, node]));
  const sinks: SinkNode[] = [];
  const roots: string[] = [];
  const bad = new Set<string>();
  for (const ref of capture) {
    const node = byId.get(ref.node);
    if (node === undefined) throw new OperationalError('R550', `the flow has no binding ${ref.node}`);
    const input = node.kind === 'sink' ? node.input : ref;
    roots.push(input.node);
    if (node.kind === 'source' && ref.port === 'bad') bad.add(node.id);
    const type = byId.get(input.node)?.ports[input.port];
    if (type?.kind === 'rows' && !(node.kind === 'source' && ref.port === 'bad')) sinks.push(watcher(ref, input, node));
  }
  const needed = new Set<string>();
  const visit = (id: string) => {
    const node = byId.get(id);
    if (node === undefined || needed.has(id)) return;
    needed.add(id);
    if (node.kind === 'stage') for (const ref of inputRefs(node)) visit(ref.node);
  };
  for (const root of roots) visit(root);
  const nodes: PlanNode[] = plan.nodes
    .filter(node => needed.has(node.id))
    .map(node => (bad.has(node.id) && node.kind === 'source' ? { ...node, onBad: badTopic(node.id) } : node));
  // A source of which nothing but the dead letters is wanted must be read all the same.
  for (const id of bad) {
    const node = byId.get(id);
    if (node !== undefined && !sinks.some(sink => sink.input.node === id)) {
      sinks.push(watcher({ node: id, port: 'rows' }, { node: id, port: 'out' }, node));
    }
  }
  return { ...plan, nodes: [...nodes, ...sinks] };
}

function watcher(ref: PortRef, input: PortRef, node: PlanNode): SinkNode {
  const id = `${CAPTURE} ${portKey(ref)}`;
  return {
    kind: 'sink',
    id,
    binding: node.kind === 'sink' ? node.binding : id,
    span: node.span,
    ports: { out: { kind: 'done' } },
    connector: { connector: CAPTURE, options: {} },
    format: null,
    key: null,
    delivery: 'exactly-once',
    input,
  };
}

/** Where the dead letters of a source go that are wanted. */
export const badTopicName = (source: string): string => `bad rows of ${source}`;
function badTopic(source: string) {
  return { kind: 'topic', topic: badTopicName(source) } as const;
}
