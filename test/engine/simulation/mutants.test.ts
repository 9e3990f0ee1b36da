import { expect, it } from 'vitest';
import { baselineOf, checkSeed, minimise, type SeedResult } from '../../../src/engine/simulation/campaign.ts';
import { faultKinds, type WorldKind } from '../../../src/engine/simulation/fault.ts';
import type { Sabotage } from '../../../src/engine/simulation/simulated-world.ts';
import { FLOWS, flowOf } from './support/flows.ts';
import { abortAndReuse, noFence, noSync, readBeforeFence, stateStaysBehind } from './support/mutants.ts';

const MOST_SEEDS = 2_000;

it.each<readonly [string, WorldKind, Sabotage]>([
  ['without a fence', 'cluster', noFence],
  ['that reads before it fences', 'cluster', readBeforeFence],
  ['that goes on after a failed commit', 'cluster', abortAndReuse],
  ['that does not sync', 'local', noSync],
  ['under which state does not go along to other partitions', 'cluster', stateStaysBehind],
])('a log %s is found out', async (_, kind, sabotage) => {
  const flow = await flowOf(FLOWS.aggregate);
  const baseline = await baselineOf(flow, [kind]);
  let found: SeedResult | null = null;
  for (let seed = 1; seed <= MOST_SEEDS && found === null; seed++) {
    const result = await checkSeed(flow, baseline, { seed, kind, faults: faultKinds(kind), sabotage });
    if (result.violations.length > 0) found = result;
  }
  expect(found, `within ${MOST_SEEDS} seeds`).not.toBeNull();
  if (found === null) return;
  // Told with no more than what it takes, which without the sabotage does no harm.
  const { faults, violations, trace } = await minimise(flow, baseline, found);
  expect(violations).not.toEqual([]);
  expect(faults.length).toBeLessThanOrEqual(found.faults.length);
  expect(trace.filter(line => line.includes('WRONG'))).not.toEqual([]);
  const { sabotage: _none, ...honest } = found.setup;
  expect((await checkSeed(flow, baseline, honest)).violations).toEqual([]);
});
