import type { OperationalError } from '../base/operational-error.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { LogReader } from '../contract/log.ts';
import { planPhysical } from '../plan/physical-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { outlineOf } from '../plan/work-outline.ts';
import { flowManifest } from './flow-state.ts';
import { planHash } from './job-keys.ts';
import { withGrownTopics } from './stream/grown-topics.ts';
import { withLeftOut } from './stream/left-out-chains.ts';
import { type Judged, type Standing, standingOf } from './stream/standing.ts';
import { leftOf } from './stream/upgrade.ts';

/** How a flow stands to what it has left in a log. */
export interface UpgradePlan {
  /** `bounded`: nothing of it is a stream. `none`: no stream of this name has run over the log. The others as in `Standing`. */
  readonly standing: 'bounded' | 'none' | Standing['what'];
  /** It is the same plan as ran last. */
  readonly isSame: boolean;
  /** Of the flow that ran last; null where none did. */
  readonly version: number | null;
  /** Empty but where something `changed`. */
  readonly judged: readonly Judged[];
  /** Why a run would be refused. */
  readonly refusal: OperationalError | null;
}

/**
 * What would become of a flow's state and positions if it ran now, as the run judges: it may see more, as files that have changed, and models. Nothing is written.
 */
export async function planUpgrade(
  log: LogReader,
  plan: Plan,
  catalog: Catalog,
  allowed: readonly string[] = [],
): Promise<UpgradePlan> {
  const job = planPhysical(plan, catalog).jobs.find(one => one.kind === 'stream');
  const nothing = { isSame: false, version: null, judged: [], refusal: null };
  if (job === undefined) return { standing: 'bounded', ...nothing };
  const { name, version } = plan.flow;
  const known = await flowManifest(log, name);
  if (known === null) return { standing: 'none', ...nothing };
  const manifest = await withLeftOut(await withGrownTopics(known, job, log), name, log);
  const work = outlineOf(job, catalog, plan.nodes);
  const wanted = { planHash: planHash(plan.nodes), flowVersion: version, work };
  const stands = standingOf(name, await leftOf(log, name, manifest, work), wanted, allowed);
  const { what, isSameWork, judged, refusal } = stands;
  return { standing: what, isSame: isSameWork, version: manifest.flowVersion, judged, refusal };
}
