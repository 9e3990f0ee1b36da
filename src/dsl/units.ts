import type { Checked } from './expression-context.ts';

/** Signs and functions whose arguments must be of one unit, and which give it. */
const SAME_UNIT = new Set(['add', 'sub', 'mod', 'coalesce', 'min', 'max', 'if', 'case']);
/** Comparisons: one unit in, none out. */
const COMPARED = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in_range', 'in_list']);
/** Functions of one value that keep its unit. */
const KEEPS_UNIT = new Set(['neg', 'abs', 'round', 'float', 'int', 'field']);
/** Aggregates whose result is of their first argument's unit. */
const AGGREGATES_KEEPING = new Set([
  'sum',
  'mean',
  'min',
  'max',
  'stddev',
  'median',
  'quantile',
  'first',
  'last',
  'ewma',
  'delta',
]);

/** The first two arguments whose units differ, for functions that compare or mix them. */
export function unitClash(fn: string, args: readonly Checked[]): readonly [Checked, Checked] | null {
  if (!SAME_UNIT.has(fn) && !COMPARED.has(fn)) return null;
  const first = args.find(arg => arg.unit !== null);
  const other = args.find(arg => arg.unit !== null && arg.unit !== first?.unit);
  return first !== undefined && other !== undefined ? [first, other] : null;
}

export function unitOf(fn: string, args: readonly Checked[]): string | null {
  if (SAME_UNIT.has(fn)) return args.find(arg => arg.unit !== null)?.unit ?? null;
  return KEEPS_UNIT.has(fn) ? (args[0]?.unit ?? null) : null;
}

export function unitOfAggregate(fn: string, args: readonly Checked[]): string | null {
  return AGGREGATES_KEEPING.has(fn) ? (args[0]?.unit ?? null) : null;
}
