import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogView } from '../../../src/engine/log/embedded/log-view.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import type { RunOptions } from '../../../src/engine/runtime/run.ts';
import { newestManifest } from '../../../src/engine/runtime/stream/manifest-log.ts';
import { fileRequest } from '../../../src/engine/runtime/stream/request-file.ts';
import { expectTwice, rowsOfTwice, twiceFlow } from '../../conformance/stream/twice-flow.ts';
import { numbers, numbersSchema, planOf, rows, sink, stage, topicSource } from './support/plans.ts';
import { finish, hastyClock, realClock, start, topicRows } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-rescale-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SPLITS = 3;
const ROWS = 3_000;
/** Threads have the real clock: a request is heard within half a second, and the stream must not have ended by then. */
const ROWS_IN_THREADS = 20_000;

const flow = (version = 1, count = ROWS): Plan => twiceFlow(count, version);

const manifestOf = async () => {
  const view = openLogView({ dir: `${folder}/log`, clock: realClock });
  try {
    return await newestManifest(view, 'twice');
  } finally {
    await view.close();
  }
};

/** Runs until some rows have gone through, then drains. */
async function drainSoon(plan: Plan, after: number, options: Partial<RunOptions> = {}) {
  const run = start(plan, folder, { batchRows: 32, clock: hastyClock(), ...options });
  let asked = false;
  run.events.subscribe(event => {
    if (asked || event.event !== 'progress' || event.stage !== 'nums' || event.rowsIn < after) return;
    asked = true;
    void fileRequest(`${folder}/log`, plan.flow.name, { request: 'drain', id: 'a test' });
  });
  return run.summary;
}

const expectWhole = async (count = ROWS) =>
  expectTwice(count, await topicRows(folder, 'sums'), await topicRows(folder, 'seen'));

describe('a stream that is drained', () => {
  it.each([0, 2])('leaves nothing between its tasks, and goes on when it is run again (%i workers)', async workers => {
    const count = workers === 0 ? ROWS : ROWS_IN_THREADS;
    const summary = await drainSoon(flow(1, count), 500, { workers });
    expect(summary.error).toBeUndefined();
    expect(summary.left).toBe('drained');
    const read = summary.stages.find(one => one.name === 'nums')?.rows_in ?? 0;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(rowsOfTwice(count));
    // What has been read has come out at the very end.
    expect(await topicRows(folder, 'seen')).toHaveLength(read);
    const manifest = await manifestOf();
    expect(manifest?.drained).toBeGreaterThan(0);
    const view = openLogView({ dir: `${folder}/log`, clock: realClock });
    const exchanges = (await view.topics()).filter(({ name }) => name.startsWith('weir.twice.1.'));
    expect(exchanges).toHaveLength(2);
    for (const { ends } of exchanges) for (const end of ends) expect(end.first).toBe(end.stableEnd);
    await view.close();

    const again = await finish(flow(1, count), folder, { workers });
    expect(again.summary.error).toBeUndefined();
    expect(again.summary.left).toBeUndefined();
    expect((await manifestOf())?.drained).toBeUndefined();
    expect(again.summary.stages.find(one => one.name === 'nums')?.rows_in).toBe(rowsOfTwice(count));
    await expectWhole(count);
  });

  it('may have been stopped before, or killed in the middle of being drained', async () => {
    const run = start(flow(), folder, { batchRows: 32, clock: hastyClock() });
    run.events.subscribe(event => {
      if (event.event === 'progress' && event.stage === 'nums' && event.rowsIn > 300) run.stop('commit');
    });
    await run.summary;
    for (const stopAt of [1, 2, 3]) {
      const draining = start(flow(), folder, { batchRows: 32, clock: hastyClock(), drain: true });
      let events = 0;
      draining.events.subscribe(() => {
        if (++events === 3 * stopAt) draining.stop('now');
      });
      await draining.summary;
    }
    const { summary } = await finish(flow(), folder, { drain: true });
    expect(summary.error).toBeUndefined();
    expect(summary.left).toBe('drained');
    const read = summary.stages.find(one => one.name === 'nums')?.rows_in;
    // A second time there is nothing to do.
    expect((await finish(flow(), folder, { drain: true })).summary.left).toBe('drained');
    if (read !== undefined) expect(await topicRows(folder, 'seen')).toHaveLength(read);
    expect((await finish(flow(), folder)).summary.error).toBeUndefined();
    await expectWhole();
  });

  it('is refused to another text, to one that has not begun, and to a flow without a stream', async () => {
    expect((await finish(flow(), folder, { drain: true })).summary.error).toMatchObject({ code: 'R547' });
    await drainSoon(flow(), 300);
    expect((await finish(flow(2), folder, { drain: true })).summary.error).toBeUndefined();
    const other = planOf([numbers('nums', 1, 5), sink('one', 'nums', 'topic', { name: 'one' })], 'twice', 2);
    // It says what is so, until the stream has gone on.
    expect((await finish(other, folder, { drain: true })).summary).toMatchObject({ ok: true, left: 'drained' });
    await finish(flow(), folder);
    expect((await finish(other, folder, { drain: true })).summary.error).toMatchObject({ code: 'R547' });
  });

  it('is over when it was over before', async () => {
    await finish(flow(), folder);
    const { summary } = await finish(flow(), folder, { drain: true });
    expect(summary.error).toBeUndefined();
    expect(summary.left).toBeUndefined();
    await expectWhole();
  });
});

describe('another number of partitions', () => {
  it('is refused in mid-course, and given after a drain, as often as it is asked for', async () => {
    const first = await drainSoon(flow(), 600);
    expect(first.left).toBe('drained');
    const begun = await manifestOf();
    expect(Object.values(begun?.tasks ?? {})).toEqual([3, 4, 4]);
    for (const [partitions, after] of [
      [7, 1_600],
      [2, 2_600],
      [5, 3_600],
    ] as const) {
      const summary = await drainSoon(flow(), after, { partitions, partitionsAsked: true });
      expect(summary.error).toBeUndefined();
      expect(summary.left).toBe('drained');
      expect(Object.values((await manifestOf())?.tasks ?? {})).toEqual([
        Math.min(3, partitions),
        partitions,
        partitions,
      ]);
    }
    const undrained = start(flow(), folder, { batchRows: 32, clock: hastyClock() });
    undrained.events.subscribe(event => {
      if (event.event === 'progress' && event.stage === 'nums' && event.rowsIn > 4_000) undrained.stop('commit');
    });
    await undrained.summary;
    const refused = await finish(flow(), folder, { partitions: 4, partitionsAsked: true });
    expect(refused.summary.error).toMatchObject({ code: 'R544' });
    expect(refused.summary.error?.hint).toContain('weir stop');
    // The number it has, or none, is fine.
    const end = await finish(flow(), folder, { partitions: 5, partitionsAsked: true });
    expect(end.summary.error).toBeUndefined();
    expect(end.summary.stages.find(one => one.name === 'nums')?.rows_in).toBe(rowsOfTwice(ROWS));
    expect(end.summary.stages.find(one => one.name === 'sums')?.rows_in).toBe(rowsOfTwice(ROWS));
    await expectWhole();
  });

  it('takes snapshots along, and lets go of what the tasks before had', async () => {
    const snapshots = { deltas: 3 };
    await drainSoon(flow(), 900, { snapshots });
    const before = await readdir(join(folder, 'snapshots'));
    expect(before).toHaveLength(1);
    const { summary } = await finish(flow(), folder, { partitions: 7, partitionsAsked: true, snapshots });
    expect(summary.error).toBeUndefined();
    await expectWhole();
    const old = await readdir(join(folder, 'snapshots', before[0]), { recursive: true, withFileTypes: true });
    expect(old.filter(entry => entry.isFile())).toEqual([]);
    const view = openLogView({ dir: `${folder}/log`, clock: realClock });
    expect((await view.topics()).filter(({ name }) => name.startsWith('weir.twice.1.'))).toEqual([]);
    const past = { flow: 'twice', chain: 'sums/running_sum', partition: 0 };
    const first = async () => {
      for await (const { next } of view.changelog(past, 0n)) return next;
      return null;
    };
    await expect(first()).rejects.toMatchObject({ code: 'gap' });
    await view.close();
  });

  it('is free to choose before anything was committed, and when the flow begins anew', async () => {
    const topic = planOf(
      [topicSource('in', 'none', numbersSchema), sink('out', 'in', 'topic', { name: 'out' })],
      'twice',
    );
    expect((await finish(topic, folder)).summary.error).toMatchObject({ code: 'R111' });
    await finish(flow(), folder, { partitions: 2 });
    const { summary } = await finish(flow(), folder, { partitions: 6, partitionsAsked: true });
    expect(summary.error).toBeUndefined();
    expect(Object.values((await manifestOf())?.tasks ?? {})).toEqual([2, 2, 2]);
    await finish(flow(), folder, { partitions: 6, partitionsAsked: true, fresh: true });
    expect(Object.values((await manifestOf())?.tasks ?? {})).toEqual([3, 6, 6]);
  });

  it.each([
    undefined,
    'k',
  ])('is refused to state that is not kept by the key of its rows (by %s), and it stays as it was', async by => {
    const apart = (partitions: number, options: Partial<RunOptions> = {}) => {
      const plan = planOf(
        [
          numbers('nums', SPLITS, ROWS),
          stage('counted/op', 'count_apart', 'nums', by === undefined ? {} : { by }, { out: rows(numbersSchema) }),
          sink('counted', 'counted/op', 'topic', { name: 'counted' }, 'who'),
        ],
        'twice',
      );
      return { plan, options: { partitions, partitionsAsked: true, ...options } };
    };
    // Of one task everything is in its range of keys.
    for (const before of [1, 4]) {
      const { plan, options } = apart(before, { fresh: true });
      expect((await drainSoon(plan, 500, options)).left).toBe('drained');
      const was = await manifestOf();
      const { summary } = await finish(plan, folder, apart(3).options);
      expect(summary.error).toMatchObject({ code: 'R546' });
      expect((await manifestOf())?.tasks).toEqual(was?.tasks);
      expect((await manifestOf())?.generation).toBe(was?.generation);
      const end = await finish(plan, folder, { partitions: before });
      expect(end.summary.error).toBeUndefined();
      expect(end.summary.stages.find(one => one.name === 'nums')?.rows_in).toBe(SPLITS * ROWS);
    }
  });
});

describe('workers', () => {
  it('change between stops as they like, and the rows are the same', async () => {
    let seen = 0;
    for (const workers of [1, 3]) {
      const run = start(flow(), folder, { workers, batchRows: 16 });
      run.events.subscribe(event => {
        if (event.event !== 'progress' || event.stage !== 'nums' || event.rowsIn <= seen) return;
        seen = event.rowsIn;
        run.stop('commit');
      });
      expect((await run.summary).error).toBeUndefined();
    }
    expect((await finish(flow(), folder, { workers: 2 })).summary.error).toBeUndefined();
    await expectWhole();
  });
});
