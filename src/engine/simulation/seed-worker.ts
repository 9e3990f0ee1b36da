import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/system-clock.ts';
import { openRegistry } from '../models/registry.ts';
import { type SafeError, safeError } from '../observe/redact.ts';
import type { Plan } from '../plan/plan.ts';
import { importCatalog } from '../runtime/catalog-module.ts';
import { registryFolder } from '../runtime/weir-folder.ts';
import { type Baseline, baselineOf, checkSeed, type Minimised, minimise, type SeedResult } from './campaign.ts';
import { faultKinds, type WorldKind } from './fault.ts';
import { generatedRows } from './generated-rows.ts';
import { type SimulatedFlow, simulatedFlow } from './simulated-flow.ts';

/** What is simulated, as plain data. */
export interface CampaignSetup {
  readonly plan: Plan;
  readonly catalogModule: string;
  readonly extensions: readonly string[];
  /** The `.weir` folder, whose registry has the models. */
  readonly folder: string;
  /** Of each source. */
  readonly rows: number;
  readonly worlds: readonly WorldKind[];
  /** Names of groups of faults. */
  readonly faults: readonly string[];
}
/** What is compared, as the first thing a worker says. */
export interface CampaignStart {
  readonly topics: readonly { readonly name: string; readonly how: string }[];
  readonly leftOut: readonly string[];
}
export interface SeedReport extends SeedResult {
  /** Of a seed that fails. */
  readonly minimised: Minimised | null;
}
export type FromSeedWorker =
  | { readonly kind: 'start'; readonly start: CampaignStart }
  | { readonly kind: 'seed'; readonly report: SeedReport }
  | { readonly kind: 'failed'; readonly error: SafeError };

/** The world a seed is simulated in: they take turns where there are several. */
function worldOf(seed: number, worlds: readonly WorldKind[]): WorldKind {
  return worlds[seed % worlds.length];
}

async function main(setup: CampaignSetup): Promise<void> {
  const { catalog, lookUp } = await importCatalog(setup.catalogModule, setup.extensions);
  const flow = await simulatedFlow(setup.plan, catalog, {
    clock: systemClock,
    registry: openRegistry(registryFolder(setup.folder), systemClock),
    lookUp,
    rowsOf: source => generatedRows(catalog, source, { rows: setup.rows, seed: 1 }),
  });
  const baseline = await baselineOf(flow, setup.worlds);
  const topics = [...baseline.topics].map(([name, { how }]) => ({ name, how }));
  let before: Promise<void> = Promise.resolve();
  parentPort?.on('message', (seed: number) => {
    before = before.then(() => one(setup, flow, baseline, seed)).catch(failed);
  });
  tell({ kind: 'start', start: { topics, leftOut: flow.leftOut } });
}

async function one(setup: CampaignSetup, flow: SimulatedFlow, baseline: Baseline, seed: number): Promise<void> {
  const kind = worldOf(seed, setup.worlds);
  const result = await checkSeed(flow, baseline, { seed, kind, faults: faultKinds(kind, setup.faults) });
  const minimised = result.violations.length === 0 ? null : await minimise(flow, baseline, result);
  tell({ kind: 'seed', report: { ...result, minimised } });
}

function tell(message: FromSeedWorker): void {
  parentPort?.postMessage(message);
}
function failed(error: unknown): void {
  tell({ kind: 'failed', error: safeError(error) });
}

if (parentPort !== null) main(workerData as CampaignSetup).catch(failed);
