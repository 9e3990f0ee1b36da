import type { ChainStep } from '../plan/physical.ts';
import type { PortRef } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import type { ChainSetup } from './chain.ts';

/**
 * Neighbouring expression stages that can be one loop: of one binding, each the only reader of the one before. Rejections and
 * counts then still speak of the binding the user wrote.
 */
export function fusibleGroups({
  chain: { steps },
  host,
  taps,
}: Pick<ChainSetup, 'chain' | 'host' | 'taps'>): readonly (readonly ChainStep[])[] {
  const isExpression = (step: ChainStep) => host.catalog.operators.get(step.node.op)?.execution.mode === 'expressions';
  const readersOf = (ref: PortRef) =>
    steps.filter(step => step.from !== null && portKey(step.from) === portKey(ref)).length +
    taps.filter(tap => tap.ref !== null && portKey(tap.ref) === portKey(ref)).length;
  const groups: ChainStep[][] = [];
  for (const step of steps) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    const joins =
      before !== undefined &&
      isExpression(step) &&
      isExpression(before) &&
      step.inputParam === null &&
      step.node.binding === before.node.binding &&
      step.from !== null &&
      step.from.node === before.node.id &&
      readersOf(step.from) === 1;
    if (joins) group?.push(step);
    else groups.push([step]);
  }
  return groups;
}
