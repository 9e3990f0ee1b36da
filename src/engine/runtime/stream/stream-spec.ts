import type { StageCount } from '../../contract/artifact.ts';
import type { Split } from '../../contract/connector.ts';
import type { TaskId } from '../../contract/log.ts';
import type { TimeLimits } from '../../contract/record-topics.ts';
import type { Schema } from '../../contract/types.ts';
import type { Chain } from '../../plan/physical.ts';
import type { SourceNode } from '../../plan/plan.ts';
import type { Ready, ReadyPorts } from '../sides.ts';
import type { DroppedTable, StreamManifest } from './stream-manifest.ts';

/** A task, and the stream it is of: null for one that began before streams had names. */
export interface StreamTask extends TaskId {
  readonly stream: string | null;
}

/** A task over the log: one partition of a chain. Plain data, complete: any worker can run it from the last commit on. */
export interface StreamTaskSpec {
  readonly kind: 'stream';
  /** Flow name with its generation: owner of tasks and internal topics. */
  readonly flow: string;
  /** See `StreamTask`. */
  readonly stream: string | null;
  readonly generation: number;
  readonly planHash: string;
  /** Of the whole stream, by chain. */
  readonly tasks: StreamManifest['tasks'];
  /** The manifest's, see `upgrade.ts`. */
  readonly upgrade: number;
  readonly drops: readonly DroppedTable[];
  readonly chain: Chain;
  readonly partition: number;
  readonly input: StreamInput;
  /** Partitions of every topic the task writes, and the real names of exchanges. */
  readonly topics: Readonly<Record<string, TargetTopic>>;
  /** Names (`chain/partition`) of the tasks whose `end` this one waits for; exchange inputs only. */
  readonly upstreams: readonly string[];
  /** Versions of the models in force, by binding. */
  readonly models: Readonly<Record<string, string>>;
  readonly ready: ReadyPorts;
}
export interface TargetTopic {
  readonly name: string;
  readonly partitions: number;
  /** Of a topic of records: times it takes; absent: any. */
  readonly times?: TimeLimits;
}
export type StreamInput =
  | {
      readonly kind: 'splits';
      readonly source: SourceNode;
      /** With their index in the source's whole list. */
      readonly splits: readonly { readonly index: number; readonly split: Split }[];
      /** False for input that never ends by itself (standard input): its end is not the flow's. */
      readonly bounded: boolean;
    }
  | {
      readonly kind: 'rows';
      readonly table: Extract<Ready, { kind: 'table' }>;
      readonly columns: readonly string[];
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly kind: 'topic';
      readonly source: SourceNode;
      readonly topic: string;
      /** What the topic holds. */
      readonly schema: Schema;
      /** Where a task that has no position yet begins. */
      readonly start: string;
      /** Offset that is taken for the end; null: there is none. */
      readonly until: string | null;
    }
  | {
      readonly kind: 'records';
      readonly source: SourceNode;
      readonly topic: string;
      /** Where a task that has no position yet begins. */
      readonly start: string;
      /** Offset that is taken for the end; null: there is none. */
      readonly until: string | null;
    }
  | { readonly kind: 'exchange'; readonly topic: string; readonly schema: Schema };

/** How a stream task left off. `ended`: for good; `caught-up`: at the ends given; `stopped`: it was asked to; `drained`: so that nothing is before it. */
export interface StreamResult {
  readonly how: 'ended' | 'caught-up' | 'stopped' | 'drained';
  readonly counts: readonly StageCount[];
  /** Nothing was left to do: the task had ended in an earlier run. */
  readonly already: boolean;
}

export function taskLabel(chain: string, partition: number): string {
  return `${chain}/${partition}`;
}
