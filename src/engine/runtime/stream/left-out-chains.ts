import type { LogReader } from '../../contract/log.ts';
import type { WorkOutline } from '../../plan/work-outline.ts';
import { exchangeTopic } from './own-topics.ts';
import type { Standing } from './standing.ts';
import type { StreamManifest } from './stream-manifest.ts';

/** Ids of the chains whose state and positions a stream keeps, though no task of theirs runs: they are left out for want of a model. */
export function leftOutChains({ work, tasks, leftOut }: StreamManifest): readonly string[] {
  const known = new Set([...Object.keys(leftOut ?? {}), ...(work?.chains ?? []).map(({ id }) => id)]);
  return [...known].filter(id => !(id in tasks));
}

/** Whether a chain that ran before is left out of `run`, and is not gone from the `whole` flow. */
export function isLeftOutOf(run: WorkOutline, whole: WorkOutline, what: Standing['what']): (chain: string) => boolean {
  const isIn = ({ chains }: WorkOutline, chain: string) => chains.some(({ id }) => id === chain);
  return chain => !isIn(run, chain) && (what === 'parts' || isIn(whole, chain));
}

/** Tasks by chain, also of what is left out. */
export function everyTask({ tasks, leftOut }: Pick<StreamManifest, 'tasks' | 'leftOut'>): Record<string, number> {
  return { ...leftOut, ...tasks };
}

/** The manifest with the number of tasks of what is left out. In one made before that was kept, the exchange of a chain tells. The same where all is known. */
export async function withLeftOut(manifest: StreamManifest, flow: string, log: LogReader): Promise<StreamManifest> {
  const unknown = leftOutChains(manifest).filter(id => manifest.leftOut?.[id] === undefined);
  if (unknown.length === 0) return manifest;
  const partitions = new Map((await log.topics()).map(info => [info.name, info.partitions]));
  const found = unknown.flatMap(id => {
    const count = partitions.get(exchangeTopic(flow, manifest.generation, id));
    return count === undefined ? [] : [[id, count] as const];
  });
  if (found.length === 0) return manifest;
  return { ...manifest, leftOut: { ...manifest.leftOut, ...Object.fromEntries(found) } };
}
