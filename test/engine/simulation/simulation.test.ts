import { expect, it } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { baselineOf, checkSeed } from '../../../src/engine/simulation/campaign.ts';
import { faultKinds, faultsOf } from '../../../src/engine/simulation/fault.ts';
import { SESSION_MS, simulate } from '../../../src/engine/simulation/simulate.ts';
import { FLOWS, flowOf, goldenFlow } from './support/flows.ts';

const KINDS = ['cluster', 'local'] as const;
/** Of each flow in each world. */
const SEEDS = 60;
const GOLDEN_SEEDS = 12;

const fired = new Set<string>();

it.each(Object.entries(FLOWS))('%s: whatever fails, every row once, in the order of its key', async (_, text) => {
  const flow = await flowOf(text);
  const baseline = await baselineOf(flow, KINDS);
  expect([...baseline.topics.values()].map(topic => topic.how)).toEqual(
    flow.topics.map(topic => (topic.key === null ? 'rows' : 'order')),
  );
  for (const kind of KINDS) {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await checkSeed(flow, baseline, { seed, kind, faults: faultKinds(kind) });
      expect(result.violations, `seed ${seed} of ${kind}`).toEqual([]);
      for (const one of result.fired) fired.add(`${kind} ${one}`);
    }
  }
});

it.each([
  ['poison/1-stream.flow', 'with.ts'],
  ['tables/tables.flow'],
  ['dead-letters/1-stream.flow'],
  ['with-itself/2-stream.flow'],
  ['running-count/2-count.flow'],
])('%s stands failures', async (path, ...extensions) => {
  const flow = await goldenFlow(path, extensions);
  const baseline = await baselineOf(flow, KINDS);
  expect([...baseline.topics.values()].every(({ how }) => how !== 'count')).toBe(true);
  for (let seed = 1; seed <= GOLDEN_SEEDS; seed++) {
    const kind = KINDS[seed % KINDS.length];
    const { violations } = await checkSeed(flow, baseline, { seed, kind, faults: faultKinds(kind) });
    expect(violations, `seed ${seed} of ${kind}`).toEqual([]);
  }
});

it.each(KINDS)('has the stream take other partitions on its way (%s)', async kind => {
  const flow = await flowOf(FLOWS.twice);
  const baseline = await baselineOf(flow, [kind]);
  let moved = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const faults = faultsOf(seededRng(seed), ['rescale'], { busy: 60, whole: 100 }, SESSION_MS);
    const { trace, violations } = await simulate(flow, { kind, seed, faults, traced: true });
    expect(violations, `seed ${seed}`).toEqual([]);
    if (trace.some(line => line.includes('has opened twice~'))) moved += 1;
    expect((await checkSeed(flow, baseline, { seed, kind, faults: ['rescale'] })).violations).toEqual([]);
  }
  expect(moved).toBeGreaterThan(5);
});

it('has everything fail that can', () => {
  const all = KINDS.flatMap(kind => faultKinds(kind).map(one => `${kind} ${one}`));
  expect([...fired].sort()).toEqual(all.sort());
});

it.each(KINDS)('happens the same way again from the same seed, to the letter (%s)', async kind => {
  const flow = await flowOf(FLOWS.twice);
  const other = await flowOf(FLOWS.twice);
  for (let seed = 1; seed <= 5; seed++) {
    const faults = faultsOf(seededRng(seed), faultKinds(kind), { busy: 100, whole: 300 }, SESSION_MS);
    const setup = { kind, seed, faults, traced: true } as const;
    const { trace, steps } = await simulate(flow, setup);
    expect(trace.length).toBeGreaterThan(15);
    for (const again of [flow, other]) expect(await simulate(again, setup)).toMatchObject({ trace, steps });
  }
});

const RECORDS = `flow records v1
schema Visit { id: int @id, patient: string @entity @phi, days: int in 0..30 }
source visits = topic("visits") { format: json, schema: Visit, on_bad: dlq("visits.bad") }
sink long = visits | where days > 9 | write topic("long"), key: patient, format: json
`;

it('compares records of topics that other programs read, too', async () => {
  const flow = await flowOf(RECORDS);
  const baseline = await baselineOf(flow, KINDS);
  const long = baseline.topics.get('long');
  expect(long?.how).toBe('order');
  expect([...(long?.rows.values() ?? [])].flat().length).toBeGreaterThan(20);
  for (let seed = 1; seed <= 20; seed++) {
    const kind = KINDS[seed % 2];
    const { violations } = await checkSeed(flow, baseline, { seed, kind, faults: faultKinds(kind) });
    expect(violations).toEqual([]);
  }
});

it('asks no schema registry', async () => {
  const registry = 'format: avro, registry: "http://127.0.0.1:9"';
  await expect(
    flowOf(RECORDS.replace('key: patient, format: json', `key: patient, ${registry}`)),
  ).rejects.toMatchObject({
    code: 'R573',
  });
});
