import type { Split } from '../../contract/connector.ts';
import type { TopicInfo } from '../../contract/log.ts';
import type { WorkOutline } from '../../plan/work-outline.ts';

/** What is fixed for the life of a flow's stream: who the tasks are and what they read. Kept in the log, the newest counts. */
export interface StreamManifest {
  /** Rises with every fresh start and every new number of partitions; part of the names of tasks and exchanges. */
  readonly generation: number;
  /** One more than that of the manifest it follows: of two that follow one, the first counts. Absent in manifests made before it was kept. */
  readonly revision?: number;
  /** The drain by which all its tasks have left: nothing is in the exchanges, and watermarks are equal. */
  readonly drained?: number;
  /**
   * The process that is changing the stream: until a manifest without it follows, no task runs. The rest is as it was, or, with `from`, as it will
   * be.
   */
  readonly settling?: string;
  /** The generation whose state its tasks are still being given; none of them has run. */
  readonly from?: Pick<StreamManifest, 'generation' | 'tasks'>;
  /** Tells it from streams of other logs, where they keep snapshots at one place. Absent in manifests made before it was kept. */
  readonly stream?: string;
  readonly planHash: string;
  readonly flowVersion: number;
  /** Ids of the sinks written: all of the plan but for those left out for want of a model. Absent in manifests made before it was kept. */
  readonly sinks?: readonly string[];
  /** What it rests on, to hold a changed plan against. Absent in manifests made before it was kept. */
  readonly work?: WorkOutline;
  /** How often the plan has changed in mid-stream; absent: never. */
  readonly upgrade?: number;
  readonly drops?: readonly DroppedTable[];
  /** Tasks by chain. */
  readonly tasks: Readonly<Record<string, number>>;
  /**
   * Tasks, by chain, of what ran before and is left out for want of a model: they do not run, and nobody waits for them. A chain that comes back
   * has as many again, for its state and positions are laid out by that number. Absent in manifests made before it was kept.
   */
  readonly leftOut?: Readonly<Record<string, number>>;
  /** By source node: the splits, in order. */
  readonly splits: Readonly<Record<string, readonly Split[]>>;
  /** By chain that reads a topic. Absent in manifests made before it was kept. */
  readonly topics?: Readonly<Record<string, TopicStart>>;
  /** By table port: the key of the table read. */
  readonly tables: Readonly<Record<string, string>>;
}

/** Whether tasks of the two can work side by side: topics that have grown give a generation more of them. */
export function isSameStream(
  one: Pick<StreamManifest, 'generation' | 'planHash' | 'tasks'>,
  other: Pick<StreamManifest, 'generation' | 'planHash' | 'tasks'>,
): boolean {
  const chains = new Set([...Object.keys(one.tasks), ...Object.keys(other.tasks)]);
  return (
    one.generation === other.generation &&
    one.planHash === other.planHash &&
    [...chains].every(chain => one.tasks[chain] === other.tasks[chain])
  );
}

/** Under this manifest no task runs. */
export function isHeld({ settling, from }: Pick<StreamManifest, 'settling' | 'from'>): boolean {
  return settling !== undefined || from !== undefined;
}

/** State that an upgrade has given up. A task whose last commit is of an earlier one has still to say so in its changelog. */
export interface DroppedTable {
  readonly chain: string;
  readonly table: string;
  readonly upgrade: number;
}

/** Where a chain begins in its topic. `offsets`: the ends its partitions had at the first start (`from: latest`); null: at their first frames. */
export interface TopicStart {
  readonly topic: string;
  /** `TopicInfo.id`, where the log has one. Absent in manifests made before it was kept. */
  readonly id?: string;
  readonly offsets: readonly string[] | null;
}

/** The offset at which a chain that has committed no position begins in a partition. */
export function startOffset(
  start: TopicStart | undefined,
  { ends }: Pick<TopicInfo, 'ends'>,
  partition: number,
): bigint {
  const offset = start?.offsets?.[partition];
  return offset === undefined ? ends[partition].first : BigInt(offset);
}

/** The flow's name in tasks. */
export function generationName(flow: string, generation: number): string {
  return generation === 1 ? flow : `${flow}~${generation}`;
}
