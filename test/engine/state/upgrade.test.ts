import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { batchFromRows, type Row, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import { judgeState } from '../../../src/engine/contract/judge-state.ts';
import type { SnapshotPointer } from '../../../src/engine/contract/log.ts';
import type { SlotSpec, TableShape } from '../../../src/engine/contract/state.ts';
import type { Field, Type } from '../../../src/engine/contract/types.ts';
import type { DroppedTable } from '../../../src/engine/runtime/stream/stream-manifest.ts';
import { pendingDrops } from '../../../src/engine/runtime/stream/upgrade.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { restoreSnapshot, writeSnapshot } from '../../../src/engine/state/snapshot.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';
import { tableRows } from '../../../src/engine/state/table-rows.ts';

const NAME = 'sums/groups';
const plain = fc.constantFrom<Type>(
  { kind: 'int' },
  { kind: 'float' },
  { kind: 'enum', values: ['a', 'b'] },
  { kind: 'enum', values: ['a', 'b', 'c'] },
  { kind: 'string' },
);
const keyField = fc.record({ type: plain, nullable: fc.boolean() });
const figure = fc.record({
  name: fc.constantFrom('x', 'y', 'z'),
  rule: fc.constantFrom('sum', 'last', 'mean'),
  type: fc.constantFrom<Type | null>({ kind: 'int' }, { kind: 'float' }, null),
  reads: fc.constantFrom('r1', 'r2'),
  initial: fc.integer({ min: 0, max: 3 }),
});
const shape: fc.Arbitrary<TableShape> = fc
  .record({
    key: keyField,
    figures: fc.uniqueArray(figure, { minLength: 1, maxLength: 3, selector: one => one.name }),
    spare: fc.boolean(),
  })
  .map(({ key, figures, spare }) => {
    const field: Field = { name: 'k', ...key };
    const slots = figures.flatMap(({ name, rule, type, reads, initial }): readonly SlotSpec[] => {
      const about = { figure: { name, place: 0, rule, type, reads }, initial, kind: 'f64' as const };
      const first = { ...about, name: `${name}/0/value` };
      return rule === 'sum' ? [first] : [first, { ...about, name: `${name}/0/count` }];
    });
    return {
      key: [field],
      slots: spare ? [...slots, { name: 'touched', kind: 'f64', initial: 0, spare: true }] : slots,
    };
  });
const version = fc.record({
  /** Sometimes the very shape of the version before. */
  shape: fc.option(shape, { freq: 3 }),
  keys: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
  snapshot: fc.boolean(),
});

const keyOf = (type: Type, n: number) => (type.kind === 'int' || type.kind === 'float' ? n : n % 2 === 0 ? 'a' : 'b');

test('whatever flows follow one another, a restore does what was judged, and nothing that was dropped comes back', async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.array(version, { minLength: 1, maxLength: 6 }), async (first, versions) => {
      const disk = new SimulatedDisk(seededRng(1));
      const place = { disk, dir: 'task' };
      const changelog: Uint8Array[] = [];
      let pointer: SnapshotPointer | null = null;
      let drops: DroppedTable[] = [];
      let committed: number | null = null;
      let before = first;
      /** By key: slots by name. */
      let model = new Map<string, Record<string, number>>();
      for (const [upgrade, { shape: given, keys, snapshot }] of versions.entries()) {
        const wanted = upgrade === 0 ? first : (given ?? before);
        const { what } = judgeState(before, wanted);
        if (upgrade > 0 && what === 'dropped') drops = [...drops, { chain: 'c', table: NAME, upgrade }];
        const state = createStateStore();
        const from = pointer === null ? null : await restoreSnapshot(place, [pointer], state);
        for (const block of changelog.slice(Number(from?.changelog ?? 0n))) state.applyDelta(block);
        if (committed !== null) for (const name of pendingDrops(drops, 'c', committed)) state.drop(name);
        const table = state.keyed(NAME, wanted.key, wanted.slots);

        const unchanged = new Map([...model].map(([k, values]) => [k, { ...values }]));
        if (what === 'dropped') model = new Map();
        for (const values of model.values()) {
          for (const slot of wanted.slots) values[slot.name] ??= slot.initial ?? 0;
          for (const name of Object.keys(values))
            if (wanted.slots.every(slot => slot.name !== name)) delete values[name];
        }
        const [{ type, nullable }] = wanted.key;
        const rows: Row[] = keys.map((n, i) => ({ k: nullable && i === 1 ? null : keyOf(type, n) }));
        const ids = table.keysOf(batchFromRows({ fields: wanted.key }, rows));
        for (const [i, id] of ids.entries()) {
          for (const slot of wanted.slots) table.slot(slot.name)[id] += i + 1;
          const values = model.get(String(rows[i]['k'])) ?? {};
          for (const slot of wanted.slots) values[slot.name] = (values[slot.name] ?? slot.initial ?? 0) + i + 1;
          model.set(String(rows[i]['k']), values);
        }
        const kept = state.tables.get(NAME);
        if (kept === undefined) throw new Error('there is a table');
        const found = [...tableRows(kept, 10)].flatMap(rowsOfBatch).map(({ k, ...values }) => [String(k), values]);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(model));

        before = wanted;
        // A task that gets no rows makes no commit: this version is as if it had never run, but for what it was allowed to drop.
        if (rows.length === 0) {
          model = what === 'dropped' ? new Map() : unchanged;
          continue;
        }
        changelog.push(...state.takeDelta());
        committed = upgrade;
        if (snapshot) {
          const at = { seq: BigInt(upgrade), changelog: BigInt(changelog.length), epoch: 1n };
          pointer = await writeSnapshot(place, state, at);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('what is said of a change', () => {
  const figure = (rule: string, type: Type, reads = 'r'): SlotSpec['figure'] => ({
    name: 'days',
    place: 0,
    rule,
    type,
    reads,
  });
  const days = (rule: string, type: Type, reads?: string): SlotSpec => ({
    name: 'days/0/sum',
    kind: 'f64',
    figure: figure(rule, type, reads),
  });
  const by = (name: string, type: Type = { kind: 'string' }): readonly Field[] => [{ name, type, nullable: false }];
  const saved: TableShape = { key: by('ward'), slots: [days('sum', { kind: 'int' })] };
  const count: SlotSpec = {
    name: 'n/0/count',
    kind: 'f64',
    figure: { name: 'n', place: 0, rule: 'count', type: null, reads: 'r' },
  };
  const judged = (wanted: TableShape) => judgeState(saved, wanted);
  expect(judged(saved)).toEqual({ what: 'kept', why: [] });
  expect(judged({ ...saved, slots: [count, ...saved.slots] })).toEqual({
    what: 'migrated',
    why: ['n is new: rows before the change are not in it'],
  });
  expect(judged({ ...saved, slots: [days('sum', { kind: 'float' })] })).toEqual({
    what: 'migrated',
    why: ['days was made of int and is made of float'],
  });
  expect(judged({ ...saved, slots: [days('sum', { kind: 'int' }, 'other')] }).why).toEqual([
    'days is of another expression: rows before the change are in it by the old one',
  ]);
  expect(judged({ ...saved, key: by('unit') })).toEqual({ what: 'dropped', why: ['its key was ward and is unit'] });
  expect(judged({ ...saved, slots: [count] })).toEqual({ what: 'dropped', why: ['days is gone'] });
  expect(
    judged({
      ...saved,
      slots: [days('mean', { kind: 'int' }), { ...days('mean', { kind: 'int' }), name: 'days/0/count' }],
    }).why,
  ).toEqual(['days was sum and is mean']);
  const narrow = judgeState({ ...saved, slots: [days('sum', { kind: 'float' })] }, saved);
  expect(narrow).toEqual({ what: 'dropped', why: ['days was made of float and is made of int'] });
});
