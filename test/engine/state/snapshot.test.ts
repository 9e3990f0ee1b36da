import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/engine/base/json.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { sha256 } from '../../../src/engine/base/sha256.ts';
import { columnWriter } from '../../../src/engine/columnar/column-writer.ts';
import type { SnapshotPointer } from '../../../src/engine/contract/log.ts';
import type { KeyedState } from '../../../src/engine/contract/state.ts';
import type { Field } from '../../../src/engine/contract/types.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { restoreSnapshot, writeSnapshot } from '../../../src/engine/state/snapshot.ts';
import { collectSnapshots } from '../../../src/engine/state/snapshot-collect.ts';
import type { TaskState } from '../../../src/engine/state/state-store.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';

const KEY: readonly Field[] = [{ name: 'id', type: { kind: 'int' }, nullable: false }];
const SLOTS = [{ name: 'n', kind: 'f64', initial: 0 }] as const;

function open(): { store: TaskState; state: KeyedState } {
  const store = createStateStore();
  return { store, state: store.keyed('counts', KEY, SLOTS) };
}
function keysOf(state: KeyedState, keys: readonly number[]): Int32Array {
  const writer = columnWriter(KEY[0].type);
  for (const key of keys) writer.appendValue(key);
  return state.keysOf({ schema: { fields: KEY }, rows: keys.length, columns: [writer.finish()] });
}
function add(state: KeyedState, keys: readonly number[], value: number): void {
  for (const id of keysOf(state, keys)) state.slot('n')[id] += value;
}
function forget(state: KeyedState, keys: readonly number[]): void {
  const ids = keysOf(state, keys);
  state.forget(ids, ids.length);
}
function content(state: KeyedState): Map<number, number> {
  const ids = Int32Array.from({ length: state.size }, (_, i) => i);
  const [column] = state.keyColumns(ids, ids.length);
  if (column.kind !== 'number') throw new Error('an int key');
  return new Map(Array.from(ids, id => [column.values[id], state.slot('n')[id]]));
}
const place = (disk: SimulatedDisk) => ({ disk, dir: 'snapshots' });

const change = fc.record({
  add: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 }),
  forget: fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 4 }),
  snapshot: fc.boolean(),
});

test('a snapshot and the deltas after it are the same as all deltas', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), fc.integer(), async (changes, seed) => {
      const disk = new SimulatedDisk(seededRng(seed));
      const { store, state } = open();
      const deltas: Uint8Array[] = [];
      let pointer: SnapshotPointer | null = null;
      for (const [i, c] of changes.entries()) {
        add(state, c.add, i + 1);
        forget(state, c.forget);
        deltas.push(...store.takeDelta());
        if (c.snapshot) {
          pointer = await writeSnapshot(place(disk), store, {
            seq: BigInt(i),
            changelog: BigInt(deltas.length),
            epoch: 1n,
          });
        }
      }
      const restored = open();
      const from = await restoreSnapshot(
        place(disk.restart('lose')),
        pointer === null ? [] : [pointer],
        restored.store,
      );
      for (const delta of deltas.slice(Number(from?.changelog ?? 0))) restored.store.applyDelta(delta);
      expect(content(restored.state)).toEqual(content(state));
    }),
    { numRuns: 60 },
  );
});

test('key groups that did not change keep their files, after a restore too', async () => {
  const disk = new SimulatedDisk(seededRng(1));
  const { store, state } = open();
  add(
    state,
    Array.from({ length: 2000 }, (_, i) => i),
    1,
  );
  store.takeDelta();
  const first = await writeSnapshot(place(disk), store, { seq: 1n, changelog: 1n, epoch: 1n });
  const before = disk.files().length;
  expect(before).toBe(129);
  add(state, [7], 1);
  store.takeDelta();
  await writeSnapshot(place(disk), store, { seq: 2n, changelog: 2n, epoch: 1n });
  expect(disk.files().length).toBe(before + 2);

  const restored = open();
  await restoreSnapshot(place(disk), [first], restored.store);
  add(restored.state, [8], 1);
  restored.store.takeDelta();
  const third = await writeSnapshot(place(disk), restored.store, { seq: 2n, changelog: 2n, epoch: 1n });
  expect(disk.files().length).toBe(before + 4);
  await collectSnapshots(place(disk), [third.manifest], 1n);
  expect(disk.files().length).toBe(before);
});

test('key groups can be restored apart, and together they are the whole', async () => {
  const disk = new SimulatedDisk(seededRng(1));
  const { store, state } = open();
  add(
    state,
    Array.from({ length: 500 }, (_, i) => i),
    3,
  );
  store.takeDelta();
  const pointer = await writeSnapshot(place(disk), store, { seq: 1n, changelog: 1n, epoch: 1n });
  const parts = [];
  for (const [from, to] of [
    [0, 50],
    [50, 51],
    [51, 128],
  ]) {
    const part = open();
    await restoreSnapshot(place(disk), [pointer], part.store, { from, to });
    parts.push(...content(part.state));
  }
  expect(parts.length).toBe(500);
  expect(new Map(parts)).toEqual(content(state));
});

test('a damaged snapshot gives way to the older one; when both are, nothing starts', async () => {
  const disk = new SimulatedDisk(seededRng(1));
  const { store, state } = open();
  add(state, [1, 2, 3], 1);
  store.takeDelta();
  const older = await writeSnapshot(place(disk), store, { seq: 1n, changelog: 1n, epoch: 1n });
  const was = content(state);
  add(state, [1, 2, 3], 1);
  store.takeDelta();
  const onlyOlder = new Set(disk.files());
  const newer = await writeSnapshot(place(disk), store, { seq: 2n, changelog: 2n, epoch: 1n });

  for (const path of disk.files().filter(file => !onlyOlder.has(file))) {
    const whole = disk.contentOf(path);
    for (const at of [0, whole.length >> 1, whole.length - 1]) {
      const flipped = whole.slice();
      flipped[at] ^= 0x10;
      disk.damage(path, flipped);
      const restored = open();
      expect(await restoreSnapshot(place(disk), [newer, older], restored.store)).toEqual(older);
      expect(content(restored.state)).toEqual(was);
      disk.damage(path, flipped);
      await expect(restoreSnapshot(place(disk), [newer], open().store)).rejects.toMatchObject({ code: 'R122' });
    }
    disk.damage(path, whole);
  }
  await disk.remove(`snapshots/${older.manifest}`);
  await disk.remove(`snapshots/${newer.manifest}`);
  const restored = open();
  await expect(restoreSnapshot(place(disk), [newer, older], restored.store)).rejects.toMatchObject({ code: 'R122' });
  expect(restored.store.keys).toBe(0);
});

test('a snapshot of the layout without epochs is restored, and goes as new ones take its place', async () => {
  const disk = new SimulatedDisk(seededRng(1));
  const { store, state } = open();
  add(state, [1, 2, 3], 1);
  store.takeDelta();
  const { manifest } = await writeSnapshot(place(disk), store, { seq: 1n, changelog: 1n, epoch: 7n });
  const plain = (name: string): string => name.replace(/^7\./, '');
  const now = JSON.parse(new TextDecoder().decode(disk.contentOf(`snapshots/${manifest}`))) as { groups: string[] };
  const groups = now.groups.map(name => (name === null ? null : plain(name)));
  const bytes = new TextEncoder().encode(canonicalJson({ ...now, format: 1, groups }));
  const old = { manifest: `manifest-${sha256(bytes)}.json`, changelog: 1n };
  for (const path of disk.files()) disk.damage(path.replace('/7.', '/'), disk.contentOf(path));
  for (const path of disk.files()) if (path.includes('/7.')) await disk.remove(path);
  disk.damage(`snapshots/${old.manifest}`, bytes);

  const restored = open();
  expect(await restoreSnapshot(place(disk), [old], restored.store)).toEqual(old);
  expect(content(restored.state)).toEqual(content(state));
  add(restored.state, [1], 1);
  restored.store.takeDelta();
  const next = await writeSnapshot(place(disk), restored.store, { seq: 2n, changelog: 2n, epoch: 8n });
  await collectSnapshots(place(disk), [next.manifest], 8n);
  const again = open();
  await restoreSnapshot(place(disk), [next], again.store);
  expect(content(again.state)).toEqual(content(restored.state));
  // Of the old files those of the two groups that have not changed are left.
  expect(disk.files().filter(path => !path.includes('/8.'))).toHaveLength(2);
});

test('killed at any step of a snapshot, the one before is whole', async () => {
  for (let step = 1; ; step++) {
    const disk = new SimulatedDisk(seededRng(step));
    const { store, state } = open();
    add(state, [1, 2, 3], 1);
    store.takeDelta();
    const first = await writeSnapshot(place(disk), store, { seq: 1n, changelog: 1n, epoch: 1n });
    const was = content(state);
    add(state, [1, 5], 1);
    store.takeDelta();
    disk.crashAtStep = disk.steps + step;
    const second = await writeSnapshot(place(disk), store, { seq: 2n, changelog: 2n, epoch: 1n }).catch(() => null);
    const after = disk.restart('tear');
    const restored = open();
    await restoreSnapshot(place(after), second === null ? [first] : [second], restored.store);
    expect(content(restored.state)).toEqual(second === null ? was : content(state));
    if (second !== null) break;
    expect(step).toBeLessThan(100);
  }
});
