import type { Json } from '../base/json.ts';
import type { OperatorExample, Scorer } from './operator.ts';
import type { ParameterSpecs, ParamsOf } from './parameter.ts';
import type { ModelContent, ValueContent } from './value.ts';

/** One fixed cut of the training rows: the cut depends on the data alone, never on the number of workers. */
export interface LearnPartition {
  readonly rows: number;
  /** `features[f][row]`, NaN missing. */
  readonly features: readonly Float64Array[];
  /** Class index by row. */
  readonly labels: Float64Array;
  /** Row weight; null means 1. */
  readonly weights: Float64Array | null;
}

export interface LearnTask {
  readonly featureNames: readonly string[];
  readonly classes: number;
  readonly seed: number;
  readonly partitions: number;
}

/** What passes between steps and merges: plain data and typed arrays (structured-cloneable, buffers may be shared). */
export type Message = unknown;

/**
 * A learner as a loop of `train_step` on each partition and `train_merge` over the steps' results, in partition order.
 * The engine places partitions on workers; nothing else crosses. So any worker count gives the same bytes.
 */
export interface LearnerDefinition<P extends ParameterSpecs = ParameterSpecs> {
  readonly kind: 'learner';
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly params: P;
  readonly examples: readonly OperatorExample[];
  /** Whether more than two classes are taken. */
  readonly multiclass: boolean;
  /** Opens a partition on the worker that holds it. `validation` partitions carry early-stopping rows. */
  step(params: ParamsOf<P>, task: LearnTask, partition: LearnPartition, validation: LearnPartition | null): StepSide;
  merge(params: ParamsOf<P>, task: LearnTask): MergeSide;
  scorer(model: ModelContent, bytes: ValueContent['bytes']): Scorer;
}
export interface StepSide {
  /** Answers one broadcast. The first broadcast is `null`. */
  step(broadcast: Message): Message;
}
export interface MergeSide {
  /** Merges the answers of all partitions, in order. */
  merge(answers: readonly Message[]): { readonly broadcast: Message } | { readonly done: LearnedContent };
  /** For progress: rounds finished, rounds at most, and the latest validation metric where there is one. */
  progress(): { readonly round: number; readonly rounds: number; readonly metric: number | null };
}
export interface LearnedContent {
  readonly learned: Json;
  readonly bytes: Readonly<Record<string, Uint8Array>>;
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** What whoever reads the model's figures should know; told by every run that takes the model up. */
  readonly warnings?: readonly LearnWarning[];
}
/** Holds counts and parameters, never a row's value. */
export interface LearnWarning {
  /** R3xx */
  readonly code: string;
  readonly message: string;
}

export function defineLearner<const P extends ParameterSpecs>(
  definition: Omit<LearnerDefinition<P>, 'kind'>,
): LearnerDefinition {
  return Object.freeze({ kind: 'learner', ...definition }) as unknown as LearnerDefinition;
}
