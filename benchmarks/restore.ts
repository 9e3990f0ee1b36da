import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../src/engine/base/node-disk.ts';
import { systemClock } from '../src/engine/base/system-clock.ts';
import { columnWriter } from '../src/engine/columnar/column-writer.ts';
import type { Batch } from '../src/engine/contract/batch.ts';
import type { SnapshotPointer, TaskLog } from '../src/engine/contract/log.ts';
import type { KeyedState } from '../src/engine/contract/state.ts';
import type { Field } from '../src/engine/contract/types.ts';
import { openEmbeddedLog } from '../src/engine/log/embedded/embedded-log.ts';
import { StreamState } from '../src/engine/runtime/stream/stream-state.ts';
import { writeSnapshot } from '../src/engine/state/snapshot.ts';
import type { TaskState } from '../src/engine/state/state-store.ts';
import { type BenchmarkResult, median, type Ratio, tell } from './report.ts';

/**
 * Question: how long does a task take to open with state of 10,000, 100,000 and 1,000,000 keys, from its changelog alone, and from a
 * snapshot with the changelog after it?
 *
 * Guards against: a restore that grows with how long a stream has run instead of with what it holds. Each key is touched eight times
 * before, 4,096 keys a commit, as a stream leaves it that has run for a while; a snapshot is followed by 16 commits, and usual ones
 * by at most 4,096. Keys are texts of 12 letters with two numbers each. The embedded log on the real disk, in this process, read
 * back through the page cache. Both ways are held to give the same number of keys and the same sum. Time on the wall: reading is
 * part of it. Rounds interleaved.
 */
const KEYS = [10_000, 100_000, 1_000_000];
const TOUCHES = 8;
const KEYS_A_COMMIT = 4_096;
const COMMITS_AFTER = 16;
const ROUNDS = 3;
/** At a million keys. */
const GATE = 3;

const KEY: readonly Field[] = [{ name: 'who', type: { kind: 'string' }, nullable: false }];
const SLOTS = [
  { name: 'n', kind: 'f64', initial: 0 },
  { name: 'sum', kind: 'f64', initial: 0 },
] as const;
const task = { flow: 'restore', chain: 'keyed', partition: 0 };
const record = { planHash: 'p', positions: [], models: {}, sinkTokens: [], counts: {}, ended: false };

export async function run(): Promise<BenchmarkResult> {
  const seconds = new Map<string, number[]>();
  for (const keys of KEYS) {
    const folder = mkdtempSync(join(tmpdir(), 'weir-restore-'));
    try {
      await measure(folder, keys, seconds);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const medians = Object.fromEntries(
    [...seconds].map(([name, values]) => [name, { value: median(values), unit: 's' }] as const),
  );
  const ratios = KEYS.map(
    (keys): Ratio => ({
      against: `the changelog alone, ${keys} keys`,
      ratio: medians[variant('changelog', keys)].value / medians[variant('snapshot', keys)].value,
      gate: keys === Math.max(...KEYS) ? GATE : null,
    }),
  );
  return { name: 'restore', question: 'how long a task takes to open, by its state', medians, ratios };
}

const variant = (how: 'changelog' | 'snapshot', keys: number): string => `${how}, ${keys} keys`;

async function measure(folder: string, keys: number, seconds: Map<string, number[]>): Promise<void> {
  const log = await openEmbeddedLog({ dir: join(folder, 'log'), clock: systemClock });
  const place = { disk: nodeDisk, dir: join(folder, 'snapshots') };
  await fill(await log.open(task), place, keys);
  let sums: string | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    for (const how of ['changelog', 'snapshot'] as const) {
      const owner = await log.open(task);
      globalThis.gc?.();
      const started = performance.now();
      const state = await StreamState.open(owner, how === 'snapshot' ? place : null);
      const took = (performance.now() - started) / 1000;
      const found = checksum(state.store.keyed('sums', KEY, SLOTS));
      if (found !== (sums ?? found)) throw new Error(`the state from the ${how} differs`);
      sums = found;
      const name = variant(how, keys);
      seconds.set(name, [...(seconds.get(name) ?? []), took]);
      await state.close();
      await owner.close();
    }
  }
  await log.close();
}

/** A changelog of all touches, and a snapshot before the last of them. Nothing is purged, so that either way gives the whole. */
async function fill(owner: TaskLog, place: { disk: typeof nodeDisk; dir: string }, keys: number): Promise<void> {
  const state = await StreamState.open(owner, null);
  const table = state.store.keyed('sums', KEY, SLOTS);
  const commits = Math.ceil((keys * TOUCHES) / KEYS_A_COMMIT);
  let pointer: SnapshotPointer | null = null;
  let deltas = 0n;
  for (let commit = 0; commit < commits; commit++) {
    touch(table, commit * KEYS_A_COMMIT, keys);
    const made = state.forCommit();
    deltas += BigInt(made.deltas.length);
    const { seq } = await owner.commit({
      record: { ...record, snapshot: pointer },
      outputs: [],
      deltas: made.deltas,
    });
    if (commit === Math.max(0, commits - 1 - COMMITS_AFTER)) {
      const at = { seq, changelog: deltas, epoch: owner.epoch };
      pointer = await writeSnapshot(place, state.store as TaskState, at);
    }
  }
  await owner.commit({ record: { ...record, snapshot: pointer }, outputs: [], deltas: [] });
  await owner.close();
}

function touch(table: KeyedState, from: number, keys: number): void {
  const writer = columnWriter(KEY[0].type);
  const rows = Math.min(KEYS_A_COMMIT, keys);
  // A stride, so that the keys of a commit are of all groups and none comes twice.
  for (let row = 0; row < rows; row++) {
    writer.appendValue(`p${String((from + row) % keys).padStart(11, '0')}`);
  }
  const batch: Batch = { schema: { fields: KEY }, rows, columns: [writer.finish()] };
  const ids = table.keysOf(batch);
  const [counts, sums] = [table.slot('n'), table.slot('sum')];
  for (const id of ids) {
    counts[id] += 1;
    sums[id] += from + id;
  }
}

function checksum(table: KeyedState): string {
  const [counts, sums] = [table.slot('n'), table.slot('sum')];
  let total = 0;
  for (let id = 0; id < table.size; id++) total += counts[id] * 7 + sums[id];
  return `${table.size} keys, ${total}`;
}

if (import.meta.main) tell(await run());
