import type { Split } from '../../contract/connector.ts';
import type { Log, LogReader, TopicInfo } from '../../contract/log.ts';
import { manifestTopic } from './own-topics.ts';

/** What is fixed for the life of a flow's stream: who the tasks are and what they read. Kept in the log, the newest counts. */
export interface StreamManifest {
  /** Rises with every fresh start; part of the names of tasks and exchanges. */
  readonly generation: number;
  /** Tells it from streams of other logs, where they keep snapshots at one place. Absent in manifests made before it was kept. */
  readonly stream?: string;
  readonly planHash: string;
  readonly flowVersion: number;
  /** Ids of the sinks written: all of the plan but for those left out for want of a model. Absent in manifests made before it was kept. */
  readonly sinks?: readonly string[];
  /** Tasks by chain. */
  readonly tasks: Readonly<Record<string, number>>;
  /** By source node: the splits, in order. */
  readonly splits: Readonly<Record<string, readonly Split[]>>;
  /** By chain that reads a topic. Absent in manifests made before it was kept. */
  readonly topics?: Readonly<Record<string, TopicStart>>;
  /** By table port: the key of the table read. */
  readonly tables: Readonly<Record<string, string>>;
}

/** Where a chain begins in its topic. `offsets`: the ends its partitions had at the first start (`from: latest`); null: at their first frames. */
export interface TopicStart {
  readonly topic: string;
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

export async function readManifest(log: Log, flow: string): Promise<StreamManifest | null> {
  const topic = manifestTopic(flow);
  await log.ensureTopics([{ name: topic, partitions: 1, internal: true }]);
  return newestManifest(log, topic);
}

/** Of a topic that holds manifests; null where it is empty. */
export async function newestManifest(log: LogReader, topic: string): Promise<StreamManifest | null> {
  let newest: StreamManifest | null = null;
  let offset = 0n;
  for (;;) {
    const { frames, next, stableEnd } = await log.read({ topic, partition: 0, offset }, { bytes: 1 << 20, waitMs: 0 });
    for (const frame of frames) newest = JSON.parse(new TextDecoder().decode(frame.body)) as StreamManifest;
    offset = next.offset;
    if (offset >= stableEnd) return newest;
  }
}

/** Appending the same manifest twice does no harm: the newest counts. */
export async function writeManifest(log: Log, flow: string, manifest: StreamManifest): Promise<void> {
  const frame = new TextEncoder().encode(JSON.stringify(manifest));
  await log.append({ topic: manifestTopic(flow), partition: 0 }, [frame]);
}
