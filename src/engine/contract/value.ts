import type { Json } from '../base/json.ts';
import type { Assignment } from './expression.ts';
import type { LearnWarning } from './learner.ts';
import type { Schema, Type } from './types.ts';

/** What a binding is: the checker's view of it, kept in the plan. */
export type BindingType =
  | RowsType
  | { readonly kind: 'transform'; readonly input: Schema; readonly features: readonly string[] }
  | {
      readonly kind: 'model';
      readonly features: readonly string[];
      readonly predicts: Type;
      /** A feature is made of what is `@phi`: so is what the model says. */
      readonly phi?: true;
    }
  | { readonly kind: 'report'; readonly metrics: readonly string[] }
  /** Ends a flow: a sink, or a gate that passes its input on. */
  | { readonly kind: 'done' };

export type Role = 'train' | 'val' | 'test';

export interface RowsType {
  readonly kind: 'rows';
  readonly schema: Schema;
  /** False for a stream with no end (a topic, stdin). */
  readonly bounded: boolean;
  /** Set on the parts of a split that are named so, and kept by the stages after it. */
  readonly role?: Role;
}

/**
 * What is learned is a value: immutable, content-addressed, the same bytes for the same content.
 * `bytes` hold what JSON would be slow or inexact for (trees, sorted hashes); JSON numbers are exact doubles.
 */
export interface ValueContent {
  readonly json: Json;
  readonly bytes: Readonly<Record<string, Uint8Array>>;
}

/** The content of a fitted pipeline. Run by `columnar`'s transform runner, the same in training and in scoring. */
export interface TransformContent {
  readonly name: string;
  /** The columns it reads, with their types. */
  readonly input: Schema;
  /** In order; each either computes expressions or applies one fitted rule to columns. */
  readonly steps: readonly TransformStep[];
  /** Feature names, in order. */
  readonly features: readonly string[];
}
export type TransformStep =
  | { readonly kind: 'derive'; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'select'; readonly names: readonly string[] }
  | {
      readonly kind: 'rule';
      readonly op: string;
      readonly rule: string;
      readonly column: string;
      /** What `fit` learned for this column, as the rule's own JSON. */
      readonly fitted: Json;
      /** The columns that replace `column`: itself, or e.g. `race=Asian` … for onehot. */
      readonly outputs: readonly string[];
    };

/** The JSON part of a model's content; the learner's own part is under `learned` and in the value's bytes. */
export interface ModelContent {
  readonly learner: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly features: readonly string[];
  /** Class values in the order of the learner's outputs: `[false, true]`, or an enum's values. */
  readonly classes: readonly (boolean | string)[];
  readonly transform: TransformContent | null;
  readonly transformHash: string | null;
  /** A decision threshold on the probability of the last class, when one was set. */
  readonly threshold: number | null;
  /** Hash of the training rows' artifact. */
  readonly trainedOn: string;
  /** How it was made: flow name, version and text, rows per role. */
  readonly recipe: { readonly flow: string; readonly text: string; readonly rows: number };
  /** Validation metrics and the learner's history, by round. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Of its learner; absent where there are none. */
  readonly warnings?: readonly LearnWarning[];
  readonly learned: Json;
}
