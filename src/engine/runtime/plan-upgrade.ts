import type { Catalog } from '../contract/catalog.ts';
import type { LogReader } from '../contract/log.ts';
import { planPhysical } from '../plan/physical-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { outlineOf } from '../plan/work-outline.ts';
import { flowManifest } from './flow-state.ts';
import { planHash } from './job-keys.ts';
import { lastRecords } from './stream/generation-tasks.ts';
import { type Judged, judgeUpgrade } from './stream/upgrade.ts';

/** How a flow stands to what it has left in a log. */
export interface UpgradePlan {
  /**
   * `bounded`: nothing of it is a stream. `new`: it never ran, or committed nothing. `ended`: all its input has ended, and a changed flow begins
   * anew. `same`: in the middle, and the plan has not changed. `changed`: in the middle of another plan.
   */
  readonly standing: 'bounded' | 'new' | 'ended' | 'same' | 'changed';
  /** Of the flow that ran last; null where none did. */
  readonly version: number | null;
  /** Empty but where something `changed`. */
  readonly judged: readonly Judged[];
}

/** What would become of a flow's state and positions if it ran now. Nothing is written. */
export async function planUpgrade(log: LogReader, plan: Plan, catalog: Catalog): Promise<UpgradePlan> {
  const job = planPhysical(plan, catalog).jobs.find(one => one.kind === 'stream');
  if (job === undefined) return { standing: 'bounded', version: null, judged: [] };
  const { name } = plan.flow;
  const before = await flowManifest(log, name);
  if (before === null) return { standing: 'new', version: null, judged: [] };
  const version = before.flowVersion;
  const last = await lastRecords(log, name, before);
  if (last.every(record => record === null)) return { standing: 'new', version, judged: [] };
  const isSame = before.planHash === planHash(plan.nodes);
  if (last.every(record => record?.ended === true)) return { standing: isSame ? 'same' : 'ended', version, judged: [] };
  if (isSame) return { standing: 'same', version, judged: [] };
  return { standing: 'changed', version, judged: await judgeUpgrade(log, name, before, outlineOf(job, catalog)) };
}
