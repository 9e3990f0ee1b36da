import { Connection, type ConnectionOptions } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { openKafkaLog } from '../../src/connectors/kafka/kafka-log.ts';
import type { Clock } from '../../src/engine/base/clock.ts';
import type { TopicPartition } from '../../src/engine/contract/log.ts';
import { codeOf, commitOf, numbersOnce, part, task } from '../conformance/log/helpers.ts';
import { realClock } from '../conformance/log/real-clock.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();
/** Of requests, by Kafka's protocol. */
const KEY = { addPartitions: 24, endTransaction: 26 } as const;
/** So much faster than real time its clock goes, for what is waited for by the minute. */
const HASTE = 15;
const hasty: Clock = { ...realClock, elapsed: () => realClock.elapsed() * HASTE };

describe.skipIf(reason !== null)(
  `a commit that its coordinator has forgotten${skipNote(reason)}`,
  { timeout: 60_000 },
  () => {
    // So that partitions take records of transactions that no coordinator knows.
    const kafka = kafkaForTests({
      brokers: 1,
      settings: () => ({ 'transaction.partition.verification.enable': 'false' }),
    });
    let worlds = 0;

    function world() {
      const prefix = `forgotten${++worlds}.`;
      const bootstrap = kafka().brokers.map(({ port }) => ({ host: '127.0.0.1', port }));
      /** Answers to kinds of requests, which are not sent then. */
      const answers = new Map<number, unknown>();
      const connection = (id: string, options: ConnectionOptions) => {
        const made = new Connection(id, options);
        const { send } = made;
        made.send = (key, version, payload, parse, inRequest, inResponse, answer) => {
          if (answers.has(key)) return answer(null, answers.get(key) as never);
          return send.call(made, key, version, payload, parse as never, inRequest, inResponse, answer as never);
        };
        return made;
      };
      return {
        own: openKafkaLog({ bootstrap, clock: realClock, prefix, connection }),
        other: openKafkaLog({ bootstrap, clock: hasty, prefix }),
        forget() {
          for (const key of [KEY.addPartitions, KEY.endTransaction]) answers.set(key, {});
        },
      };
    }
    const outs = [part('out', 0), part('out', 1), part('more')];

    /** By an owner that has opened when all of the first commit was ended. */
    async function forgotten(places: readonly TopicPartition[]) {
      const { own, other, forget } = world();
      await own.ensureTopics([
        { name: 'out', partitions: 2 },
        { name: 'more', partitions: 1 },
      ]);
      await (await own.open(task(0))).commit(commitOf(1, places));
      const owner = await own.open(task(0));
      forget();
      const made = await owner.commit(commitOf(2, places));
      for (const place of places) expect(await numbersOnce(other, place, 1)).toEqual([1]);
      return { own, other, owner, made };
    }

    it('is made by whoever opens the task next, where all of it is there', async () => {
      const { own, other, owner, made } = await forgotten(outs);
      const heir = await other.open(task(0));
      expect(heir.last).toEqual(made);
      for (const out of outs) expect(await numbersOnce(other, out, 2)).toEqual([1, 2]);
      await heir.commit(commitOf(3, outs));
      for (const out of outs) expect(await numbersOnce(other, out, 3)).toEqual([1, 2, 3]);
      expect((await other.open(task(0))).last?.seq).toBe(3n);
      expect(await codeOf(owner.commit(commitOf(9, outs)))).not.toBe('resolved');
      await Promise.all([own.close(), other.close()]);
    });

    it('is not made where a part of it is not there, and that is told', async () => {
      const { own, other } = await forgotten(outs);
      await other.deleteTopics(['more']);
      await other.ensureTopics([{ name: 'more', partitions: 1 }]);
      await expect(other.open(task(0))).rejects.toMatchObject({
        code: 'unknown',
        message: expect.stringContaining('stays open'),
        parts: { hint: expect.stringContaining('find-hanging') },
      });
      expect(await numbersOnce(other, part('out'), 1)).toEqual([1]);
      await Promise.all([own.close(), other.close()]);
    });
  },
);
