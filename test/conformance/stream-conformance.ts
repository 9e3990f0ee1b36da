import { describe, expect, test } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import { ensureManifests } from '../../src/engine/runtime/stream/manifest-log.ts';
import { generationName } from '../../src/engine/runtime/stream/stream-manifest.ts';
import { numbersOf } from '../../src/engine/runtime/stream/task-record.ts';
import type { LogDriver } from './log/driver.ts';
import { StreamProcesses } from './stream/process.ts';
import { expectTwice, rowsOfTwice, twiceFlow } from './stream/twice-flow.ts';

/** Rows of a split. */
const ROWS = 400;
const plan = twiceFlow(ROWS);

export interface StreamSuite {
  /** Processes killed in each case: over a network whoever comes after one has to wait for it to be taken for dead. */
  readonly kills: number;
  /** After how long it is. */
  readonly sessionMs: number;
}

/** What a stream must do over every log, numbered as in the protocol; a process is killed at one of its calls, and another goes on. */
export function streamConformance(driver: LogDriver, { kills, sessionMs }: StreamSuite): void {
  const inWorld = (title: string, run: (processes: StreamProcesses) => Promise<void>) =>
    test(title, async () => {
      const world = await driver.create();
      try {
        await run(new StreamProcesses(world, sessionMs));
      } finally {
        await world.destroy();
      }
    });
  const whole = async (processes: StreamProcesses) =>
    expectTwice(ROWS, await processes.rows('sums'), await processes.rows('seen'));
  /** Runs, with so many deaths on the way, until a process has come to an end. */
  const live = async (processes: StreamProcesses, seed: number, how: Parameters<StreamProcesses['run']>[0]) => {
    const rng = seededRng(seed);
    for (let death = 0; death < kills; death++) {
      const { outcome } = await processes.run({ ...how, dieAt: 5 + rng.below(90) });

      if (outcome !== null) return outcome;
    }
    const { outcome } = await processes.run(how);
    if (outcome === null) throw new Error('nobody killed it');
    return outcome;
  };

  describe(`streams over a log: ${driver.name}`, () => {
    inWorld('28. `end` through two exchanges, killed between', async processes => {
      const outcome = await live(processes, 28, { plan, partitions: 4 });
      expect(outcome.left).toBeUndefined();
      await whole(processes);
      const log = await processes.client();
      const { manifest } = await ensureManifests(log, 'twice');
      for (const [chain, count] of Object.entries(manifest?.tasks ?? {})) {
        for (let partition = 0; partition < count; partition++) {
          const last = await log.last({ flow: generationName('twice', manifest?.generation ?? 0), chain, partition });
          expect(last?.ended).toBe(true);
        }
      }
      expect((await log.topics()).filter(({ name }) => /^weir\.twice\.\d/.test(name))).toEqual([]);
    });

    inWorld('33. drain, and 4 partitions become 7, killed in either', async processes => {
      await processes.run({ plan, partitions: 4, dieAt: 60 });
      const drained = await live(processes, 33, { plan, partitions: 4, drain: true });
      expect(drained.left).toBe('drained');
      const log = await processes.client();
      const before = (await ensureManifests(log, 'twice')).manifest;
      expect(before?.tasks).toMatchObject({ 'sums/running_sum': 4, 'seen/running_sum': 4 });
      const seen = await processes.rows('seen');
      expect(seen).toHaveLength((await processes.rows('sums')).length);
      expect(seen.length).toBeLessThan(rowsOfTwice(ROWS));

      const ended = await live(processes, 34, { plan, partitions: 7, partitionsAsked: true });
      expect(ended.left).toBeUndefined();
      const { manifest } = await ensureManifests(log, 'twice');
      expect(manifest?.tasks).toEqual({ nums: 3, 'sums/running_sum': 7, 'seen/running_sum': 7 });
      expect(manifest?.generation).toBeGreaterThan(before?.generation ?? 0);
      expect(ended.counts.find(({ name }) => name === 'nums')?.rowsIn).toBe(rowsOfTwice(ROWS));
      await whole(processes);
      // What the tasks before had committed last still says so, and nobody goes on from there.
      const old = await log.last({ flow: 'twice', chain: 'sums/running_sum', partition: 0 });
      expect(numbersOf(old).drained).not.toBeNull();
    });
  });
}
