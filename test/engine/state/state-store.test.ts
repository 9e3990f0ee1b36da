import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { columnWriter } from '../../../src/engine/columnar/column-writer.ts';
import type { Batch } from '../../../src/engine/contract/batch.ts';
import { MAX_FRAME_BYTES } from '../../../src/engine/contract/log.ts';
import type { KeyedState, SlotSpec } from '../../../src/engine/contract/state.ts';
import type { Field } from '../../../src/engine/contract/types.ts';
import type { TaskState } from '../../../src/engine/state/state-store.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';

const KEY: readonly Field[] = [
  { name: 'ward', type: { kind: 'string' }, nullable: true },
  { name: 'bed', type: { kind: 'float' }, nullable: true },
  { name: 'icu', type: { kind: 'bool' }, nullable: false },
];
const SLOTS: readonly SlotSpec[] = [
  { name: 'n', kind: 'f64', initial: 10 },
  { name: 'last', kind: 'text' },
];
type Key = readonly [ward: string | null, bed: number | null, icu: boolean];
interface Value {
  n: number;
  last: string | null;
}

function batchOf(keys: readonly Key[]): Batch {
  const columns = KEY.map((field, c) => {
    const writer = columnWriter(field.type);
    for (const key of keys) writer.appendValue(key[c]);
    return writer.finish();
  });
  return { schema: { fields: KEY }, rows: keys.length, columns };
}
/** The model's name of a key: −0 is 0, NaN is one key. */
function nameOf(key: Key): string {
  return JSON.stringify([key[0], key[1] === null ? null : `${key[1] + 0}`, key[2]]);
}

/** Everything a state holds, by the model's names. */
function contentOf(state: KeyedState): Map<string, Value> {
  const content = new Map<string, Value>();
  const ids = Int32Array.from({ length: state.size }, (_, i) => i);
  const columns = state.keyColumns(ids, ids.length);
  const valid = (bits: Uint8Array | null, row: number): boolean =>
    bits === null || ((bits[row >> 3] >> (row & 7)) & 1) === 1;
  for (let id = 0; id < state.size; id++) {
    const [ward, bed, icu] = columns;
    if (ward.kind !== 'string' || bed.kind !== 'number' || icu.kind !== 'bool') throw new Error('key columns');
    const key: Key = [
      valid(ward.validity, id) ? ward.dictionary.text(ward.ids[id]) : null,
      valid(bed.validity, id) ? bed.values[id] : null,
      icu.values[id] === 1,
    ];
    const text = state.slot('last')[id];
    content.set(nameOf(key), { n: state.slot('n')[id], last: text < 0 ? null : state.text(text) });
  }
  return content;
}

const key = fc.tuple(
  fc.option(fc.constantFrom('', 'a', 'b', 'ä\u{1f3e5}', '\uFEFFx')),
  fc.option(fc.constantFrom(0, -0, 1, 2.5, Number.NaN, -1, 1e300)),
  fc.boolean(),
) as fc.Arbitrary<Key>;
type Step =
  | { readonly do: 'add'; readonly keys: readonly Key[]; readonly text: string | null }
  | { readonly do: 'forget'; readonly keys: readonly Key[] }
  | { readonly do: 'commit' };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      keys: fc.array(key, { maxLength: 6 }),
      text: fc.option(fc.string({ maxLength: 3 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), keys: fc.array(key, { maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
);

function perform(state: KeyedState, model: Map<string, Value>, action: Step): void {
  if (action.do === 'add') {
    const ids = state.keysOf(batchOf(action.keys));
    for (let row = 0; row < ids.length; row++) {
      state.slot('n')[ids[row]] += row + 1;
      const name = nameOf(action.keys[row]);
      const value = model.get(name) ?? { n: 10, last: null };
      value.n += row + 1;
      if (action.text !== null) {
        state.slot('last')[ids[row]] = state.internText(action.text);
        value.last = action.text;
      }
      model.set(name, value);
    }
  } else if (action.do === 'forget') {
    const known = action.keys.filter(
      (k, i) => model.has(nameOf(k)) && action.keys.findIndex(o => nameOf(o) === nameOf(k)) === i,
    );
    const ids = state.keysOf(batchOf(known));
    state.forget(ids, ids.length);
    for (const k of known) model.delete(nameOf(k));
  }
}

function openState(): { store: TaskState; state: KeyedState } {
  const store = createStateStore();
  return { store, state: store.keyed('by_bed', KEY, SLOTS) };
}

test('any sequence of steps is what a Map would hold, and its deltas replay to the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const { store, state } = openState();
      const model = new Map<string, Value>();
      const deltas: Uint8Array[] = [];
      for (const action of steps) {
        perform(state, model, action);
        if (action.do === 'commit') deltas.push(...store.takeDelta());
      }
      expect(contentOf(state)).toEqual(model);
      deltas.push(...store.takeDelta());
      expect(store.takeDelta()).toEqual([]);
      const replayed = createStateStore();
      for (const delta of deltas) replayed.applyDelta(delta);
      expect(contentOf(replayed.keyed('by_bed', KEY, SLOTS))).toEqual(model);
    }),
    { numRuns: 300 },
  );
});

test('a large change is cut into blocks of the size of a frame', () => {
  const { store, state } = openState();
  const keys = Array.from({ length: 50_000 }, (_, i): Key => [`ward number ${i}`, i / 3, i % 2 === 0]);
  state.keysOf(batchOf(keys));
  const blocks = store.takeDelta();
  expect(blocks.length).toBeGreaterThan(1);
  expect(Math.max(...blocks.map(block => block.length))).toBeLessThanOrEqual(MAX_FRAME_BYTES);
  const replayed = createStateStore();
  for (const block of blocks) replayed.applyDelta(block);
  expect(replayed.keys).toBe(50_000);
});

test('texts that nothing refers to any more do not pile up', () => {
  const { store, state } = openState();
  for (let round = 0; round < 200; round++) {
    const ids = state.keysOf(batchOf(Array.from({ length: 100 }, (_, i): Key => ['w', i, true])));
    for (const id of ids) state.slot('last')[id] = state.internText(`text ${round} of ${id}`);
    store.takeDelta();
  }
  const table = store.tables.get('by_bed');
  expect(table?.texts.dictionary.size).toBeLessThan(10_000);
  expect([...contentOf(state).values()].every(value => value.last?.startsWith('text 199 of'))).toBe(true);
});

test('state of another shape is refused, damaged blocks too', () => {
  const { store, state } = openState();
  state.keysOf(batchOf([['a', 1, true]]));
  const [block] = store.takeDelta();
  const other = createStateStore();
  other.keyed('by_bed', KEY.slice(0, 1), SLOTS);
  expect(() => other.applyDelta(block)).toThrow(expect.objectContaining({ code: 'R121' }));
  expect(() => createStateStore().applyDelta(block.subarray(0, 40))).toThrow(expect.objectContaining({ code: 'R120' }));
});

test('a table without key columns has one key', () => {
  const store = createStateStore();
  const state = store.keyed('seen', [], [{ name: 'rows', kind: 'f64', initial: 0 }]);
  const ids = state.keysOf(
    batchOf([
      ['a', 1, true],
      ['b', 2, true],
    ]),
  );
  expect([...ids]).toEqual([0, 0]);
  state.slot('rows')[0] += 2;
  const replayed = createStateStore();
  for (const block of store.takeDelta()) replayed.applyDelta(block);
  expect(replayed.keyed('seen', [], [{ name: 'rows', kind: 'f64', initial: 0 }]).slot('rows')[0]).toBe(2);
});

test('thousands of keys coming and going are found again, through one dictionary whose texts are collected', () => {
  const rng = seededRng(4);
  const ward = columnWriter({ kind: 'string' });
  const { store, state } = openState();
  const model = new Map<string, number>();
  const batch = (names: readonly string[]): Batch => {
    const [, bed, icu] = batchOf(names.map(() => [null, 1, true])).columns;
    for (const name of names) ward.appendValue(name);
    return { schema: { fields: KEY }, rows: names.length, columns: [ward.finish(), bed, icu] };
  };
  for (let round = 0; round < 150; round++) {
    const names = Array.from({ length: 200 }, () => `key ${rng.below(3000) + 15 * round}`);
    const ids = state.keysOf(batch(names));
    for (let row = 0; row < ids.length; row++) {
      state.slot('n')[ids[row]] += 1;
      model.set(names[row], (model.get(names[row]) ?? 10) + 1);
    }
    const gone = [...model.keys()].filter(() => rng.below(12) === 0);
    const goneIds = state.keysOf(batch(gone));
    state.forget(goneIds, goneIds.length);
    for (const name of gone) model.delete(name);
    store.takeDelta();
  }
  expect(state.size).toBe(model.size);
  const ids = state.keysOf(batch([...model.keys()]));
  expect(Array.from(ids, id => state.slot('n')[id])).toEqual([...model.values()]);
});

test('a table that is full says so before memory is gone, and what was committed is whole', () => {
  const limits = { keys: 1_000, textBytes: 4_000 };
  const spec: readonly Field[] = [{ name: 'who', type: { kind: 'string' }, nullable: false }];
  const rows = (from: number, to: number, text: (i: number) => string): Batch => {
    const writer = columnWriter(spec[0].type);
    for (let i = from; i < to; i++) writer.appendValue(text(i));
    return { schema: { fields: spec }, rows: to - from, columns: [writer.finish()] };
  };
  const store = createStateStore(limits);
  const state = store.keyed('t', spec, [{ name: 'n', kind: 'f64', initial: 0 }]);
  state.keysOf(rows(0, 1_000, i => `${i}`));
  const blocks = store.takeDelta();
  expect(() => state.keysOf(rows(0, 1_000, i => `${i}`))).not.toThrow();
  expect(() => state.keysOf(rows(1_000, 1_001, i => `${i}`))).toThrow(/reached 1000 keys in one task/);
  const again = createStateStore(limits);
  for (const block of blocks) again.applyDelta(block);
  expect(again.keys).toBe(1_000);
  const wide = createStateStore(limits).keyed('t', spec, []);
  expect(() => {
    for (let i = 0; i < 100; i++) wide.keysOf(rows(i, i + 1, at => `${at}`.padEnd(100, 'x')));
  }).toThrow(/reached 4000 bytes of texts/);
});
