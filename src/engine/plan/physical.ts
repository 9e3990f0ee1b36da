import type { Schema } from '../contract/types.ts';
import type { PlanNode, PortRef, SinkNode, SourceNode, StageNode } from './plan.ts';

/**
 * How a plan runs. Jobs come in an order in which what they read is ready before them. Bounded jobs end in artifacts; stream
 * jobs run over the log and end in commits.
 */
export interface PhysicalPlan {
  readonly jobs: readonly Job[];
}
export type Job = TableJob | ValueJob | TrainJob | ControlJob | RegistryJob | StreamJob;

/** What a chain reads. */
export type ChainInput =
  | { readonly kind: 'source'; readonly source: SourceNode }
  | { readonly kind: 'table'; readonly ref: PortRef; readonly schema: Schema }
  | { readonly kind: 'topic'; readonly source: SourceNode; readonly topic: string }
  /** `topic` names the exchange by the chain that reads it; `upstreams` are chain ids, and it has ended when all their tasks have. */
  | {
      readonly kind: 'exchange';
      readonly topic: string;
      readonly schema: Schema;
      readonly upstreams: readonly string[];
    };

/** Stages run one after another, or as a tree, inside one task. A step's rows go to every step that names it as input. */
export interface ChainStep {
  readonly node: StageNode;
  /** Schema of the rows that reach it: a kept table holds only the columns its readers want. */
  readonly input: Schema;
  /** The step before, or null for the chain's input. */
  readonly from: { readonly node: string; readonly port: string } | null;
  /** Null for the stage's main input; the side parameter where another endless stream enters by it (`union`). */
  readonly inputParam: string | null;
}
export type ChainOutput =
  | { readonly kind: 'table'; readonly ref: PortRef; readonly schema: Schema }
  | { readonly kind: 'sink'; readonly sink: SinkNode; readonly from: PortRef }
  | {
      readonly kind: 'exchange';
      readonly topic: string;
      readonly from: PortRef;
      readonly schema: Schema;
      /** Key columns; empty: rows go round by their position in the input, or all to partition 0 where `single`. */
      readonly by: readonly string[];
      readonly single: boolean;
    };

interface JobBase {
  /** The binding it makes, or the node id. Stable: task ids and artifacts are named by it. */
  readonly id: string;
  /** Bindings that must be ready first: tables and values. */
  readonly needs: readonly PortRef[];
}
export interface Chain {
  readonly id: string;
  readonly input: ChainInput;
  readonly steps: readonly ChainStep[];
  readonly outputs: readonly ChainOutput[];
  /** `single`: one task sees all rows in order. `split`: a task per split or table partition. `keyed`: a task per exchange partition. */
  readonly spread: 'single' | 'split' | 'keyed';
}
/** Bounded rows to one or more table artifacts (one per port that is read later), or a file sink. */
export interface TableJob extends JobBase {
  readonly kind: 'table';
  readonly chain: Chain;
}
/** A bounded chain into a stage that gives a value (`fit`, `evaluate`, `choose`, a `prepare` pass). */
export interface ValueJob extends JobBase {
  readonly kind: 'value';
  readonly chain: Chain;
  /** Schema of the rows that reach the stage. */
  readonly input: Schema;
  readonly node: StageNode;
  /** True for the first pass of a stage with `prepare`. */
  readonly prepare: boolean;
}
export interface TrainJob extends JobBase {
  readonly kind: 'train';
  readonly node: StageNode;
}
export interface ControlJob extends JobBase {
  readonly kind: 'control';
  readonly node: StageNode | SinkNode;
}
export interface RegistryJob extends JobBase {
  readonly kind: 'registry';
  readonly node: Extract<PlanNode, { kind: 'registry' }>;
}
export interface StreamJob extends JobBase {
  readonly kind: 'stream';
  readonly chains: readonly Chain[];
}
