import type { ChainStep } from './physical.ts';
import type { PortRef } from './plan.ts';
import type { PlanView } from './plan-view.ts';

/**
 * Whether the rows of a port still have, in their key columns, what they were placed by when they came into the chain: no step on the way
 * has given one of these columns another value. A stage of which that is not known counts as one that has.
 */
export function isStillKeyed(
  view: PlanView,
  steps: readonly ChainStep[],
  ref: Pick<PortRef, 'node'>,
  by: readonly string[],
): boolean {
  // A stage with several inputs has a step for each.
  return steps
    .filter(step => step.node.id === ref.node)
    .every(step => keeps(view, step, by) && (step.from === null || isStillKeyed(view, steps, step.from, by)));
}

function keeps(view: PlanView, { node, input }: ChainStep, by: readonly string[]): boolean {
  const definition = view.catalog.operators.get(node.op);
  if (definition?.execution.mode === 'expressions') {
    const { assign = [] } = definition.execution.lower(node.params as never, input);
    return assign.every(({ name, value }) => !by.includes(name) || (value.op === 'column' && value.name === name));
  }
  if (definition?.addsColumnsOnly === true || definition?.parts === true) return true;
  const placement = view.placement(node);
  // What is grouped by the key gives the key out as it came.
  return placement?.kind === 'key' && placement.columns.join('\n') === by.join('\n');
}
