import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { Ports, Shorthand } from '../contract/operator.ts';
import type { BindingType } from '../contract/value.ts';
import type { PlanNode, PortRef, StageNode } from './plan.ts';

/**
 * The plan with stages that are short for several written out: `train …, features: prep` is `fit prep` on the same rows,
 * `apply` of it to them and to the rows to stop by, and the `train` of what comes out. Such nodes are named after the stage.
 */
export function expandStages(nodes: readonly PlanNode[], catalog: Catalog): readonly PlanNode[] {
  const done = new Map<string, PlanNode>();
  const add = (node: PlanNode): void => void done.set(node.id, node);
  for (const node of nodes) {
    const short = node.kind === 'stage' ? catalog.operators.get(node.op)?.shorthand?.(node.params as never) : null;
    if (node.kind !== 'stage' || short === null || short === undefined) add(node);
    else for (const each of written(node, short, catalog, done)) add(each);
  }
  return [...done.values()];
}

function written(
  node: StageNode,
  short: Shorthand,
  catalog: Catalog,
  done: ReadonlyMap<string, PlanNode>,
): readonly StageNode[] {
  const { learn, put } = short;
  const made = new Map<string, PlanNode>(done);
  const stage = (id: string, op: string, params: StageNode['params'], input: PortRef, sides: StageNode['sides']) => {
    const ports = portsOf({ op, params, input, sides }, catalog, made);
    const one: StageNode = {
      kind: 'stage',
      id,
      op,
      params,
      input,
      sides,
      ports,
      binding: node.binding,
      span: node.span,
    };
    made.set(id, one);
    return one;
  };
  const learned = stage(`${node.id}/${learn.op}`, learn.op, learn.params, node.input, {});
  const transform = { [put.side]: [{ node: learned.id, port: 'out' }] };
  const applied = stage(`${node.id}/${put.op}`, put.op, {}, node.input, transform);
  const sides = { ...node.sides };
  const others = short.streams.flatMap(param =>
    (sides[param] ?? []).map(ref => {
      const other = stage(`${node.id}/${put.op} ${param}`, put.op, {}, ref, transform);
      sides[param] = [{ node: other.id, port: 'out' }];
      return other;
    }),
  );
  const last = stage(node.id, node.op, short.params, { node: applied.id, port: 'out' }, sides);
  return [learned, applied, ...others, last];
}

function portsOf(
  { op, params, input, sides }: Pick<StageNode, 'op' | 'params' | 'input' | 'sides'>,
  catalog: Catalog,
  nodes: ReadonlyMap<string, PlanNode>,
): Ports {
  const definition = catalog.operators.get(op);
  assert(definition !== undefined, `the catalog has no operator ${op}`);
  const typeOf = (ref: PortRef): BindingType => {
    const type = nodes.get(ref.node)?.ports[ref.port];
    assert(type !== undefined, `${ref.node} is read before it is made`);
    return type;
  };
  const bindings = Object.fromEntries(
    Object.entries(sides).map(([name, refs]) => [
      name,
      refs.map(ref => ({ name: nodes.get(ref.node)?.binding ?? ref.node, type: typeOf(ref) })),
    ]),
  );
  return definition.check({
    params: params as never,
    input: typeOf(input),
    bindings,
    report: code => assert(false, `a stage written out for ${op} does not check: ${code}`),
  });
}
