import type { Rng } from '../../../src/engine/base/rng.ts';
import type { Commit, Log, TaskLog } from '../../../src/engine/contract/log.ts';

/** What the view cases watch. Without the test runner, since a process of its own runs it too. */

export const PARTITIONS = 3;
export const TOPICS = [
  { name: 'a', partitions: PARTITIONS },
  { name: 'b', partitions: 1 },
] as const;

const PARTS = TOPICS.flatMap(({ name, partitions }) =>
  Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
);

/** Commit n puts n into every partition. */
export function commitAll(n: number, length = 8): Commit {
  const frame = (): Uint8Array => {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setFloat64(0, n);
    return bytes;
  };
  return {
    record: {
      planHash: 'plan',
      positions: [],
      models: {},
      sinkTokens: [],
      snapshot: null,
      counts: { number: n },
      ended: false,
    },
    outputs: PARTS.map(to => ({ to, frames: [frame()] })),
    deltas: [frame()],
  };
}

export async function begin(log: Log): Promise<{ owner: TaskLog; last: number }> {
  await log.ensureTopics(TOPICS);
  const owner = await log.open({ flow: 'flow', chain: 'chain', partition: 0 });
  return { owner, last: owner.last?.counts['number'] ?? 0 };
}

/** Commits on from where the task is, now and then purging all but the newest of `b`. */
export async function commitAndPurge(log: Log, count: number, rng: Rng, told: (n: number) => void): Promise<void> {
  const { owner, last } = await begin(log);
  for (let n = last + 1; n <= last + count; n++) {
    await owner.commit(commitAll(n, 8 + rng.below(300)));
    told(n);
    if (rng.below(4) === 0) await log.purge({ topic: 'b', partition: 0 }, BigInt(n - 1));
  }
}
