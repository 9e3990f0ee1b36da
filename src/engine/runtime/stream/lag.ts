import {
  type InputPosition,
  LogError,
  type LogReader,
  type Position,
  type ReadLimit,
  type TopicInfo,
} from '../../contract/log.ts';
import type { RecordTopics } from '../../contract/record-topics.ts';
import { tasksOf } from './generation-tasks.ts';
import { newestManifest } from './manifest-log.ts';
import { flowOfManifests } from './own-topics.ts';
import { type StreamManifest, startOffset } from './stream-manifest.ts';

export interface Lag {
  readonly flow: string;
  readonly chain: string;
  readonly topic: string;
  readonly partition: number;
  /** Frames. */
  readonly behind: number;
}
/** How far the streams in force are behind, in every partition of what they read over the log; sorted. */
export async function lagOf(view: LogReader): Promise<readonly Lag[]> {
  const manifests = [];
  for (const { name } of await view.topics()) {
    const flow = flowOfManifests(name);
    const manifest = flow === null ? null : await newestManifest(view, flow);
    if (flow !== null && manifest !== null) manifests.push({ flow, manifest });
  }
  const read = await Promise.all(manifests.map(({ flow, manifest }) => positionsOf(view, flow, manifest)));
  // In this order: no reader is ahead of ends that were looked up after it.
  const topics = new Map((await view.topics()).map(topic => [topic.name, topic]));
  const outside = await recordTopicsIn(view, manifests, topics);
  const found: Promise<Lag>[] = [];
  for (const [i, { flow, manifest }] of manifests.entries()) {
    const add = (chain: string, topic: string, partition: number, offset?: bigint) => {
      const info = topics.get(topic);
      if (info === undefined) return;
      const end = info.ends[partition]?.stableEnd;
      // A topic that was made again may have fewer; the run says so when it comes to it.
      if (end === undefined) return;
      const from = offset ?? startOffset(manifest.topics?.[chain], info, partition);
      const at = outside.has(topic) && view.records !== undefined ? firstRecord(view.records) : firstFrame(view);
      found.push(behindOf(at, { flow, chain, topic, partition }, from, end));
    };
    const isRead = new Set<string>();
    for (const { chain, position } of read[i]) {
      const { input, partition, offset } = position;
      isRead.add(`${chain}/${partition}`);
      add(chain, input, partition, offset);
    }
    for (const [chain, { topic }] of Object.entries(manifest.topics ?? {})) {
      for (let partition = 0; partition < manifest.tasks[chain]; partition++) {
        if (!isRead.has(`${chain}/${partition}`)) add(chain, topic, partition);
      }
    }
  }
  const place = ({ flow, chain, topic, partition }: Lag) =>
    `${flow} ${chain} ${topic} ${String(partition).padStart(3)}`;
  return (await Promise.all(found)).sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Where the first thing to be read from a place on is, or what is read next where there is none. */
type FirstAt = (at: Position) => Promise<bigint>;
const LOOK: ReadLimit = { bytes: 1, waitMs: 0 };

function firstFrame(view: LogReader): FirstAt {
  return async at => {
    const { frames, next } = await view.read(at, LOOK);
    return frames[0]?.offset ?? next.offset;
  };
}
function firstRecord(records: RecordTopics): FirstAt {
  return async at => {
    const { chunks, next } = await records.read(at, LOOK);
    const [first] = chunks;
    return first === undefined ? next : first.baseOffset + BigInt(first.offsetDelta?.[0] ?? 0);
  };
}

/** Topics of records that the streams read and the log does not list; they are added to `topics`. */
async function recordTopicsIn(
  { records }: LogReader,
  manifests: readonly { readonly manifest: StreamManifest }[],
  topics: Map<string, TopicInfo>,
): Promise<ReadonlySet<string>> {
  const names = manifests.flatMap(({ manifest }) => Object.values(manifest.topics ?? {}).map(({ topic }) => topic));
  const found = new Set<string>();
  for (const name of new Set(names)) {
    if (topics.has(name)) continue;
    const info = await records?.describe(name);
    if (info === undefined || info === null) continue;
    topics.set(name, info);
    found.add(name);
  }
  return found;
}

/** Offsets that hold no frame, as the end of a transaction, are not counted where nothing comes after them. */
async function behindOf(at: FirstAt, place: Omit<Lag, 'behind'>, from: bigint, end: bigint): Promise<Lag> {
  if (end <= from) return { ...place, behind: 0 };
  const { topic, partition } = place;
  const first = await at({ topic, partition, offset: from }).catch(error => {
    // What has been purged or deleted is not there to look at.
    if (error instanceof LogError && (error.code === 'gap' || error.code === 'no-topic')) return from;
    throw error;
  });
  return { ...place, behind: Number(end > first ? end - first : 0n) };
}

/** Where the tasks of a stream are in what they read. */
async function positionsOf(
  view: LogReader,
  name: string,
  manifest: StreamManifest,
): Promise<readonly { readonly chain: string; readonly position: InputPosition }[]> {
  const found = [];
  for (const task of tasksOf(name, manifest)) {
    const last = await view.last(task);
    for (const position of last?.positions ?? []) found.push({ chain: task.chain, position });
  }
  return found;
}
