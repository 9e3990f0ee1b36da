import { type ChainOutline, isSameInput, type WorkOutline } from '../../plan/work-outline.ts';
import { everyTask } from './left-out-chains.ts';
import type { StreamManifest, TopicStart } from './stream-manifest.ts';

// What of the inputs and tasks of a stream stays for whoever goes on with it.

/**
 * Chains keep their number of tasks over versions: their state and positions are per task. One that reads something else has as many as that takes, or
 * partitions of it would be nobody's.
 */
export function keptTasks(before: StreamManifest, now: Pick<StreamManifest, 'tasks'> & { readonly work: WorkOutline }) {
  const readsOther = ({ id, input }: ChainOutline) => {
    const was = before.work?.chains.find(one => one.id === id)?.input;
    return was !== undefined && !isSameInput(was, input);
  };
  const other = new Set(now.work.chains.filter(readsOther).map(({ id }) => id));
  return Object.fromEntries(
    Object.entries(everyTask(before)).filter(([chain]) => chain in now.tasks && !other.has(chain)),
  );
}

/** A chain that reads the topic it read begins where it began, where it `keeps` that. */
export function keptStarts(
  before: StreamManifest,
  now: Required<Pick<StreamManifest, 'topics'>>,
  keeps: (chain: string, start: TopicStart) => boolean,
): Record<string, TopicStart> {
  const kept = Object.entries(before.topics ?? {}).filter(
    ([chain, start]) => now.topics[chain]?.topic === start.topic && keeps(chain, start),
  );
  return { ...now.topics, ...Object.fromEntries(kept) };
}
/** What is left out for want of a model has its input in the manifest, and not in the run. */
export function hasSameInput(before: StreamManifest, now: Pick<StreamManifest, 'splits' | 'tables'>): boolean {
  const isSame = (was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>) =>
    Object.entries(is).every(([name, one]) => JSON.stringify(was[name]) === JSON.stringify(one));
  return isSame(before.splits, now.splits) && isSame(before.tables, now.tables);
}
