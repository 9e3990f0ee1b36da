import { describe } from 'vitest';
import { kafkaDriver } from '../conformance/log/kafka-driver.ts';
import { logConformance } from '../conformance/log-conformance.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();

describe.skipIf(reason !== null)(`the log over Kafka${skipNote(reason)}`, { timeout: 120_000 }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  logConformance(kafkaDriver('Kafka', kafka));
});
