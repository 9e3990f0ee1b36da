import { expect, test } from 'vitest';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { keyHashes, partitionsOf } from '../../../src/engine/columnar/key-hash.ts';
import { batchFromRows, type Row, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import { takeRows } from '../../../src/engine/columnar/take.ts';
import type { SnapshotPointer, TaskId } from '../../../src/engine/contract/log.ts';
import type { SlotSpec } from '../../../src/engine/contract/state.ts';
import type { Field, Schema } from '../../../src/engine/contract/types.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { readState } from '../../../src/engine/state/read-state.ts';
import { writeSnapshot } from '../../../src/engine/state/snapshot.ts';
import { createStateStore, type TaskState } from '../../../src/engine/state/state-store.ts';
import { masked, tableRows } from '../../../src/engine/state/table-rows.ts';
import { realClock } from '../../conformance/log/real-clock.ts';

const KEY: readonly Field[] = [
  { name: 'who', type: { kind: 'string' }, nullable: true, phi: true },
  { name: 'bed', type: { kind: 'int' }, nullable: true },
];
const SLOTS: readonly SlotSpec[] = [
  { name: 'n', kind: 'f64', initial: 0 },
  { name: 'least', kind: 'f64', initial: Number.POSITIVE_INFINITY },
  { name: 'last', kind: 'text', phi: true },
];
const SCHEMA: Schema = { fields: KEY };
const record = { planHash: 'p', positions: [], models: {}, sinkTokens: [], counts: {}, ended: false };

function count(state: TaskState, rows: readonly Row[]): void {
  const table = state.tables.get('t/groups') ?? state.keyed('t/groups', KEY, SLOTS);
  const keyed = table as ReturnType<TaskState['keyed']>;
  const ids = keyed.keysOf(batchFromRows(SCHEMA, rows));
  for (let row = 0; row < ids.length; row++) {
    keyed.slot('n')[ids[row]] += 1;
    if (row % 3 === 0) keyed.slot('last')[ids[row]] = keyed.internText(`t${row}`);
    if (row % 5 === 0) keyed.slot('least')[ids[row]] = row;
  }
}
function contentOf(state: TaskState): readonly Row[] {
  const table = state.tables.get('t/groups');
  return table === undefined ? [] : [...tableRows(table, 7)].flatMap(rowsOfBatch);
}
const rowsOf = (rng: ReturnType<typeof seededRng>, rows: number): readonly Row[] =>
  Array.from({ length: rows }, () => ({
    who: rng.below(9) === 0 ? null : `p${rng.below(40)}`,
    bed: rng.below(5) === 0 ? null : rng.below(3),
  }));

test('whoever looks finds what was committed, with snapshots and without, while the task goes on and purges', async () => {
  const rng = seededRng(11);
  const log = createMemoryLog({ clock: realClock });
  const disk = new SimulatedDisk(seededRng(1));
  const place = { disk, dir: 'task' };
  const task: TaskId = { flow: 'f', chain: 't', partition: 0 };
  const owner = await log.session().open(task);
  const reader = log.session();
  expect((await readState(reader, task, place)).record).toBe(null);
  const state = createStateStore();
  let [snapshot, previousSnapshot, end]: [SnapshotPointer | null, SnapshotPointer | null, bigint] = [null, null, 0n];
  for (let turn = 1; turn <= 40; turn++) {
    count(state, rowsOf(rng, 20));
    if (turn % 7 === 0) {
      const table = state.tables.get('t/groups');
      table?.forget(Int32Array.of(0, 3), 2);
    }
    const deltas = state.takeDelta();
    end += BigInt(deltas.length);
    const { seq } = await owner.commit({ record: { ...record, snapshot, previousSnapshot }, outputs: [], deltas });
    const seen = await readState(reader, task, place);
    expect(contentOf(seen.state)).toEqual(contentOf(state));
    expect(seen.record?.seq).toBe(seq);
    expect(seen.snapshot === null).toBe(snapshot === null);
    if (previousSnapshot !== null) await owner.purgeChangelog(previousSnapshot.changelog);
    if (turn % 6 === 0) {
      const at = { seq, changelog: end, epoch: owner.epoch };
      [snapshot, previousSnapshot] = [await writeSnapshot(place, state, at), snapshot];
    }
  }
  const seen = await readState(reader, task, place);
  expect(seen.snapshot?.seq).toBe(36n);
  expect(seen.snapshot?.bytes).toBeGreaterThan(1000);
});

test('rows are in one order at any number of partitions, and persons in them are masked', () => {
  const all = batchFromRows(SCHEMA, rowsOf(seededRng(3), 400));
  const placed = (partitions: number): readonly Row[] => {
    const at = partitionsOf(keyHashes(all, ['who', 'bed']), partitions);
    return Array.from({ length: partitions }, (_, p) => {
      const mine = Int32Array.from(at.keys()).filter(row => at[row] === p);
      const state = createStateStore();
      count(state, rowsOfBatch(takeRows(all, mine, mine.length)) as Row[]);
      return contentOf(state).map(({ who, bed, n }) => ({ who, bed, n }) as Row);
    }).flat();
  };
  const one = placed(1);
  expect(one.length).toBeGreaterThan(80);
  for (const partitions of [2, 5, 128]) expect(placed(partitions)).toEqual(one);

  const state = createStateStore();
  count(state, rowsOfBatch(all) as Row[]);
  const table = state.tables.get('t/groups');
  if (table === undefined) throw new Error('there is a table');
  const text = JSON.stringify([...tableRows(table, 64)].map(masked).flatMap(rowsOfBatch));
  expect(text).toContain('"bed":1');
  expect(text).not.toMatch(/"(p|t)\d/);
});
