import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { OperatorDefinition } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import type { BindingType } from '../contract/value.ts';
import type { Plan, PlanNode, PortRef, StageNode } from './plan.ts';
import { portKey } from './port-key.ts';
import { inputRefs } from './refs.ts';

export interface Retyped {
  readonly nodes: readonly PlanNode[];
  /** Schema of the rows that reach each stage, by node id. */
  readonly inputs: ReadonlyMap<string, Schema>;
}

/**
 * Works out stages' ports again, in order, each by its own definition. `seen` says what readers see of a port, where that is
 * less than what its stage makes; then only the stages that see less than the plan says are worked out.
 */
export function retype(plan: Plan, catalog: Catalog, seen?: (ref: PortRef, type: BindingType) => BindingType): Retyped {
  const declared = new Map(plan.nodes.map(node => [node.id, node]));
  const done = new Map<string, PlanNode>();
  const inputs = new Map<string, Schema>();
  const typeOf = (ref: PortRef): BindingType => {
    const type = done.get(ref.node)?.ports[ref.port];
    assert(type !== undefined, `port ${portKey(ref)} is read before it is made`);
    return seen === undefined ? type : seen(ref, type);
  };
  const isAsDeclared = (ref: PortRef) => seen !== undefined && typeOf(ref) === declared.get(ref.node)?.ports[ref.port];
  for (const node of plan.nodes) {
    const definition = node.kind === 'stage' ? catalog.operators.get(node.op) : undefined;
    const isStage = node.kind === 'stage' && definition !== undefined;
    const isSame = !isStage || inputRefs(node).every(isAsDeclared);
    done.set(node.id, isSame ? node : retypedStage(node, definition, typeOf, done));
    const input = isStage ? typeOf(node.input) : null;
    if (input?.kind === 'rows') inputs.set(node.id, input.schema);
  }
  return { nodes: [...done.values()], inputs };
}

function retypedStage(
  node: StageNode,
  definition: OperatorDefinition,
  typeOf: (ref: PortRef) => BindingType,
  done: ReadonlyMap<string, PlanNode>,
): StageNode {
  const bindings = Object.fromEntries(
    Object.entries(node.sides).map(([name, refs]) => [
      name,
      refs.map(ref => ({ name: done.get(ref.node)?.binding ?? ref.node, type: typeOf(ref) })),
    ]),
  );
  let complaint: string | null = null;
  const ports = definition.check({
    params: node.params as never,
    input: typeOf(node.input),
    bindings,
    report: code => {
      complaint ??= code;
    },
  });
  assert(complaint === null, `stage ${node.id} no longer checks: ${complaint}`);
  return { ...node, ports };
}
