import { describe } from 'vitest';
import { kafkaDriver } from '../conformance/log/kafka-driver.ts';
import { logConformance } from '../conformance/log-conformance.ts';
import { streamConformance } from '../conformance/stream-conformance.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();

describe.skipIf(reason !== null)(`the log over Kafka${skipNote(reason)}`, { timeout: 240_000 }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  const driver = kafkaDriver('Kafka', kafka);
  logConformance(driver);
  // Whoever comes after a killed process waits until that is taken for dead.
  streamConformance(driver, { kills: 1, sessionMs: 6_000 });
});
