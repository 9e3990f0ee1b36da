import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLogView } from '../../../src/engine/log/embedded/log-view.ts';
import { noFaults } from '../../../src/engine/log/log-faults.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { lagOf } from '../../../src/engine/runtime/stream/lag.ts';
import { ensureManifests, writeManifest } from '../../../src/engine/runtime/stream/manifest-log.ts';
import { record } from '../../conformance/log/helpers.ts';
import { numbers, numbersSchema, planOf, sink, topicSource } from './support/plans.ts';
import { finish, realClock } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const producer = (splits: number, count: number) =>
  planOf([numbers('nums', splits, count), sink('all', 'nums', 'topic', { name: 'all' }, 'who')], 'producer');
const reader = (from: 'earliest' | 'latest') =>
  planOf([topicSource('in', 'all', numbersSchema, from), sink('copies', 'in', 'topic', { name: `of_${from}` })], from);

/** By flow: frames behind in each partition; and the frames the topic has. */
async function lag() {
  const view = openLogView({ dir: `${folder}/log`, clock: realClock });
  try {
    const all = (await view.describe('all')).ends.map(end => Number(end.stableEnd));
    const behind: Record<string, number[]> = { earliest: [], latest: [] };
    for (const one of await lagOf(view)) {
      expect(one).toMatchObject({ topic: 'all', partition: behind[one.flow].length });
      behind[one.flow].push(one.behind);
    }
    return { all, ...behind };
  } finally {
    await view.close();
  }
}

it('is told of every partition of a topic that a flow reads, those it has not come to yet too', async () => {
  await finish(producer(1, 1), folder);
  for (const from of ['earliest', 'latest'] as const) await finish(reader(from), folder, { untilCaughtUp: true });
  const { all: before } = await lag();
  expect(before.filter(end => end > 0)).toHaveLength(1);
  await finish(producer(2, 1_000), folder);
  const { all, ...readers } = await lag();
  const since = all.map((end, partition) => end - before[partition]);
  expect(since.filter(frames => frames > 0)).toHaveLength(4);
  expect(readers).toEqual({ earliest: since, latest: since });

  await finish(reader('earliest'), folder, { untilCaughtUp: true });
  // Of a stream that was given up, nobody is behind.
  await finish(reader('latest'), folder, { untilCaughtUp: true, fresh: true });
  expect(await lag()).toEqual({ all, earliest: [0, 0, 0, 0], latest: [0, 0, 0, 0] });
});

it('does not count offsets behind the last frame that hold none', async () => {
  const fates = ['ok', 'lost-dropped'] as const;
  let commits = 0;
  const faults = { ...noFaults, commit: () => fates[commits++] };
  const log = createMemoryLog({ clock: realClock, faults }).session();
  const topics = { read: { topic: 'in', offsets: null } };
  await writeManifest(log, 'f', await ensureManifests(log, 'f'), {
    generation: 1,
    planHash: '',
    flowVersion: 1,
    tasks: { read: 1 },
    splits: {},
    topics,
    tables: {},
  });
  await log.ensureTopics([{ name: 'in', partitions: 1 }]);
  const behind = async () => (await lagOf(log)).map(one => one.behind);
  const to = { topic: 'in', partition: 0 };
  const commit = { record, outputs: [{ to, frames: [new Uint8Array(8)] }], deltas: [] };
  const writer = await log.open({ flow: 'other', chain: 'c', partition: 0 });
  await writer.commit(commit);
  expect(await behind()).toEqual([1]);
  await writer.commit(commit).catch(() => undefined);
  const { ends } = await log.describe('in');
  expect(ends[0].stableEnd).toBe(2n);
  expect(await behind()).toEqual([2]);
  const reader = await log.open({ flow: 'f', chain: 'read', partition: 0 });
  const positions = [{ input: 'in', partition: 0, offset: 1n, row: 0 }];
  commits = 0;
  await reader.commit({ record: { ...record, positions }, outputs: [], deltas: [] });
  expect(await behind()).toEqual([0]);
});

it('passes over partitions that a topic does not have any more', async () => {
  const log = createMemoryLog({ clock: realClock }).session();
  for (const [flow, tasks] of [
    ['f', 2],
    ['g', 1],
  ] as const) {
    await writeManifest(log, flow, await ensureManifests(log, flow), {
      generation: 1,
      planHash: '',
      flowVersion: 1,
      tasks: { read: tasks },
      splits: {},
      topics: { read: { topic: 'in', offsets: null } },
      tables: {},
    });
  }
  await log.ensureTopics([{ name: 'in', partitions: 1 }]);
  expect(await lagOf(log)).toEqual(
    ['f', 'g'].map(flow => ({ flow, chain: 'read', topic: 'in', partition: 0, behind: 0 })),
  );
});
