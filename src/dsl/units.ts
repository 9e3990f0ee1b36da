import type { AggregateDefinition, FunctionDefinition } from '../engine/contract/function.ts';
import type { Checked } from './expression-context.ts';

/** The first two arguments whose units differ, for functions that compare or mix them. */
export function unitClash({ units }: FunctionDefinition, args: readonly Checked[]): readonly [Checked, Checked] | null {
  if (units !== 'same' && units !== 'compared') return null;
  const first = args.find(arg => arg.unit !== null);
  const other = args.find(arg => arg.unit !== null && arg.unit !== first?.unit);
  return first !== undefined && other !== undefined ? [first, other] : null;
}

/** The unit of what a call gives. */
export function unitOf(
  { units }: Pick<FunctionDefinition | AggregateDefinition, 'units'>,
  args: readonly Checked[],
): string | null {
  if (units === 'same') return args.find(arg => arg.unit !== null)?.unit ?? null;
  return units === 'kept' ? (args[0]?.unit ?? null) : null;
}
