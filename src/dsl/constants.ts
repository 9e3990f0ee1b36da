import type { Type } from '../engine/contract/types.ts';

/** A value known when a flow is compiled: a literal, or a parameter. */
export interface Constant {
  readonly type: Type;
  /** Numbers for int, float, timestamp (ms), date (days), duration (ms). */
  readonly value: ConstantValue;
  /** False when only checking and the parameter was not given: `value` stands in, and must not be judged. */
  readonly known: boolean;
  /** It comes from outside the flow's text, by `--param`. */
  readonly given?: true;
  /** Where a secret comes from, instead of its value: a plan never holds one. */
  readonly secret?: { readonly from: 'env' | 'param'; readonly name: string };
}
export type ConstantValue = null | boolean | number | string | readonly (null | boolean | number | string)[];
