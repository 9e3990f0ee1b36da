import type { RowValue } from '../contract/function.ts';
import type { RowProgram } from '../contract/operator.ts';
import { type Functions, interpretExpression } from './interpret.ts';

/** The oracle of row programs: one row through a chain; null where a filter drops it. Throws RowError. */
export function interpretProgram(
  programs: readonly RowProgram[],
  row: Readonly<Record<string, RowValue>>,
  functions: Functions,
): Record<string, RowValue> | null {
  let current: Record<string, RowValue> = { ...row };
  for (const program of programs) {
    if (program.filter !== undefined && interpretExpression(program.filter, current, functions) !== true) return null;
    for (const { name, value } of program.assign ?? []) current[name] = interpretExpression(value, current, functions);
    if (program.keep !== undefined)
      current = Object.fromEntries(program.keep.map(name => [name, current[name] ?? null]));
  }
  return current;
}
