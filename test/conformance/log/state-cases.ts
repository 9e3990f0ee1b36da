import { expect } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { columnWriter } from '../../../src/engine/columnar/column-writer.ts';
import type { Commit, SnapshotPointer, TaskLog } from '../../../src/engine/contract/log.ts';
import type { KeyedState } from '../../../src/engine/contract/state.ts';
import type { Field } from '../../../src/engine/contract/types.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { restoreSnapshot, writeSnapshot } from '../../../src/engine/state/snapshot.ts';
import type { TaskState } from '../../../src/engine/state/state-store.ts';
import { createStateStore } from '../../../src/engine/state/state-store.ts';
import type { LogCase } from './driver.ts';
import { codeOf, record, task, upTo } from './helpers.ts';

const KEY: readonly Field[] = [{ name: 'id', type: { kind: 'int' }, nullable: false }];

/** A count by key, as an operator would keep it. */
class Counts {
  readonly store: TaskState = createStateStore();
  readonly state: KeyedState = this.store.keyed('counts', KEY, [{ name: 'n', kind: 'f64', initial: 0 }]);

  #ids(keys: readonly number[]): Int32Array {
    const writer = columnWriter(KEY[0].type);
    for (const key of keys) writer.appendValue(key);
    return this.state.keysOf({ schema: { fields: KEY }, rows: keys.length, columns: [writer.finish()] });
  }
  add(...keys: number[]): void {
    for (const id of this.#ids(keys)) this.state.slot('n')[id] += 1;
  }
  forget(...keys: number[]): void {
    const ids = this.#ids(keys);
    this.state.forget(ids, ids.length);
  }
  content(): Record<string, number> {
    const ids = Int32Array.from({ length: this.state.size }, (_, i) => i);
    const [column] = this.state.keyColumns(ids, ids.length);
    if (column.kind !== 'number') throw new Error('an int key');
    return Object.fromEntries(Array.from(ids, id => [column.values[id], this.state.slot('n')[id]]));
  }
  commit(snapshot: SnapshotPointer | null = null, previousSnapshot: SnapshotPointer | null = null): Commit {
    return { record: { ...record, snapshot, previousSnapshot }, outputs: [], deltas: this.store.takeDelta() };
  }
}

async function end(owner: TaskLog): Promise<bigint> {
  let offset = 0n;
  for await (const { next } of owner.changelog(0n)) offset = next;
  return offset;
}

/** What a task does when it opens: snapshot, then the tail of the changelog. */
async function restored(owner: TaskLog, disk: SimulatedDisk): Promise<Counts> {
  const counts = new Counts();
  const pointers = [owner.last?.snapshot, owner.last?.previousSnapshot].filter(p => p !== null && p !== undefined);
  const from = await restoreSnapshot({ disk, dir: 'task' }, pointers, counts.store);
  for await (const { delta } of owner.changelog(from?.changelog ?? 0n)) counts.store.applyDelta(delta);
  return counts;
}

export const stateCases: readonly LogCase[] = [
  {
    id: 30,
    title: 'snapshot and tail are the same as a replay from the start',
    async run(world) {
      const log = await world.client();
      const disk = new SimulatedDisk(seededRng(1));
      const owner = await log.open(task(0));
      const counts = new Counts();
      let snapshot: SnapshotPointer | null = null;
      for (const n of upTo(12)) {
        counts.add(n, n + 1, n * 7);
        if (n % 5 === 0) counts.forget(n);
        const written = await owner.commit(counts.commit(snapshot));
        if (n % 4 === 0) {
          snapshot = await writeSnapshot({ disk, dir: 'task' }, counts.store, {
            seq: written.seq,
            changelog: await end(owner),
            epoch: owner.epoch,
          });
        }
      }
      const heir = await log.open(task(0));
      expect(heir.last?.snapshot).not.toBe(null);
      expect((await restored(heir, disk)).content()).toEqual(counts.content());
      const replayed = new Counts();
      for await (const { delta } of heir.changelog(0n)) replayed.store.applyDelta(delta);
      expect(replayed.content()).toEqual(counts.content());
      await heir.purgeChangelog(heir.last?.snapshot?.changelog ?? 0n);
      expect((await restored(heir, disk)).content()).toEqual(counts.content());
    },
  },
  {
    id: 31,
    title: 'a damaged snapshot gives way to the older one; with both damaged the task does not start',
    async run(world) {
      const log = await world.client();
      const disk = new SimulatedDisk(seededRng(1));
      const owner = await log.open(task(0));
      const counts = new Counts();
      const snapshots: SnapshotPointer[] = [];
      for (const n of upTo(2)) {
        counts.add(n, 100);
        const { seq } = await owner.commit(counts.commit());
        snapshots.unshift(
          await writeSnapshot({ disk, dir: 'task' }, counts.store, {
            seq,
            changelog: await end(owner),
            epoch: owner.epoch,
          }),
        );
      }
      counts.add(3);
      await owner.commit(counts.commit(snapshots[0], snapshots[1]));
      const heir = await log.open(task(0));
      disk.damage(`task/${snapshots[0].manifest}`, new Uint8Array(10));
      expect((await restored(heir, disk)).content()).toEqual(counts.content());
      disk.damage(`task/${snapshots[1].manifest}`, new Uint8Array(10));
      expect(await codeOf(restored(heir, disk))).toBe('R122');
    },
  },
  {
    id: 32,
    title: 'deleted stays deleted: in the tail after an older snapshot, and in the snapshot after it',
    async run(world) {
      const log = await world.client();
      const disk = new SimulatedDisk(seededRng(1));
      const owner = await log.open(task(0));
      const counts = new Counts();
      counts.add(1, 2, 3);
      const first = await owner.commit(counts.commit());
      const pointer = await writeSnapshot({ disk, dir: 'task' }, counts.store, {
        seq: first.seq,
        changelog: await end(owner),
        epoch: owner.epoch,
      });
      counts.forget(2);
      await owner.commit(counts.commit(pointer));
      expect((await restored(await log.open(task(0)), disk)).content()).toEqual({ 1: 1, 3: 1 });
      const heir = await log.open(task(0));
      const second = await writeSnapshot({ disk, dir: 'task' }, counts.store, {
        seq: 2n,
        changelog: await end(heir),
        epoch: heir.epoch,
      });
      await heir.commit(counts.commit(second, pointer));
      const last = await log.open(task(0));
      await last.purgeChangelog(second.changelog);
      const content = (await restored(last, disk)).content();
      expect(content).toEqual({ 1: 1, 3: 1 });
    },
  },
];
