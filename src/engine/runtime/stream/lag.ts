import type { CommitRecord, LogReader, TaskId } from '../../contract/log.ts';
import { flowOfManifests } from './own-topics.ts';
import { generationName, newestManifest, startOffset } from './stream-manifest.ts';

export interface Lag {
  readonly flow: string;
  readonly chain: string;
  readonly topic: string;
  readonly partition: number;
  /** Frames. */
  readonly behind: number;
}
type View = LogReader & {
  tasks(): Promise<readonly { readonly task: TaskId; readonly last: CommitRecord | null }[]>;
};

/** How far the streams in force are behind, in every partition of what they read over the log; sorted. */
export async function lagOf(view: View): Promise<readonly Lag[]> {
  const manifests = [];
  for (const { name } of await view.topics()) {
    const flow = flowOfManifests(name);
    const manifest = flow === null ? null : await newestManifest(view, name);
    if (flow !== null && manifest !== null) manifests.push({ flow, manifest });
  }
  // In this order: no reader is ahead of ends that were looked up after it.
  const tasks = await view.tasks();
  const topics = new Map((await view.topics()).map(topic => [topic.name, topic]));
  const found: Lag[] = [];
  for (const { flow, manifest } of manifests) {
    const owner = generationName(flow, manifest.generation);
    const add = (chain: string, topic: string, partition: number, offset?: bigint) => {
      const info = topics.get(topic);
      if (info === undefined) return;
      const from = offset ?? startOffset(manifest.topics?.[chain], info, partition);
      found.push({ flow, chain, topic, partition, behind: Number(info.ends[partition].stableEnd - from) });
    };
    const isRead = new Set<string>();
    for (const { task, last } of tasks) {
      if (task.flow !== owner) continue;
      for (const { input, partition, offset } of last?.positions ?? []) {
        isRead.add(`${task.chain}/${partition}`);
        add(task.chain, input, partition, offset);
      }
    }
    for (const [chain, { topic }] of Object.entries(manifest.topics ?? {})) {
      for (let partition = 0; partition < manifest.tasks[chain]; partition++) {
        if (!isRead.has(`${chain}/${partition}`)) add(chain, topic, partition);
      }
    }
  }
  const place = ({ flow, chain, topic, partition }: Lag) =>
    `${flow} ${chain} ${topic} ${String(partition).padStart(3)}`;
  return found.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}
