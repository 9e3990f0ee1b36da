import { expect, it } from 'vitest';
import type { Brokers } from '../../../src/connectors/kafka/brokers.ts';
import { TopicAdmin } from '../../../src/connectors/kafka/topic-admin.ts';
import type { Clock } from '../../../src/engine/base/clock.ts';

const MOST_SLEEPS = 10_000;
/** Time passes by sleeping alone. */
function sleepingClock(): Clock {
  let [now, sleeps] = [0, 0];
  const sleep = async (duration: number) => {
    if (++sleeps > MOST_SLEEPS) throw new Error('it waits for ever');
    now += duration;
  };
  return { now: () => now, elapsed: () => now, sleep };
}
/** A cluster that takes every request, and has a topic of so many partitions, and of that id, at each look. */
function cluster(partitions: () => number | null, id: () => string | null): TopicAdmin {
  const brokers = {
    persist: (_: string, ask: () => Promise<unknown>) => ask(),
    partitionsOf: async () => {
      const count = partitions();
      return count === null ? null : new Array<number>(count).fill(1);
    },
    topicId: async () => id(),
    brokerCount: async () => 1,
    controller: async () => 1,
    // Settings as they should be are not told.
    on: async () => ({ results: [{ configs: [] }] }),
  };
  return new TopicAdmin(brokers as unknown as Brokers, sleepingClock());
}

it.each<[string, (admin: TopicAdmin) => Promise<void>]>([
  ['a topic that is made', admin => admin.ensureTopic('rows', 3, {})],
  ['a topic that is made for a partition', admin => admin.ensurePartition('rows', 2)],
])('%s is waited for, and not for ever', async (_, ensure) => {
  let looks = 0;
  await ensure(
    cluster(
      () => (++looks < 5 ? null : 3),
      () => null,
    ),
  );
  expect(looks).toBe(5);
  await expect(
    ensure(
      cluster(
        () => null,
        () => null,
      ),
    ),
  ).rejects.toMatchObject({ code: 'dead' });
});

it('a topic that is deleted is waited for, and not for ever; one that others make anew is another', async () => {
  let looks = 0;
  await cluster(
    () => null,
    () => (++looks < 5 ? 'old' : 'new'),
  ).delete('rows');
  expect(looks).toBe(5);
  await expect(
    cluster(
      () => null,
      () => 'old',
    ).delete('rows'),
  ).rejects.toMatchObject({ code: 'dead' });
});
