import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { seededRng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import { differenceOf, type Strictness, strictness } from './compare-topics.ts';
import { type Fault, type FaultKind, faultsOf, type Horizon, type WorldKind } from './fault.ts';
import { type Outcome, SESSION_MS, simulate, wrong } from './simulate.ts';
import type { SimulatedFlow } from './simulated-flow.ts';
import type { Sabotage } from './simulated-world.ts';
import type { TopicTexts } from './topic-texts.ts';

/** What runs without faults come to. */
export interface Baseline {
  readonly topics: ReadonlyMap<string, { readonly rows: TopicTexts; readonly how: Strictness }>;
  /** How long the flow takes when all goes well, by world. */
  readonly horizon: Readonly<Partial<Record<WorldKind, Horizon>>>;
}

export interface SeedSetup {
  readonly seed: number;
  readonly kind: WorldKind;
  /** What may go wrong. */
  readonly faults: readonly FaultKind[];
  readonly sabotage?: Sabotage;
}
export interface SeedResult {
  readonly setup: SeedSetup;
  readonly faults: readonly Fault[];
  readonly fired: readonly FaultKind[];
  /** None: all that was promised was kept. */
  readonly violations: readonly string[];
  readonly elapsed: Millis;
  readonly steps: number;
}
export interface Minimised {
  /** Those that are needed for it to fail. */
  readonly faults: readonly Fault[];
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

/**
 * Runs without faults differ in their seeds, partitions, batches and in how slow their network is: what they agree in does not depend on
 * chance. No task moves in them, so that what is lost where one moves is seen.
 */
const BASELINES = 5;
/** Most runs to find out which faults are needed. */
const MOST_TRIES = 60;

/** Throws R571 where the flow fails when nothing goes wrong. */
export async function baselineOf(flow: SimulatedFlow, kinds: readonly WorldKind[]): Promise<Baseline> {
  const outcomes: Outcome[] = [];
  const horizon: Partial<Record<WorldKind, Horizon>> = {};
  for (const kind of kinds) {
    const mine: Outcome[] = [];
    for (let seed = 1; seed <= BASELINES; seed++) {
      const outcome = await simulate(flow, { kind, seed, faults: [], alone: { slowness: 2 * seed - 1 } });
      const [violation] = outcome.violations;
      if (violation !== undefined) {
        throw new OperationalError('R571', `flow ${flow.plan.flow.name} fails without any fault: ${violation}`, {
          hint: 'run it by itself, or give it other rows: --rows',
        });
      }
      mine.push(outcome);
    }
    outcomes.push(...mine);
    const whole = mine.map(one => one.elapsed).sort((a, b) => a - b);
    // The fastest: faults that come when all has been done are wasted.
    horizon[kind] = { busy: Math.min(...mine.map(one => one.busy)), whole: whole[whole.length >> 1] };
  }
  const topics = new Map(
    flow.topics.map(({ name, key }) => {
      const runs = outcomes.map(outcome => outcome.topics.get(name) ?? new Map());
      return [name, { rows: runs[0], how: strictness(runs, key !== null) }] as const;
    }),
  );
  return { topics, horizon };
}

/** Runs a flow under the faults of a seed. */
export async function checkSeed(flow: SimulatedFlow, baseline: Baseline, setup: SeedSetup): Promise<SeedResult> {
  const horizon = baseline.horizon[setup.kind];
  assert(horizon !== undefined, `the flow has run in a ${setup.kind} world without faults`);
  const faults = faultsOf(seededRng(~setup.seed), setup.faults, horizon, SESSION_MS);
  const { outcome, violations } = await runWith(flow, baseline, setup, faults, false);
  const { fired, elapsed, steps } = outcome;
  return { setup, faults, fired, violations, elapsed, steps };
}

/** As few of a failing seed's faults as still make it fail, and what happens then. */
export async function minimise(flow: SimulatedFlow, baseline: Baseline, result: SeedResult): Promise<Minimised> {
  const { setup } = result;
  let { faults } = result;
  let tries = 0;
  // Halves first, then one by one, until none can be left out.
  for (let size = Math.ceil(faults.length / 2); size >= 1 && tries < MOST_TRIES; ) {
    let isLess = false;
    for (let at = 0; at < faults.length && tries < MOST_TRIES; ) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)];
      tries += 1;
      const { violations } = await runWith(flow, baseline, setup, fewer, false);
      if (violations.length > 0) {
        faults = fewer;
        isLess = true;
      } else at += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!isLess) break;
  }
  const { outcome, violations } = await runWith(flow, baseline, setup, faults, true);
  // What the topics lack is seen from outside, when all is over.
  const outside = violations.filter(one => !outcome.violations.includes(one));
  return { faults, violations, trace: [...outcome.trace, ...outside.map(one => wrong(outcome.elapsed, one))] };
}

async function runWith(
  flow: SimulatedFlow,
  baseline: Baseline,
  { seed, kind, sabotage }: SeedSetup,
  faults: readonly Fault[],
  traced: boolean,
): Promise<{ outcome: Outcome; violations: readonly string[] }> {
  const outcome = await simulate(flow, { kind, seed, faults, traced, ...(sabotage === undefined ? {} : { sabotage }) });
  if (outcome.violations.length > 0) return { outcome, violations: outcome.violations };
  const violations: string[] = [];
  for (const [name, { rows, how }] of baseline.topics) {
    const difference = differenceOf(rows, outcome.topics.get(name) ?? new Map(), how);
    if (difference !== null) violations.push(`topic ${name}: ${difference}`);
  }
  return { outcome, violations };
}
