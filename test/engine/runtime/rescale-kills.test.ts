import { describe, expect, it } from 'vitest';
import { Pause, type StreamProcesses } from '../../conformance/stream/process.ts';
import { expectTwice, rowsOfTwice, twiceFlow } from '../../conformance/stream/twice-flow.ts';
import { begun, drained, fresh, manifestOf, plan, ROWS } from '../../conformance/stream/twice-stages.ts';

/** Of a process that drains, or gives a stream other partitions: all of them are tried. */
const MOST_CALLS = 400;

async function expectWhole(processes: StreamProcesses, rows = ROWS): Promise<void> {
  expectTwice(rows, await processes.rows('sums'), await processes.rows('seen'));
}
/** Of the generation that was left, however often it was left in the middle of being cleared away. */
async function expectGone(processes: StreamProcesses): Promise<void> {
  const log = await processes.client();
  expect((await log.topics()).filter(({ name }) => name.startsWith('weir.twice.1.'))).toEqual([]);
  expect(await processes.disk.list('twice-sums%2Frunning_sum-0')).toEqual([]);
  for (let partition = 0; partition < 4; partition++) {
    const deltas: unknown[] = [];
    const read = async () => {
      for await (const delta of log.changelog({ flow: 'twice', chain: 'sums/running_sum', partition }, 0n))
        deltas.push(delta);
    };
    await read().catch(error => expect(error).toMatchObject({ code: 'gap' }));
    expect(deltas).toEqual([]);
  }
}
async function runTo(processes: StreamProcesses, partitions: number, partitionsAsked: boolean): Promise<void> {
  const { outcome } = await processes.run({ plan, partitions, partitionsAsked });
  expect(outcome?.left).toBeUndefined();
  expect(outcome?.counts.find(({ name }) => name === 'nums')?.rowsIn).toBe(rowsOfTwice(ROWS));
  await expectWhole(processes);
}

describe('a process that is killed', () => {
  it('at any call of a drain is followed by one that drains, or that goes on', async () => {
    for (let step = 1; ; step += step < 30 ? 1 : 3) {
      const processes = await begun();
      const { outcome } = await processes.run({ plan, partitions: 4, drain: true, dieAt: step });
      if (step % 2 === 0) {
        const again = await processes.run({ plan, partitions: 4, drain: true });
        expect(again.outcome?.left).toBe('drained');
        expect(await processes.rows('seen')).toHaveLength((await processes.rows('sums')).length);
        await runTo(processes, 6, true);
      } else await runTo(processes, 4, false);
      if (outcome !== null && step > 20) break;
      expect(step).toBeLessThan(MOST_CALLS);
    }
  }, 120_000);

  it('at any call of a start with other partitions is followed by one that has all the state, whatever it was asked for', async () => {
    for (let step = 1; ; step++) {
      const processes = await drained();
      const { outcome } = await processes.run({ plan, partitions: 7, partitionsAsked: true, dieAt: step });
      if (outcome !== null) break;
      const came = await manifestOf(processes);
      const hasMoved = came?.tasks['sums/running_sum'] === 7;
      if (step % 3 === 0 && (came?.drained !== undefined || came?.from !== undefined)) {
        // To a third number: what was begun is brought to its end first.
        await runTo(processes, 2, true);
        expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(2);
      } else {
        await runTo(processes, 7, false);
        expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(hasMoved ? 7 : 4);
      }
      if (hasMoved) await expectGone(processes);
      expect(step).toBeLessThan(MOST_CALLS);
    }
  }, 120_000);
});

describe('a process that is killed where it begins anew', () => {
  it('has taken nothing from the stream that is in force', async () => {
    for (let step = 1; ; step++) {
      const processes = await begun();
      await processes.run({ plan, partitions: 4, fresh: true, dieAt: step });
      const { generation } = (await manifestOf(processes)) ?? {};
      if (generation === 2) break;
      await runTo(processes, 4, false);
      expect(step).toBeLessThan(MOST_CALLS);
    }
  }, 120_000);

  it('leaves the exchanges of the stream before to nobody once it has begun', async () => {
    const processes = await begun();
    await processes.run({ plan, partitions: 4, fresh: true });
    const topics = await (await processes.client()).topics();
    expect(topics.filter(({ name }) => name.startsWith('weir.twice.1.'))).toEqual([]);
  });
});

describe('a process that stands still while the stream is given other partitions', () => {
  it('is fenced, wherever it stood, and ends', async () => {
    const long = twiceFlow(4 * ROWS);
    const ats = [12, 15, 18, 21, 25, 29, 33, 38, 43, 50];
    for (const at of ats) {
      const processes = await fresh();
      const pause = new Pause(at);
      const old = processes.run({ plan: long, partitions: 4, pause }).catch((error: unknown) => error);
      await pause.reached;
      const { outcome } = await processes.run({ plan: long, partitions: 4, drain: true });
      expect(outcome?.left).toBe('drained');
      // It wakes while others work, or when all is over.
      const working = processes.run({ plan: long, partitions: 7, partitionsAsked: true });
      if (at % 2 === 0) pause.wake();
      await working;
      pause.wake();
      expect(await old).toMatchObject({ code: 'R545' });
      expect((await manifestOf(processes))?.tasks['sums/running_sum']).toBe(7);
      await expectWhole(processes, 4 * ROWS);
    }
  }, 120_000);
});

describe('a process that stands still while it gives a stream other partitions', () => {
  it('finds that another has done so, and leaves alone what runs by then', async () => {
    const long = twiceFlow(4 * ROWS);
    for (let at = 8; ; at += 2) {
      const processes = await fresh();
      await processes.run({ plan: long, partitions: 4, dieAt: 40 });
      await processes.run({ plan: long, partitions: 4, drain: true });
      const pause = new Pause(at);
      const late = processes.run({ plan: long, partitions: 7, partitionsAsked: true, pause });
      await Promise.race([pause.reached, late]);
      if ((await manifestOf(processes))?.from === undefined && at > 20) {
        pause.wake();
        await late;
        break;
      }
      // Dies when its tasks have run for a while.
      await processes.run({ plan: long, partitions: 7, partitionsAsked: true, dieAt: 170 });
      pause.wake();
      await late;
      await expectWhole(processes, 4 * ROWS);
      expect(at).toBeLessThan(MOST_CALLS);
    }
  }, 120_000);
});

describe('a process that goes on while another drains', () => {
  it('ends the drain, and loses nothing', async () => {
    const long = twiceFlow(4 * ROWS);
    const came = new Set<string>();
    for (const at of [7, 9, 14, 20, 25]) {
      const processes = await fresh();
      await processes.run({ plan: long, partitions: 4, dieAt: 40 });
      const pause = new Pause(at);
      const draining = processes.run({ plan: long, partitions: 4, drain: true, pause }).then(
        ({ outcome }) => outcome?.left ?? 'ended',
        (error: unknown) => (error as { readonly code?: string }).code ?? 'unknown',
      );
      const isStanding = await Promise.race([pause.reached.then(() => true), draining.then(() => false)]);
      const { revision: begun, drained: wasDrained } = (await manifestOf(processes)) ?? {};
      const on = processes.run({ plan: long, partitions: 4 });
      if (isStanding) await expect.poll(async () => (await manifestOf(processes))?.revision).not.toBe(begun);
      pause.wake();
      expect((await on).outcome).not.toBeNull();
      const how = await draining;
      // One that stood still behind the end of its drain says so.
      if (isStanding && wasDrained === undefined) came.add(how);
      await processes.run({ plan: long, partitions: 4 });
      await expectWhole(processes, 4 * ROWS);
    }
    // Never drained: somebody read on, perhaps to the end.
    expect([...came].filter(how => !['R548', 'ended'].includes(how))).toEqual([]);
    expect(came).toContain('R548');
  }, 120_000);
});
