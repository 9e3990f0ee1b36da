import { afterAll, beforeAll, describe } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { LogDriver } from '../conformance/log/driver.ts';
import { kafkaDriver } from '../conformance/log/kafka-driver.ts';
import { logConformance } from '../conformance/log-conformance.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = process.env['WEIR_LONG_TESTS'] ? skipReason() : 'minutes; set WEIR_LONG_TESTS=1';
/** Between the return of one broker and the death of the next. */
const BREATH_MS = 2_000;

/** One of three brokers is always dying or coming back while the suite runs: what is promised holds, though a commit may be refused now and then. */
describe.skipIf(reason !== null)(
  `three brokers, one after another killed${skipNote(reason)}`,
  { timeout: 240_000 },
  () => {
    const kafka = kafkaForTests({ brokers: 3 });
    const over = new AbortController();
    let killing: Promise<number> = Promise.resolve(0);
    beforeAll(() => {
      const rng = seededRng(1);
      killing = (async () => {
        let kills = 0;
        while (!over.signal.aborted) {
          const broker = kafka().brokers[rng.below(3)];
          await broker.kill();
          kills++;
          await systemClock.sleep(500 + rng.below(2_000));
          await broker.restart();
          await systemClock.sleep(BREATH_MS, over.signal);
        }
        return kills;
      })();
    });
    afterAll(async () => {
      over.abort();
      console.log(`${await killing} kills`);
    }, 60_000);
    logConformance(amongDyingBrokers(kafkaDriver('Kafka of three brokers', kafka)));
  },
);

/** Brokers die by themselves here, and commits may be refused for it. */
function amongDyingBrokers(driver: LogDriver): LogDriver {
  return {
    ...driver,
    mayRefuse: true,
    async create() {
      const { restart: _, ...world } = await driver.create();
      return world;
    },
  };
}
