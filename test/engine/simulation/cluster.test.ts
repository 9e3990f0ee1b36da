import { expect, it } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { baselineOf, checkSeed } from '../../../src/engine/simulation/campaign.ts';
import { FAULT_GROUPS, faultsOf } from '../../../src/engine/simulation/fault.ts';
import { SESSION_MS, simulate } from '../../../src/engine/simulation/simulate.ts';
import { FLOWS, flowOf } from './support/flows.ts';

const ALL = Object.values(FAULT_GROUPS).flatMap(kinds => kinds.cluster);
const SEEDS = 100;

const fired = new Set<string>();

it.each(Object.entries(FLOWS))('%s: whatever fails, every row once, in the order of its key', async (_, text) => {
  const flow = await flowOf(text);
  const baseline = await baselineOf(flow, ['cluster']);
  expect([...baseline.topics.values()].map(topic => topic.how)).toEqual(
    flow.topics.map(topic => (topic.key === null ? 'rows' : 'order')),
  );
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await checkSeed(flow, baseline, { seed, kind: 'cluster', faults: ALL });
    expect(result.violations, `seed ${seed}`).toEqual([]);
    for (const kind of result.fired) fired.add(kind);
  }
});

it('has everything fail that can', () => {
  expect([...fired].sort()).toEqual([...ALL].sort());
});

it('happens the same way again from the same seed, to the letter', async () => {
  const flow = await flowOf(FLOWS.twice);
  const other = await flowOf(FLOWS.twice);
  for (let seed = 1; seed <= 5; seed++) {
    const setup = {
      kind: 'cluster',
      seed,
      faults: faultsOf(seededRng(seed), ALL, 300, SESSION_MS),
      traced: true,
    } as const;
    const { trace } = await simulate(flow, setup);
    expect(trace.length).toBeGreaterThan(15);
    expect((await simulate(flow, setup)).trace).toEqual(trace);
    expect((await simulate(other, setup)).trace).toEqual(trace);
  }
});
