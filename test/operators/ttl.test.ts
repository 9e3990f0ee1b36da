import fc from 'fast-check';
import { expect, it } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { evaluator } from '../../src/cli/load-catalog.ts';
import { batchFromRows, type Row, rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import type { OperatorContext } from '../../src/engine/contract/operator.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import { explainText } from '../../src/engine/plan/explain-text.ts';
import { planPhysical } from '../../src/engine/plan/physical-plan.ts';
import { operatorCatalog } from '../../src/engine/runtime/catalog-module.ts';
import { createStateStore, type TaskState } from '../../src/engine/state/state-store.ts';
import { tableRows } from '../../src/engine/state/table-rows.ts';
import { compileText } from '../support/compile-stage.ts';

const TTL = 60_000;
const FLOW = (ttl: string) => `flow t v1
schema Row { who: string, days: int }
source rows = topic("rows") { schema: Row }
let out = rows | aggregate by: who${ttl} { n = count(), days = sum(days), last = last(who) }
sink s = out | write topic("out")
`;
const SCHEMA: Schema = {
  fields: [
    { name: 'who', type: { kind: 'string' }, nullable: false },
    { name: 'days', type: { kind: 'int' }, nullable: false },
  ],
};

function stageOf(ttl: string) {
  const { plan } = compileText(FLOW(ttl));
  const node = plan?.nodes.find(one => one.id === 'out');
  if (node?.kind !== 'stage') throw new Error('a stage');
  return node;
}
const STAGES = { ttl: stageOf(', ttl: 1m'), plain: stageOf('') };

/** One life of the operator over a state. */
function open(state: TaskState, node: (typeof STAGES)['ttl'], now: () => number, expired: (keys: number) => void) {
  const catalog = builtinCatalog();
  const execution = catalog.operators.get('aggregate')?.execution;
  if (execution?.mode !== 'rows') throw new Error('an operator of rows');
  const port = node.ports['out'];
  if (port?.kind !== 'rows') throw new Error('rows');
  const context: OperatorContext<never> = {
    params: node.params as never,
    id: node.id,
    input: SCHEMA,
    output: () => port.schema,
    bounded: false,
    state: { keyed: (name, key, slots) => state.keyed(`out/${name}`, key, slots) },
    table: () => [],
    addedRows: () => [],
    values: () => [],
    prepared: null,
    now,
    expired,
    reject: () => {},
    catalog: operatorCatalog(catalog, evaluator),
  };
  const operator = execution.create(context);
  return (rows: readonly Row[]): readonly Row[] => {
    const made: Row[] = [];
    operator.onBatch(batchFromRows(SCHEMA, rows), batch => made.push(...rowsOfBatch(batch)));
    return made;
  };
}

const step = fc.record({
  waitMs: fc.constantFrom(0, 1, 20_000, 59_999, 60_000, 200_000),
  keys: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 }),
  restart: fc.boolean(),
});

it('a key that nothing touches for long starts anew, whenever it is looked at, and over restarts', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), steps => {
      let now = 1_000_000;
      let expired = 0;
      let over = 0;
      let state = createStateStore();
      const changelog: Uint8Array[] = [];
      const life = () =>
        open(
          state,
          STAGES.ttl,
          () => now,
          keys => (expired += keys),
        );
      let push = life();
      const model = new Map<string, { n: number; days: number; touched: number }>();
      for (const { waitMs, keys, restart } of steps) {
        now += waitMs;
        const rows = keys.map((key, days) => ({ who: `p${key}`, days }));
        const wanted = rows.map(({ who, days }) => {
          let group = model.get(who);
          if (group !== undefined && now - group.touched >= TTL) {
            over++;
            group = undefined;
          }
          group ??= { n: 0, days: 0, touched: now };
          model.set(who, { n: group.n + 1, days: group.days + days, touched: now });
          return { who, n: group.n + 1, days: group.days + days, last: who };
        });
        expect(push(rows)).toEqual(wanted);
        changelog.push(...state.takeDelta());
        if (!restart) continue;
        state = createStateStore();
        for (const block of changelog) state.applyDelta(block);
        push = life();
      }
      // Rows of one key bring the sweep round.
      now += TTL;
      for (let turn = 0; turn < 2; turn++) push([{ who: 'p0', days: 0 }]);
      over += [...model].filter(([, { touched }]) => now - touched >= TTL).length;
      expect(state.keys).toBe(1);
      expect(expired).toBe(over);
      changelog.push(...state.takeDelta());
      const again = createStateStore();
      for (const block of changelog) again.applyDelta(block);
      expect(again.keys).toBe(1);
    }),
    { numRuns: 200 },
  );
});

it('the sweep does a bounded part with each batch, and comes round', () => {
  let now = 1_000_000;
  let expired = 0;
  const state = createStateStore();
  const push = open(
    state,
    STAGES.ttl,
    () => now,
    keys => (expired += keys),
  );
  for (let from = 0; from < 10_000; from += 1_000) {
    push(Array.from({ length: 1_000 }, (_, i) => ({ who: `p${from + i}`, days: 1 })));
  }
  now += TTL;
  push([{ who: 'live', days: 1 }]);
  expect(expired).toBeLessThanOrEqual(64);
  for (let turn = 0; turn < 400 && state.keys > 1; turn++) push([{ who: 'live', days: 1 }]);
  expect([state.keys, expired]).toEqual([1, 10_000]);
});

it('groups from before there was a time to live begin it when they are first looked at', () => {
  let now = 1_000_000;
  const before = createStateStore();
  open(
    before,
    STAGES.plain,
    () => now,
    () => {},
  )(Array.from({ length: 5 }, (_, i) => ({ who: `p${i}`, days: 1 })));
  const state = createStateStore();
  for (const block of before.takeDelta()) state.applyDelta(block);
  const push = open(
    state,
    STAGES.ttl,
    () => now,
    () => {},
  );
  expect(push([{ who: 'p1', days: 1 }])).toMatchObject([{ n: 2 }]);
  now += TTL - 1;
  expect(push([{ who: 'p2', days: 1 }])).toMatchObject([{ n: 2 }]);
  now += 1;
  expect(push([{ who: 'p3', days: 1 }])).toMatchObject([{ n: 1 }]);
  expect(state.keys).toBe(2);
  // And without it again, the rest stays.
  const after = createStateStore();
  for (const block of [...before.takeDelta(), ...state.takeDelta()]) after.applyDelta(block);
  open(
    after,
    STAGES.plain,
    () => now,
    () => {},
  );
  const table = after.tables.get('out/groups');
  expect(
    table &&
      [...tableRows(table, 9)]
        .flatMap(rowsOfBatch)
        .map(row => row['who'])
        .sort(),
  ).toEqual(['p2', 'p3']);
});

it('explain says that it goes by the clock, and says nothing without it', () => {
  const told = (ttl: string) => {
    const { plan } = compileText(FLOW(ttl), [], null);
    if (plan === null) throw new Error('a plan');
    return explainText(plan, planPhysical(plan, builtinCatalog()), builtinCatalog());
  };
  expect(told(', ttl: 1m')).toContain('out depends on processing time');
  expect(told('')).not.toContain('processing time');
});
