import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { javaConsume } from '../support/kafka-tools.ts';
import { folder, killed, run } from './support/weir-runs.ts';

const reason = skipReason();
const TEST_MS = 180_000;

describe.skipIf(reason !== null)(
  `records written by a process that is killed${skipNote(reason)}`,
  { timeout: TEST_MS },
  () => {
    const kafka = kafkaForTests({ brokers: 1 });
    const log = () => `kafka://${kafka().bootstrap}/own`;

    it('are written once each, though the process is killed in mid-transaction again and again', async () => {
      const { bootstrap } = kafka();
      const made = await run(
        `flow fill v1
      schema Row { who: string @entity, value: int in -100000..100000 }
      source rows = generate(60000, seed: 3, entities: 500) { schema: Row }
      sink big = rows | write topic("in.big"), key: who, format: json, partitions: 2, compression: lz4`,
        log(),
      );
      expect(made.error).toBeUndefined();
      const dir = await folder();
      await writeFile(
        join(dir, 'test.flow'),
        `flow big v1
      schema Row { who: string, value: int }
      source rows = topic("in.big") { format: json, schema: Row, on_bad: fail }
      sink out = rows | write topic("out.big"), key: who, format: json, partitions: 3`,
      );
      const lines = async (topic: string, isolation?: 'uncommitted') =>
        (await javaConsume(bootstrap, topic, isolation)).map(({ value }) => value).sort();
      const looking = openLog({ address: log(), password: null }, systemClock);
      let before = 0n;
      // Something has been written that is not decided yet, and more than when it was killed last.
      const isOpen = async () => {
        const ends = (await looking.records?.describe('out.big'))?.ends ?? [];
        const written = ends.reduce((sum, { end }) => sum + end, 0n);
        if (written === before || ends.every(({ stableEnd, end }) => stableEnd === end)) return false;
        before = written;
        return true;
      };
      for (let kill = 1; kill <= 4; kill++) await killed(dir, log(), isOpen);
      await looking.close();
      const summary = await run(await readFile(join(dir, 'test.flow'), 'utf8'), log(), dir);
      expect(summary.error).toBeUndefined();
      const wanted = await lines('in.big');
      expect(wanted).toHaveLength(60_000);
      expect(await lines('out.big')).toEqual(wanted);
      // Otherwise nothing was killed in the middle of a transaction.
      expect((await lines('out.big', 'uncommitted')).length).toBeGreaterThan(wanted.length);
    });
  },
);
