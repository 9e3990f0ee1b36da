import { describe, expect, it } from 'vitest';
import type { Log, LogError, TaskId, TaskLog } from '../../../src/engine/contract/log.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { boundLog } from '../../../src/engine/runtime/log-over.ts';
import { tasksOf } from '../../../src/engine/runtime/stream/generation-tasks.ts';
import type { StreamManifest } from '../../../src/engine/runtime/stream/stream-manifest.ts';
import { record } from '../../conformance/log/helpers.ts';
import { Pause, type Running, type StreamProcesses } from '../../conformance/stream/process.ts';
import { expectTwice } from '../../conformance/stream/twice-flow.ts';
import { begun, drained, fresh, manifestOf, plan, ROWS } from '../../conformance/stream/twice-stages.ts';
import { planOf, rows, sink, stage, sumsSchema } from './support/plans.ts';

/** The same state and exchanges, and a sink more. */
const more = planOf([...plan.nodes, sink('more', 'seen/running_sum', 'topic', { name: 'more' })], 'twice', 2);
/** Rows come to `seen` by another exchange. */
const other = planOf(
  plan.nodes.map(node => {
    if (node.id === 'seen') return sink('seen', 'seen/running_sum', 'topic', { name: 'seen by person' });
    if (node.id !== 'seen/running_sum') return node;
    return stage(
      node.id,
      'running_sum',
      'sums/running_sum',
      { by: 'who', of: 'sum' },
      { out: rows(sumsSchema, false) },
    );
  }),
  'twice',
  2,
);

/** Calls to the log and the disk in which a change of the stream is in force, and some more. */
const CHANGING_CALLS = 41;
const MANIFESTS = 'weir.twice.manifest';
const EXCHANGE = 'weir.twice.1.seen/running_sum';

/** A log that tells of each manifest before it is written. */
function beforeManifests(then: (manifest: StreamManifest) => Promise<void>): (log: Log) => Log {
  return log => ({
    ...boundLog(log),
    async append(to, frames) {
      for (const frame of to.topic === MANIFESTS ? frames : []) {
        const said = JSON.parse(new TextDecoder().decode(frame)) as Partial<StreamManifest>;
        if (said.tasks !== undefined) await then(said as StreamManifest);
      }
      return log.append(to, frames);
    },
  });
}
/** All tasks of the stream as it is, as a process has them that runs it. */
async function ownersOf(processes: StreamProcesses): Promise<readonly TaskLog[]> {
  const log = await processes.client();
  const manifest = await manifestOf(processes);
  if (manifest === null) throw new Error('it has begun');
  return Promise.all([...tasksOf('twice', manifest)].map(task => log.open(task)));
}
const comesOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: LogError) => error.code,
  );

describe('a changed flow', () => {
  it.each<[string, Plan, () => Promise<StreamProcesses>]>([
    ['in mid-stream', more, begun],
    [
      'of which nothing was committed',
      more,
      async () => {
        const processes = await fresh();
        await processes.run({ plan, partitions: 4, dieAt: 4 });
        return processes;
      },
    ],
  ])('comes in force when no task of the one before can commit any more (%s)', async (_, changed, world) => {
    const processes = await world();
    const was = await manifestOf(processes);
    const owners = await ownersOf(processes);
    const came: string[] = [];
    await processes.run({
      plan: changed,
      partitions: 4,
      over: beforeManifests(async manifest => {
        if (manifest.planHash === was?.planHash || came.length > 0) return;
        for (const owner of owners) {
          came.push(
            await comesOf(
              owner.commit({ record: { ...record, planHash: manifest.planHash }, outputs: [], deltas: [] }),
            ),
          );
        }
      }),
    });
    expect(came).toEqual(owners.map(() => 'fenced'));
    expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
  });

  it('is judged by what tasks have committed until they were stopped, and the stream stays as it was where it is refused', async () => {
    const processes = await drained();
    const was = await manifestOf(processes);
    const owners = await ownersOf(processes);
    const seen: StreamManifest[] = [];
    const over = beforeManifests(async manifest => {
      seen.push(manifest);
      if (seen.length > 1) return;
      const [owner] = owners;
      const outputs = [{ to: { topic: EXCHANGE, partition: 0 }, frames: [new Uint8Array(8)] }];
      const { last } = owner;
      if (last === null) throw new Error('it has drained');
      await owner.commit({ record: { ...last }, outputs, deltas: [] });
    });
    const running = processes.run({ plan: other, partitions: 4, allowDrop: ['seen'], over });
    await expect(running).rejects.toMatchObject({ code: 'R561' });
    expect(seen.map(manifest => manifest.settling !== undefined)).toEqual([true, false]);
    const { revision: _, ...now } = (await manifestOf(processes)) ?? {};
    const { revision: __, ...before } = was ?? {};
    expect(now).toEqual(before);
  });

  it('is begun by whoever comes next where a process dies at any call until it is in force', async () => {
    const old = (await manifestOf(await begun()))?.planHash;
    let isOld = true;
    for (let step = 1; step <= CHANGING_CALLS; step++) {
      const processes = await begun();
      expect((await processes.run({ plan: more, partitions: 4, dieAt: step })).outcome).toBeNull();
      // The old text goes on as long as the new one is not in force, also after one that died in the middle.
      isOld = (await manifestOf(processes))?.planHash === old;
      await processes.run({ plan: isOld && step % 2 === 0 ? plan : more, partitions: 4 });
      expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
      expect((await manifestOf(processes))?.settling).toBeUndefined();
    }
    expect(isOld).toBe(false);
  }, 60_000);
});

/** A log that other processes share, of whose group `members` tells at each look. */
function sharedWith(members: (look: number) => readonly string[]): (log: Log) => Log {
  let looks = 0;
  return log => ({ ...boundLog(log), members: async () => members(looks++) });
}

describe('a stream that other processes run', () => {
  it.each<[string, () => Promise<StreamProcesses>, Omit<Running, 'over'>]>([
    ['to a changed flow', begun, { plan: more, partitions: 4 }],
    ['to another number of partitions', drained, { plan, partitions: 7, partitionsAsked: true }],
  ])('is not changed %s, and they do not notice', async (_, world, running) => {
    const processes = await world();
    const was = await manifestOf(processes);
    const [owner] = await ownersOf(processes);
    const told: string[] = [];
    const changing = processes.run({
      ...running,
      over: sharedWith(() => ['the other']),
      tell: event => told.push(event.event === 'warning' ? event.code : ''),
    });
    await expect(changing).rejects.toMatchObject({ code: 'R109', message: expect.stringContaining('the other') });
    expect(told.filter(code => code === 'R565')).toHaveLength(1);
    expect(await manifestOf(processes)).toEqual(was);
    expect(await comesOf(owner.commit({ record, outputs: [], deltas: [] }))).toBe('done');
  });

  it('is changed when those that were killed are no longer known', async () => {
    const processes = await begun();
    await processes.run({ plan: more, partitions: 4, over: sharedWith(look => (look < 8 ? ['the other'] : [])) });
    expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
    expect((await manifestOf(processes))?.sinks).toContain('more');
  });

  it('is taken part in where one of them has changed it meanwhile', async () => {
    const processes = await begun();
    const [owner] = await ownersOf(processes);
    let asked = 0;
    const over = (log: Log): Log => ({
      ...boundLog(log),
      async members() {
        // While this one looks another comes first, and then runs it.
        if (asked++ === 0) await processes.run({ plan: more, partitions: 4 });
        return ['the other'];
      },
    });
    await processes.run({ plan: more, partitions: 4, over });
    expect(asked).toBe(1);
    expect(await comesOf(owner.commit({ record, outputs: [], deltas: [] }))).toBe('fenced');
    expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
  });
});

describe('two processes that change one stream at once', () => {
  /** Whoever opened a task of the next generation while the move was under way. */
  function watchMovers(): { readonly movers: Set<number>; over(of: number): (log: Log) => Log } {
    const movers = new Set<number>();
    let isOver = false;
    const over = (of: number) => (log: Log) => ({
      ...beforeManifests(async manifest => {
        if (manifest.generation === 2 && manifest.from === undefined) isOver = true;
      })(log),
      open: (task: TaskId) => {
        if (task.flow === 'twice~2' && !isOver) movers.add(of);
        return log.open(task);
      },
    });
    return { movers, over };
  }

  it('leave it to one of them, and the other says that it waits', async () => {
    const processes = await drained();
    const { movers, over } = watchMovers();
    const told: string[] = [];
    const run = (of: number) =>
      processes.run({
        plan,
        partitions: 7,
        partitionsAsked: true,
        over: over(of),
        tell: event => {
          if (event.event === 'warning') told.push(event.code);
        },
      });
    await Promise.all([run(1), run(2), run(3)]);
    expect(movers.size).toBe(1);
    expect(told.filter(code => code === 'R549')).toHaveLength(1);
    expect(told).toContain('R563');
    expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(7);
    expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
  });

  it('go on where the one at work dies', async () => {
    for (const dieAt of [4, 9, 15, 22, 30, 38]) {
      const processes = await drained();
      const first = processes.run({ plan, partitions: 7, partitionsAsked: true, dieAt });
      const second = processes.run({ plan, partitions: 7, partitionsAsked: true });
      await Promise.all([first, second]);
      expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(7);
      expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
    }
  }, 60_000);

  it('do no harm where one stood still, was taken for dead, and wakes', async () => {
    for (const at of [5, 8, 12, 18, 25, 33]) {
      const processes = await drained();
      const pause = new Pause(at);
      const late = processes.run({ plan, partitions: 7, partitionsAsked: true, pause });
      await Promise.race([pause.reached, late]);
      await processes.run({ plan, partitions: 7, partitionsAsked: true });
      pause.wake();
      await late;
      expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(7);
      expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
    }
  }, 60_000);
});
