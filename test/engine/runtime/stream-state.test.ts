import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeDisk } from '../../../src/engine/base/node-disk.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { batchFromRows } from '../../../src/engine/columnar/rows.ts';
import type { Log, TaskLog } from '../../../src/engine/contract/log.ts';
import type { KeyedState } from '../../../src/engine/contract/state.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { StreamState } from '../../../src/engine/runtime/stream/stream-state.ts';
import { realClock } from './support/run-plan.ts';

const key = [{ name: 'who', type: { kind: 'string' }, nullable: false }] as const;
const schema = { fields: key };
const task = { flow: 'f', chain: 'c', partition: 0 };
const record = { planHash: 'p', positions: [], models: {}, sinkTokens: [], counts: {}, ended: false };
const pace = { bytes: 1 << 20, deltas: 5 };

let dir: string;
let log: Log;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-state-'));
  log = createMemoryLog({ clock: realClock });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function open(): Promise<{ owner: TaskLog; state: StreamState; sums: KeyedState }> {
  const owner = await log.open(task);
  const state = await StreamState.open(owner, { disk: nodeDisk, dir }, pace);
  return { owner, state, sums: state.store.keyed('op/sums', key, [{ name: 'sum', kind: 'f64', initial: 0 }]) };
}
function add(sums: KeyedState, whos: readonly string[]): void {
  const ids = sums.keysOf(
    batchFromRows(
      schema,
      whos.map(who => ({ who })),
    ),
  );
  const slot = sums.slot('sum');
  for (let row = 0; row < whos.length; row++) slot[ids[row]] += 1;
}
function all(sums: KeyedState, whos: readonly string[]): number[] {
  const ids = sums.keysOf(
    batchFromRows(
      schema,
      whos.map(who => ({ who })),
    ),
  );
  const slot = sums.slot('sum');
  return whos.map((_, i) => slot[ids[i]]);
}

it('stands for the last commit after every reopening, snapshots or not', async () => {
  const rng = seededRng(3);
  const people = Array.from({ length: 200 }, (_, i) => `p${i}`);
  const committed = new Float64Array(people.length);
  let snapshots = 0;
  let life = await open();
  for (let round = 0; round < 150; round++) {
    const chosen = Array.from({ length: 1 + rng.below(20) }, () => rng.below(people.length));
    add(
      life.sums,
      chosen.map(i => people[i]),
    );
    if (rng.below(8) === 0) {
      // Lost before its commit.
      await life.state.close();
      life = await open();
      expect(all(life.sums, people)).toEqual([...committed]);
      continue;
    }
    const { deltas, snapshot, previousSnapshot = null } = life.state.forCommit();
    const pending = life.owner.commit({ record: { ...record, snapshot, previousSnapshot }, outputs: [], deltas });
    if (snapshot !== null) snapshots += 1;
    await life.state.committed(await pending);
    for (const i of chosen) committed[i] += 1;
    // Snapshots are written beside the work; here the work waits, so that some are finished.
    if (round % 10 === 9) await life.state.close();
  }
  expect(snapshots).toBeGreaterThan(20);
  const files = await readdir(dir);
  expect(files.filter(name => name.startsWith('manifest-')).length).toBeLessThan(10);
  const { last } = await log.open(task);
  expect(last?.previousSnapshot).not.toBeNull();
  // The newest is damaged: the one before, and the changelog from there, give the same.
  await writeFile(join(dir, last?.snapshot?.manifest ?? ''), 'not it');
  life = await open();
  expect(all(life.sums, people)).toEqual([...committed]);
  // Both are damaged: rather nothing than a state that was never so.
  for (const pointer of [last?.snapshot, last?.previousSnapshot])
    await writeFile(join(dir, pointer?.manifest ?? ''), '');
  await expect(open()).rejects.toMatchObject({ code: 'R122' });
});
