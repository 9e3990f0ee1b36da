import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Field } from '../../../src/engine/contract/types.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { numbers, numbersSchema, planOf, rows, sink, stage, sumsSchema, topicSource, whereK } from './support/plans.ts';
import { finish, hastyClock, start, topicRows } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** `below`: a parameter, so to say: another one is another plan. */
function producer(splits: number, count: number, below = 10, version = 1): Plan {
  return planOf(
    [
      numbers('nums', splits, count),
      whereK('all/where', 'nums', below),
      sink('all', 'all/where', 'topic', { name: 'all' }, 'who'),
    ],
    'producer',
    version,
  );
}
function reader(version = 1, below = 5, from: 'earliest' | 'latest' = 'earliest'): Plan {
  return planOf(
    [
      topicSource('in', 'all', numbersSchema, from),
      whereK('sums/where', 'in', below, false),
      stage('sums/running_sum', 'running_sum', 'sums/where', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
      sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
    ],
    'reader',
    version,
  );
}
const counted = (texts: readonly string[]) => {
  const most = new Map<string, number>();
  for (const text of texts) {
    const { who, count } = JSON.parse(text) as { who: string; count: number };
    most.set(who, Math.max(most.get(who) ?? 0, count));
  }
  return [...most.values()].reduce((sum, count) => sum + count, 0);
};

describe('a flow that reads a topic', () => {
  it.each([0, 2])('goes to where the topic was, and on from there the next time (%i workers)', async workers => {
    await finish(producer(1, 1_000), folder, { workers });
    const first = await finish(reader(), folder, { workers, untilCaughtUp: true });
    expect(first.summary.error).toBeUndefined();
    expect(await topicRows(folder, 'sums')).toHaveLength(500);
    // The producer has ended; another input makes a new run of it, which adds to the topic.
    await finish(producer(2, 1_000), folder, { workers });
    const second = await finish(reader(), folder, { workers, untilCaughtUp: true });
    expect(second.summary.stages.find(one => one.name === 'in')?.rows_in).toBe(3_000);
    const sums = await topicRows(folder, 'sums');
    expect(sums).toHaveLength(1_500);
    // State has gone on, too: each row has counted one more of its person.
    expect(counted(sums)).toBe(1_500);
  });

  it.each([
    5, 7,
  ])('begins at the end its topic had at the first start, which reads nothing (then k < %i)', async below => {
    await finish(producer(1, 1_000), folder);
    expect((await finish(reader(1, 5, 'latest'), folder, { untilCaughtUp: true })).summary.error).toBeUndefined();
    // Few rows, so that some partitions get none: those go on where they began, too.
    await finish(producer(2, 1), folder);
    await finish(reader(1, below, 'latest'), folder, { untilCaughtUp: true });
    expect(await topicRows(folder, 'sums')).toHaveLength(2);
    await finish(producer(2, 1_000), folder);
    const { summary } = await finish(reader(1, below, 'latest'), folder, { untilCaughtUp: true });
    expect(summary.stages.find(one => one.name === 'in')?.rows_in).toBe(2_002);
    expect(await topicRows(folder, 'sums')).toHaveLength(2 + 200 * below);
  });

  it('begins at the end its topic has now where it is told another start, or to begin anew', async () => {
    await finish(producer(1, 1_000), folder);
    const rowsIn = async (plan: Plan, fresh = false) => {
      const { summary } = await finish(plan, folder, { untilCaughtUp: true, fresh });
      return summary.stages.find(one => one.name === 'in')?.rows_in;
    };
    expect(await rowsIn(reader(1, 5, 'latest'))).toBe(0);
    expect(await rowsIn(reader(1, 5, 'earliest'))).toBe(1_000);
    expect(await rowsIn(reader(1, 5, 'latest'), true)).toBe(0);
  });

  it('stops at a commit when told to, and loses nothing', async () => {
    await finish(producer(2, 3_000), folder);
    let seen = 0;
    for (let stops = 0; stops < 4; stops++) {
      const run = start(reader(), folder, { batchRows: 16, clock: hastyClock() });
      run.events.subscribe(event => {
        if (event.event === 'progress' && event.stage === 'in' && event.rowsIn > seen) run.stop('commit');
      });
      const { error, stages } = await run.summary;
      expect(error).toBeUndefined();
      const read = stages.find(one => one.name === 'in')?.rows_in ?? 0;
      expect(read).toBeGreaterThan(seen);
      seen = read;
    }
    expect(seen).toBeLessThan(6_000);
    await finish(reader(), folder, { untilCaughtUp: true });
    const sums = await topicRows(folder, 'sums');
    expect(sums).toHaveLength(3_000);
    expect(counted(sums)).toBe(3_000);
  });

  it('stops at once when told so twice, though a stage never comes back', async () => {
    const marker = join(folder, 'blocked');
    await writeFile(marker, '');
    const plan = planOf([
      numbers('nums', 1, 2_000),
      stage('kept/op', 'block_while', 'nums', { marker }, { out: rows(numbersSchema) }),
      sink('kept', 'kept/op', 'topic', { name: 'kept' }, 'who'),
    ]);
    const run = start(plan, folder, { workers: 1, batchRows: 100 });
    await expect.poll(() => existsSync(`${marker}.reached`), { timeout: 30_000 }).toBe(true);
    run.stop('commit');
    const waited = new Promise(resolve => setTimeout(resolve, 300, 'waited'));
    expect(await Promise.race([run.summary, waited])).toBe('waited');
    run.stop('now');
    expect((await run.summary).error?.code).toBe('R511');
    await rm(marker);
    expect((await finish(plan, folder)).summary.error).toBeUndefined();
    expect(await topicRows(folder, 'kept')).toHaveLength(2_000);
  });

  it('refuses a changed flow of the same version, and goes on with a raised one', async () => {
    await finish(producer(1, 1_000), folder);
    await finish(reader(), folder, { untilCaughtUp: true });
    const changed = await finish(reader(1, 7), folder, { untilCaughtUp: true });
    expect(changed.summary.error?.code).toBe('R542');
    await finish(producer(2, 500), folder);
    const raised = await finish(reader(2, 7), folder, { untilCaughtUp: true });
    expect(raised.summary.error).toBeUndefined();
    expect(counted(await topicRows(folder, 'sums'))).toBe(500 + 700);
  });

  it('writes no rows to a topic that holds others, in whatever way they differ', async () => {
    const [n, k, who] = numbersSchema.fields;
    const writing = (fields: readonly Field[], flow: string) => {
      const schema = { fields };
      return planOf(
        [
          { ...numbers('nums', 1, 10), schema, ports: { out: rows(schema) } },
          sink('all', 'nums', 'topic', { name: 'all' }),
        ],
        flow,
      );
    };
    await finish(writing([n, k, who], 'first'), folder);
    const before = await topicRows(folder, 'all');
    const others = [
      [n, k],
      [k, n, who],
      [{ ...n, name: 'm' }, k, who],
      [{ ...n, type: who.type }, k, who],
      [{ ...n, nullable: true }, k, who],
    ];
    for (const [index, fields] of others.entries()) {
      const { summary } = await finish(writing(fields, `other${index}`), folder);
      expect(summary.error).toMatchObject({ code: 'R116' });
    }
    expect(await topicRows(folder, 'all')).toEqual(before);
    expect((await finish(writing([n, k, who], 'same'), folder)).summary.error).toBeUndefined();
    expect(await topicRows(folder, 'all')).toHaveLength(2 * before.length);
  });

  it('begins where the flow says, and not where it once was to begin', async () => {
    await finish(producer(1, 100), folder);
    const from = async (offsets: number, fresh = false) => {
      const source = topicSource('in', 'all', numbersSchema, { offsets });
      const plan = planOf([source, sink('some', 'in', 'topic', { name: 'some' })], 'some');
      const { summary } = await finish(plan, folder, { untilCaughtUp: true, fresh });
      expect(summary.error).toBeUndefined();
      return summary.stages.find(({ name }) => name === 'some')?.rows_in ?? 0;
    };
    const all = (await topicRows(folder, 'all')).length;
    expect(await from(99)).toBe(0);
    expect(await from(0)).toBe(all);
    expect(await from(99, true)).toBe(0);
  });

  it('goes on as it was where a changed flow was refused for the topic it writes to', async () => {
    await finish(producer(1, 100), folder);
    const reading = (version: number, fields: readonly Field[]) => {
      const schema = { fields };
      return planOf([topicSource('in', 'all', schema), sink('some', 'in', 'topic', { name: 'some' })], 'some', version);
    };
    const [n, k] = numbersSchema.fields;
    const once = { untilCaughtUp: true };
    expect((await finish(reading(1, [n, k]), folder, once)).summary.error).toBeUndefined();
    expect((await finish(reading(2, [n]), folder, once)).summary.error).toMatchObject({ code: 'R116' });
    await finish(producer(2, 100), folder);
    expect((await finish(reading(1, [n, k]), folder, once)).summary.error).toBeUndefined();
    expect(await topicRows(folder, 'some')).toHaveLength((await topicRows(folder, 'all')).length);
  });

  it('lets a changed flow begin where nothing was committed', async () => {
    await finish(producer(1, 100), folder);
    const wanting = (name: string) => {
      const schema = { fields: [{ name, type: numbersSchema.fields[0].type, nullable: false }] };
      return planOf([topicSource('in', 'all', schema), sink('some', 'in', 'topic', { name: 'some' })], 'some');
    };
    const first = await finish(wanting('no_such_field'), folder, { untilCaughtUp: true });
    expect(first.summary.error).toMatchObject({
      code: 'R114',
      hint: 'it has n, k, who; with their types: weir topics list --json',
    });
    const narrow = { fields: [{ ...numbersSchema.fields[0], range: { low: 0, high: 10 } }] };
    const narrowed = planOf([topicSource('in', 'all', narrow), sink('some', 'in', 'topic', { name: 'some' })], 'some');
    expect((await finish(narrowed, folder, { untilCaughtUp: true })).summary.error).toMatchObject({
      code: 'R114',
      hint: 'there it is n: int',
    });
    const corrected = await finish(wanting('n'), folder, { untilCaughtUp: true });
    expect(corrected.summary.error).toBeUndefined();
    const some = await topicRows(folder, 'some');
    expect(some).toHaveLength(100);
    // The run that failed had made the topic for rows of its own.
    expect(Object.keys(JSON.parse(some[0]) as object)).toEqual(['n']);
    const changed = await finish(wanting('k'), folder, { untilCaughtUp: true });
    expect(changed.summary.error?.code).toBe('R542');
  });

  it('begins anew with fresh', async () => {
    await finish(producer(1, 1_000), folder);
    await finish(reader(), folder, { untilCaughtUp: true });
    const fresh = await finish(reader(), folder, { untilCaughtUp: true, fresh: true });
    expect(fresh.summary.stages.find(one => one.name === 'in')?.rows_in).toBe(1_000);
    const sums = await topicRows(folder, 'sums');
    expect(sums).toHaveLength(1_000);
    expect(counted(sums)).toBe(500);
  });

  it('ends when a limit is full, though its input does not', async () => {
    await finish(producer(1, 1_000), folder);
    const plan = planOf(
      [
        topicSource('in', 'all', numbersSchema),
        stage('few/limit', 'limit', 'in', { rows: 7 }, { out: rows(numbersSchema, false) }),
        sink('few', 'few/limit', 'topic', { name: 'few' }),
      ],
      'few',
    );
    const { summary } = await finish(plan, folder, { workers: 1 });
    expect(summary.error).toBeUndefined();
    expect(await topicRows(folder, 'few')).toHaveLength(7);
  });

  it('goes on beside a limit that is full, however much comes', async () => {
    await finish(producer(1, 3_000), folder);
    const plan = planOf(
      [
        topicSource('in', 'all', numbersSchema),
        stage('few/limit', 'limit', 'in', { rows: 7 }, { out: rows(numbersSchema, false) }),
        sink('few', 'few/limit', 'topic', { name: 'few' }),
        sink('copy', 'in', 'topic', { name: 'copy' }),
      ],
      'beside',
    );
    // Every batch is a commit: more frames than a writer waits for a reader.
    const options = { workers: 0, batchRows: 4, untilCaughtUp: true, clock: hastyClock() };
    const { summary } = await finish(plan, folder, options);
    expect(summary.error).toBeUndefined();
    expect(await topicRows(folder, 'few')).toHaveLength(7);
    expect(await topicRows(folder, 'copy')).toHaveLength(3_000);
    // It is another generation of tasks, with exchanges of its own, that still knows the limit to be full.
    expect((await finish(plan, folder, { drain: true })).summary.left).toBe('drained');
    await finish(producer(1, 4_000), folder);
    expect((await finish(plan, folder, { ...options, partitions: 2, partitionsAsked: true })).summary.ok).toBe(true);
    expect(await topicRows(folder, 'few')).toHaveLength(7);
    expect(await topicRows(folder, 'copy')).toHaveLength(7_000);
  });

  it('takes the rows of two topics as one, however they come', async () => {
    await finish(producer(1, 1_000), folder);
    const other = planOf([numbers('nums', 1, 300), sink('all', 'nums', 'topic', { name: 'more' }, 'who')], 'other');
    await finish(other, folder);
    const both = planOf(
      [
        topicSource('a', 'all', numbersSchema),
        topicSource('b', 'more', numbersSchema),
        stage(
          'sums/union',
          'union',
          'a',
          {},
          { out: rows(numbersSchema, false) },
          { with: [{ node: 'b', port: 'out' }] },
        ),
        stage(
          'sums/running_sum',
          'running_sum',
          'sums/union',
          { by: 'who', of: 'n' },
          { out: rows(sumsSchema, false) },
        ),
        sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }, 'who'),
      ],
      'both',
    );
    const { summary } = await finish(both, folder, { untilCaughtUp: true, workers: 1 });
    expect(summary.error).toBeUndefined();
    expect(counted(await topicRows(folder, 'sums'))).toBe(1_300);
    expect(summary.stages.find(one => one.name === 'sums')?.rows_in).toBe(1_300);
  });

  it('says which topic is missing', async () => {
    const { summary } = await finish(reader(), folder);
    expect(summary.error?.code).toBe('R111');
  });
});

describe('a worker that is lost', () => {
  const crashing = (op: string) =>
    planOf([
      numbers('nums', 1, 2_000),
      stage(
        'kept/op',
        op,
        'nums',
        { column: 'n', value: 1_500, marker: join(folder, 'crashed') },
        { out: rows(numbersSchema) },
      ),
      sink('kept', 'kept/op', 'topic', { name: 'kept' }, 'who'),
    ]);

  it('has its tasks started again from their last commit', async () => {
    const { summary, events } = await finish(crashing('crash_once'), folder, { workers: 2, batchRows: 50 });
    expect(summary.error).toBeUndefined();
    expect(events.filter(event => event.event === 'restart').length).toBeGreaterThan(0);
    expect(await topicRows(folder, 'kept')).toHaveLength(2_000);
  });

  it('ends the run with its reason when it happens again and again', async () => {
    const plan = crashing('eat_memory');
    const { summary } = await finish(plan, folder, { workers: 1, workerHeapMegabytes: 64 });
    expect(summary.error?.code).toBe('R512');
    expect(summary.error?.hint).toContain('batch');
  });
});
