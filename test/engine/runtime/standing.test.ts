import { cp } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinCatalog } from '../../../src/cli/catalog.ts';
import { catalogModule } from '../../../src/cli/catalog-module.ts';
import { openLogView } from '../../../src/engine/log/embedded/log-view.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { pushDown } from '../../../src/engine/plan/push-down.ts';
import { flowState } from '../../../src/engine/runtime/flow-state.ts';
import { planUpgrade } from '../../../src/engine/runtime/plan-upgrade.ts';
import { type Left, standingOf, type Wanted } from '../../../src/engine/runtime/stream/standing.ts';
import { snapshotsOf } from '../../../src/engine/runtime/weir-folder.ts';
import { record } from '../../conformance/log/helpers.ts';
import { compileText } from '../../dsl/compile-text.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { emptyManifest } from './support/empty-manifest.ts';
import { hastyClock, realClock, start } from './support/run-plan.ts';

const folder = temporaryFolders();
const catalog = builtinCatalog();
const ROWS = 3_000;

/** One of a family of flows: what is picked, what is gathered of it, by what, and under which name. */
interface Choice {
  readonly above: number;
  readonly figures: string;
  readonly key: string;
  readonly name: string;
}
const SCHEMA = 'schema Reading { who: string @entity, ward: enum("a", "b", "c"), value: int in 0..100 }';
const MAKE = `flow make v1
${SCHEMA}
source made = generate(${ROWS}, seed: 4, entities: 40) { schema: Reading }
sink readings = made | write topic("readings", partitions: 2)
`;
const textOf = ({ above, figures, key, name }: Choice, version: number) => `flow choices v${version}
${SCHEMA}
source rows = topic("readings") { schema: Reading, on_bad: fail }
let picked = rows | where value >= ${above}
let ${name} = picked | aggregate by: ${key} { ${figures} }
sink out = ${name} | write topic("out${version}")
`;
const FIGURES = ['n = count()', 'n = count(), total = sum(value)', 'n = count(), total = max(value)'] as const;
const choices: fc.Arbitrary<Choice> = fc.record({
  above: fc.constantFrom(0, 30),
  figures: fc.constantFrom(...FIGURES),
  // Weighted to what stays: changes all at once are all alike.
  key: fc.constantFrom('who', 'who', 'who', 'ward'),
  name: fc.constantFrom('sums', 'sums', 'sums', 'totals'),
});

function planOf(text: string): Plan {
  const { plan, diagnostics } = compileText(text);
  if (plan === null) throw new Error(diagnostics.map(one => `${one.code}`).join());
  return pushDown(plan, catalog);
}
/** By the documentation, and by nothing the engine says. */
function expected(before: Choice, now: Choice): 'kept' | 'migrated' | 'dropped' {
  const gone = before.figures !== FIGURES[0] && before.figures !== now.figures;
  if (before.key !== now.key || before.name !== now.name || gone) return 'dropped';
  return before.figures === now.figures && before.above === now.above ? 'kept' : 'migrated';
}

/** How many rows the state has counted. */
async function counted(dir: string): Promise<number> {
  const view = openLogView({ dir: `${dir}/log`, clock: realClock });
  let rows = 0;
  try {
    for await (const { state } of flowState(view, 'choices', snapshotsOf(null, dir).snapshots ?? null)) {
      for (const table of state.tables.values()) {
        const name = table.slotSpecs.find(slot => slot.name.startsWith('n/'))?.name ?? 'n';
        for (const ids of table.idsOfGroups()) for (const id of ids) rows += table.slot(name)[id];
      }
    }
  } finally {
    await view.close();
  }
  return rows;
}
async function planned(dir: string, plan: Plan, allowed: readonly string[]) {
  const view = openLogView({ dir: `${dir}/log`, clock: realClock });
  try {
    return await planUpgrade(view, plan, catalog, allowed);
  } finally {
    await view.close();
  }
}

describe('what is planned', () => {
  it('is what a run does, whatever has changed', { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    const options = { catalogModule, batchRows: 64, partitions: 2, untilCaughtUp: true };
    const made = await folder();
    expect((await start(planOf(MAKE), made, options).summary).error).toBeUndefined();
    const cases = fc.tuple(
      choices,
      choices,
      fc.constantFrom(1, 2, 2, 2),
      fc.boolean(),
      fc.integer({ min: 1, max: 2_000 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([before, now, version, isAllowed, stopAfter]) => {
        const dir = await folder();
        await cp(made, dir, { recursive: true });
        const first = start(planOf(textOf(before, 1)), dir, { ...options, clock: hastyClock() });
        first.events.subscribe(event => {
          if (event.event === 'progress' && event.stage === before.name && event.rowsIn >= stopAfter)
            first.stop('commit');
        });
        const came = await first.summary;
        expect(came.error).toBeUndefined();
        const rowsIn = (stages: typeof came.stages, name: string) =>
          stages.find(one => one.name === name)?.rows_in ?? 0;

        const allowed = isAllowed ? [before.name] : [];
        const plan = planOf(textOf(now, version));
        const says = await planned(dir, plan, allowed);
        const { error, stages } = await start(plan, dir, { ...options, allowDrop: allowed }).summary;
        expect(error?.code ?? null).toBe(says.refusal?.code ?? null);
        expect(error?.hint ?? null).toBe(says.refusal?.hint ?? null);
        if (says.standing === 'changed') {
          const state = says.judged.find(one => one.kind === 'state' && one.id.startsWith(before.name));
          seen.add(`${state?.what} ${says.refusal?.code ?? 'runs'}`);
          expect(state?.what).toBe(expected(before, now));
          if (before.above !== now.above && state?.what === 'migrated') expect(state.why.join()).toContain('picked');
        }
        if (error !== undefined) return;
        // Rows are counted by the name of the stage, and go on being so where its state goes.
        const isCarried = says.standing === 'same' || expected(before, now) !== 'dropped';
        const earlier = before.name === now.name ? rowsIn(came.stages, before.name) : 0;
        expect(await counted(dir)).toBe(rowsIn(stages, now.name) - (isCarried ? 0 : earlier));
      }),
      { numRuns: 60, seed: 7 },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(['dropped R542', 'dropped R560', 'dropped runs', 'migrated R542', 'migrated runs']),
    );
  });
});

describe('how a flow stands', () => {
  const manifest = { ...emptyManifest, planHash: 'old' };
  const work = { chains: [], sinks: [] };
  const middle = [{ ...record, epoch: 1n, seq: 1n }];
  const none = new Set<string>();
  const left: Left = {
    manifest: { ...manifest, work },
    last: middle,
    leftOut: [],
    undrained: none,
    ended: none,
    returning: none,
  };
  const wanted: Wanted = { planHash: 'new', flowVersion: 2, work };
  const codeOf = (over: Partial<Left>, flow: Partial<Wanted> = {}) => {
    const { what, refusal } = standingOf('f', { ...left, ...over }, { ...wanted, ...flow });
    return `${what} ${refusal?.code ?? 'goes on'}`;
  };

  it('is said by its last commits, its plan, its parts and its version', () => {
    expect(codeOf({})).toBe('changed goes on');
    expect(codeOf({}, { flowVersion: 1 })).toBe('changed R542');
    expect(codeOf({}, { planHash: 'old' })).toBe('same goes on');
    expect(codeOf({ last: [null, null] })).toBe('new goes on');
    expect(codeOf({ last: [null], leftOut: middle })).toBe('changed goes on');
    expect(codeOf({ last: [{ ...middle[0], ended: true }] })).toBe('ended goes on');
    const parts = { manifest: { ...manifest, sinks: ['a'] } };
    expect(codeOf(parts, { planHash: 'old', sinks: ['a', 'b'] })).toBe('parts goes on');
    const half = [...middle, { ...middle[0], ended: true }];
    expect(codeOf({ ...parts, last: half }, { planHash: 'old', sinks: ['a', 'b'] })).toBe('parts R542');
  });
  it('is not known where the stream did not write down what it keeps, and so nothing is lost', () => {
    expect(codeOf({ manifest })).toBe('changed R562');
  });
  it('is for the flow that began it while it is moved to other partitions', () => {
    const moving = { ...manifest, work, from: { generation: 1, tasks: {} } };
    expect(codeOf({ manifest: moving })).toBe('changed R544');
    expect(codeOf({ manifest: moving, last: [null] })).toBe('new R544');
    expect(codeOf({ manifest: moving, last: [null] }, { planHash: 'old' })).toBe('new goes on');
  });
});
