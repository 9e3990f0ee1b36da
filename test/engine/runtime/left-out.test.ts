import { describe, expect, it } from 'vitest';
import type { OperationalError } from '../../../src/engine/base/operational-error.ts';
import type { TaskId } from '../../../src/engine/contract/log.ts';
import { flowState } from '../../../src/engine/runtime/flow-state.ts';
import { planUpgrade } from '../../../src/engine/runtime/plan-upgrade.ts';
import { appendFrame, ensureManifests } from '../../../src/engine/runtime/stream/manifest-log.ts';
import type { StreamManifest } from '../../../src/engine/runtime/stream/stream-manifest.ts';
import { memoryDriver } from '../../conformance/log/memory-driver.ts';
import { type Running, StreamProcesses } from '../../conformance/stream/process.ts';
import { twiceFlow } from '../../conformance/stream/twice-flow.ts';
import { numbers, numbersSchema, planOf, rows, sink, stage, sumsSchema, topicSource } from './support/plans.ts';
import { loadCatalog } from './support/test-catalog.ts';

const ROWS = 1_000;
const plan = twiceFlow(ROWS);
/** A sink more, which makes another plan of it. */
const more = planOf([...plan.nodes, sink('more', 'sums/running_sum', 'topic', { name: 'more' })], 'twice', 2);
const LEFT = 'seen/running_sum';
const whole: Running = { plan, partitions: 4 };
const part: Running = { ...whole, leaveOut: [LEFT] };

const manifestOf = async (processes: StreamProcesses): Promise<StreamManifest> => {
  const { manifest } = await ensureManifests(await processes.client(), 'twice');
  if (manifest === null) throw new Error('it has begun');
  return manifest;
};
/** Dies when some of the rows have gone through, and is drained by who comes after. */
async function drainSoon(processes: StreamProcesses, running: Running): Promise<void> {
  expect((await processes.run({ ...running, dieAt: 80 })).outcome).toBeNull();
  await processes.run({ ...running, drain: true });
  expect((await manifestOf(processes)).drained).toBeGreaterThan(0);
}
/** It ran whole, then without its last part; both were drained, so that nothing is between its tasks. */
async function leftOut(options: Partial<Running> = {}): Promise<StreamProcesses> {
  const processes = new StreamProcesses(await memoryDriver('in memory').create(), 10_000);
  await drainSoon(processes, whole);
  await drainSoon(processes, { ...part, ...options });
  const manifest = await manifestOf(processes);
  expect(Object.keys(manifest.tasks)).not.toContain(LEFT);
  return processes;
}
/** As an older Weir wrote it. */
async function forgetNumbers(processes: StreamProcesses): Promise<void> {
  const { leftOut: _, ...manifest } = await manifestOf(processes);
  const revision = (manifest.revision ?? 0) + 1;
  await appendFrame(await processes.client(), 'twice', { ...manifest, revision });
  expect((await manifestOf(processes)).leftOut).toBeUndefined();
}
/** What comes out of the part goes on from the state it had: of each count, each time once. */
async function expectGoneOn(processes: StreamProcesses, before: number): Promise<void> {
  const seen = (await processes.rows('seen')).map(text => JSON.parse(text) as { count: number; times: number });
  expect(seen.length).toBeGreaterThan(before);
  const times = Map.groupBy(seen, row => row.count);
  for (const group of times.values()) {
    expect(group.map(row => row.times).sort((a, b) => a - b)).toEqual(group.map((_, i) => i + 1));
  }
}
const seenBy = async (processes: StreamProcesses) => (await processes.rows('seen')).length;

describe('a part that is left out for want of a model', () => {
  it.each<[string, (processes: StreamProcesses) => Promise<void>]>([
    ['as it is written', async () => undefined],
    ['by an older Weir', forgetNumbers],
  ])('comes back with the tasks it had, whatever is the usual number by then (%s)', async (_, change) => {
    const processes = await leftOut();
    await change(processes);
    const before = await seenBy(processes);
    await processes.run({ ...whole, partitions: 7 });
    expect(Object.values((await manifestOf(processes)).tasks)).toEqual([3, 4, 4]);
    await expectGoneOn(processes, before);
  });

  it('keeps its number while the plan changes, and comes back to the changed one', async () => {
    const processes = await leftOut({ plan: more });
    const before = await seenBy(processes);
    expect((await manifestOf(processes)).leftOut).toEqual({ [LEFT]: 4 });
    await processes.run({ plan: more, partitions: 7 });
    expect(Object.values((await manifestOf(processes)).tasks)).toEqual([3, 4, 4]);
    expect((await manifestOf(processes)).leftOut).toEqual({});
    await expectGoneOn(processes, before);
  });

  it.each<[string, (processes: StreamProcesses) => Promise<void>]>([
    ['as it is written', async () => undefined],
    ['by an older Weir', forgetNumbers],
  ])('keeps the stream from taking other partitions, until it is back (%s)', async (_, change) => {
    const processes = await leftOut();
    await change(processes);
    const was = await manifestOf(processes);
    const before = await seenBy(processes);
    const asked = { partitions: 7, partitionsAsked: true };
    const refused = async (running: Running) => {
      const error = await processes.run(running).then(
        () => null,
        (why: OperationalError) => why,
      );
      expect(error?.code).toBe('R544');
      expect(error?.hint).toContain('without --partitions');
      const { generation, tasks } = await manifestOf(processes);
      expect({ generation, tasks }).toEqual({ generation: was.generation, tasks: was.tasks });
    };
    await refused({ ...part, ...asked });
    await refused({ ...whole, ...asked });
    // As the hint says.
    await drainSoon(processes, whole);
    await processes.run({ ...whole, ...asked });
    expect(Object.values((await manifestOf(processes)).tasks)).toEqual([3, 7, 7]);
    await expectGoneOn(processes, before);
  });

  it('does not keep it from that where it has never run', async () => {
    const processes = new StreamProcesses(await memoryDriver('in memory').create(), 10_000);
    await drainSoon(processes, part);
    await processes.run({ ...part, partitions: 7, partitionsAsked: true });
    expect(Object.values((await manifestOf(processes)).tasks)).toEqual([3, 7]);
  });

  it('is in what a plan says of the stream', async () => {
    const processes = await leftOut();
    const says = await planUpgrade(await processes.client(), more, await loadCatalog());
    expect(says.refusal).toBeNull();
    expect(says.judged).toContainEqual(expect.objectContaining({ kind: 'exchange', id: LEFT, what: 'kept' }));
    await processes.run({ ...whole, plan: more });
    await expectGoneOn(processes, 0);
  });

  it.each<[string, (processes: StreamProcesses) => Promise<void>]>([
    ['as it is written', async () => undefined],
    ['by an older Weir', forgetNumbers],
  ])('is in the state of the flow, and said to be left out (%s)', async (_, change) => {
    const processes = await leftOut();
    await change(processes);
    const places = (task: TaskId) => processes.snapshots(task);
    const keys = new Map<string, number>();
    for await (const { chain, isLeftOut, state } of flowState(await processes.client(), 'twice', places)) {
      expect(isLeftOut).toBe(chain === LEFT);
      for (const table of state.tables.values()) keys.set(chain, (keys.get(chain) ?? 0) + table.size);
    }
    const seen = (await processes.rows('seen')).map(text => (JSON.parse(text) as { count: number }).count);
    expect(keys.get(LEFT)).toBe(new Set(seen).size);
  });

  it('counts as begun, and keeps where it was in its topic, though what runs has committed nothing', async () => {
    const processes = new StreamProcesses(await memoryDriver('in memory').create(), 10_000);
    let made = 0;
    const make = (count: number, topic: string) => {
      const nodes = [numbers('nums', 1, count), sink('out', 'nums', 'topic', { name: topic })];
      return processes.run({ plan: planOf(nodes, `make_${++made}`), partitions: 2 });
    };
    await make(0, 'empty');
    await make(ROWS, 'full');
    const topics = planOf(
      [
        topicSource('quiet', 'empty', numbersSchema),
        sink('copied', 'quiet', 'topic', { name: 'copied' }),
        topicSource('busy', 'full', numbersSchema, 'latest'),
        stage('sums/running_sum', 'running_sum', 'busy', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
        sink('sums', 'sums/running_sum', 'topic', { name: 'sums' }),
      ],
      'twice',
    );
    const running: Running = { plan: topics, partitions: 4, untilCaughtUp: true };
    await processes.run(running);
    const was = await manifestOf(processes);
    await make(ROWS, 'full');
    await processes.run(running);
    expect(await processes.rows('sums')).toHaveLength(ROWS);
    await processes.run({ ...running, leaveOut: ['sums/running_sum'] });
    expect((await manifestOf(processes)).leftOut).toEqual({ busy: 2, 'sums/running_sum': 4 });
    expect(await planUpgrade(await processes.client(), topics, await loadCatalog())).toMatchObject({
      standing: 'same',
      refusal: null,
    });
    await make(ROWS, 'full');
    await processes.run({ ...running, partitions: 7 });
    const { generation, tasks, topics: starts } = await manifestOf(processes);
    expect({ generation, tasks, starts }).toEqual({ generation: was.generation, tasks: was.tasks, starts: was.topics });
    const sums = (await processes.rows('sums')).map(text => JSON.parse(text) as { who: string; count: number });
    expect(sums).toHaveLength(2 * ROWS);
    expect(new Set(sums.map(row => `${row.who} ${row.count}`)).size).toBe(2 * ROWS);
  });

  it.each<[string, readonly Running['leaveOut'][]]>([
    ['it ran', [undefined, [LEFT], undefined]],
    ['it ran, and the plan changes meanwhile', [undefined, [LEFT], [LEFT], undefined]],
    ['it is new', [[LEFT], undefined]],
  ])('may have files of its own, and reads them on where %s', async (_, parts) => {
    const processes = new StreamProcesses(await memoryDriver('in memory').create(), 10_000);
    const flow = (version: number) =>
      planOf(
        [
          ...plan.nodes.filter(({ binding }) => binding !== 'seen'),
          numbers('others', 2, ROWS),
          stage(LEFT, 'running_sum', 'others', { by: 'who', of: 'n' }, { out: rows(sumsSchema, false) }),
          sink('seen', LEFT, 'topic', { name: 'seen' }),
          ...(version > 1 ? [sink('more', 'sums/running_sum', 'topic', { name: 'more' })] : []),
        ],
        'twice',
        version,
      );
    for (const [i, leaveOut] of parts.entries()) {
      const isLast = i === parts.length - 1;
      const running: Running = { plan: flow(i > 1 && parts.length > 3 ? 2 : 1), partitions: 4 };
      const part = leaveOut === undefined ? running : { ...running, leaveOut };
      const { outcome } = await processes.run({ ...part, ...(isLast ? {} : { dieAt: 80 }) });
      expect(outcome === null).toBe(!isLast);
      if (leaveOut === undefined) continue;
      const { leftOut: left, splits } = await manifestOf(processes);
      expect([Object.keys(left ?? {}), Object.keys(splits)].map(names => names.includes('others'))).toEqual(
        i === 0 ? [false, false] : [true, true],
      );
    }
    for (const topic of ['sums', 'seen']) {
      const sums = (await processes.rows(topic)).map(text => JSON.parse(text) as { who: string; count: number });
      expect(sums).toHaveLength((topic === 'sums' ? 3 : 2) * ROWS);
      expect(new Set(sums.map(row => `${row.who} ${row.count}`)).size).toBe(sums.length);
    }
  });
});
