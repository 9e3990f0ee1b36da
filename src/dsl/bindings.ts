import type { BindingType } from '../engine/contract/value.ts';
import type { PortRef } from '../engine/plan/plan.ts';
import type { Declaration } from './modules.ts';

/** One thing that can be piped or handed to a stage. */
export interface Port {
  /** Null inside a pipeline that is only checked. */
  readonly ref: PortRef | null;
  /** Null where it is not known, after a mistake. */
  readonly type: BindingType | null;
  /** The rows may have more fields than the type says, after a mistake. */
  readonly open: boolean;
}
/** What a name of the flow stands for. */
export type Binding =
  | { readonly kind: 'ports'; readonly name: string; readonly ports: ReadonlyMap<string, Port> }
  | { readonly kind: 'pipeline'; readonly name: string; readonly declaration: Declaration }
  | { readonly kind: 'registry'; readonly name: string; readonly declaration: Declaration }
  /** A sink: nothing comes out of it. `input` is what it writes, for tests. */
  | { readonly kind: 'sink'; readonly name: string; readonly input: Port }
  | { readonly kind: 'unknown' };

export const UNKNOWN_BINDING: Binding = { kind: 'unknown' };
export const UNKNOWN_PORT: Port = { ref: null, type: null, open: true };

/** Rows of unknown shape: checks go on, and say nothing more. */
export const OPEN_ROWS: BindingType = { kind: 'rows', schema: { fields: [] }, bounded: true };

const TYPE_TEXT: Readonly<Record<BindingType['kind'], string>> = {
  rows: 'rows',
  transform: 'a fitted transform',
  model: 'a model',
  report: 'a report',
  done: 'nothing',
};
export function describeBinding(type: BindingType): string {
  return TYPE_TEXT[type.kind];
}
