import { setTimeout as delay } from 'node:timers/promises';
import { Connection, createTopicsV7, metadataV12 } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../support/is-alive.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();
const TEST_MS = 180_000;
const MAX_LOOKS = 100;

async function connected<T>(port: number, ask: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = new Connection('weir-test', { connectTimeout: 5000, requestTimeout: 10_000 });
  try {
    await connection.connect('127.0.0.1', port);
    return await ask(connection);
  } finally {
    await connection.close();
  }
}

describe.skipIf(reason !== null)(`one broker${skipNote(reason)}`, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  const metadata = (port: number) =>
    connected(port, connection => metadataV12.api.async(connection, null, false, false));
  /** A topic is made before all brokers know of it. */
  const metadataWith = async (topic: string, port: number) => {
    for (let i = 0; ; i++) {
      const view = await metadata(port);
      if (i === MAX_LOOKS || view.topics.some(({ name }) => name === topic)) return view;
      await delay(100);
    }
  };

  it(
    'is killed and comes back at its port, with its data',
    async () => {
      const { bootstrap, brokers } = kafka();
      const [broker] = brokers;
      expect(bootstrap).toBe(`127.0.0.1:${broker.port}`);
      const topic = { name: 'visits', numPartitions: 3, replicationFactor: -1, assignments: [], configs: [] };
      await connected(broker.port, one => createTopicsV7.api.async(one, [topic], 10_000, false));
      const before = await metadataWith('visits', broker.port);
      expect(before.brokers).toMatchObject([{ nodeId: broker.id, host: '127.0.0.1', port: broker.port }]);
      expect(before.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['visits', 3]]);

      const first = broker.pid;
      await broker.kill('SIGKILL');
      expect(isAlive(first)).toBe(false);
      await expect(metadata(broker.port)).rejects.toThrow();
      await broker.restart();

      expect(broker.pid).not.toBe(first);
      const after = await metadataWith('visits', broker.port);
      expect(after.brokers).toEqual(before.brokers);
      expect(after.clusterId).toBe(before.clusterId);
      const ids = (view: typeof before) => view.topics.map(({ name, topicId }) => [name, topicId]);
      expect(ids(after)).toEqual(ids(before));
    },
    TEST_MS,
  );

  it(
    'answers nobody while it is paused',
    async () => {
      const [broker] = kafka().brokers;
      broker.pause();
      // The signal takes a moment to reach every thread: an answer on the way out is let through, but not many.
      let silent = false;
      for (let i = 0; i < MAX_LOOKS && !silent; i++) {
        const ask = new Connection('weir-test', { connectTimeout: 500, requestTimeout: 500 });
        ask.on('error', () => undefined);
        const asked = ask.connect('127.0.0.1', broker.port)?.then(() => metadataV12.api.async(ask, null, false, false));
        silent = await Promise.resolve(asked).then(
          () => false,
          () => true,
        );
        await ask.close().catch(() => undefined);
      }
      expect(silent).toBe(true);
      broker.resume();
      expect((await metadata(broker.port)).brokers.length).toBe(1);
    },
    TEST_MS,
  );

  it(
    'leaves nothing running',
    async () => {
      const pids = kafka().brokers.map(({ pid }) => pid);
      expect(pids.map(isAlive)).toEqual([true]);
      await kafka().stop();
      expect(pids.map(isAlive)).toEqual([false]);
    },
    TEST_MS,
  );
});
