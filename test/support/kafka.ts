import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { isFetched } from '../../scripts/services/fetch-jars.ts';
import { type KafkaCluster, type KafkaOptions, startKafka } from '../../scripts/services/kafka-cluster.ts';
import { missingJava } from '../../scripts/services/programs.ts';

/** A cold fetch, and three brokers on a machine with something else to do. */
const START_MS = 400_000;

/** Why tests against a real Kafka are not run here, to be told in their title; null where they are. `npm test` fetches it. */
export function skipReason(): string | null {
  return isFetched('kafka')
    ? missingJava()
    : 'Kafka is not fetched; npm test fetches it where there are Java and Maven';
}

/** Behind the title of a suite that is skipped: why. */
export const skipNote = (reason: string | null): string => (reason === null ? '' : ` (skipped: ${reason})`);

/**
 * A Kafka of the suite's own, in a temporary folder and on free ports: started before its first test, gone after its last.
 *
 *     const reason = skipReason();
 *     describe.skipIf(reason !== null)(`the log${skipNote(reason)}`, () => {
 *       const kafka = kafkaForTests({ brokers: 1 });
 *       it('…', async () => connect(kafka().bootstrap));
 *     });
 */
export function kafkaForTests(options: Pick<KafkaOptions, 'brokers' | 'settings'>): () => KafkaCluster {
  let folder: string | null = null;
  let cluster: KafkaCluster | null = null;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-kafka-'));
    cluster = await startKafka({ ...options, dir: folder });
  }, START_MS);
  afterAll(async () => {
    await cluster?.stop(0);
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (cluster === null) throw new Error('Kafka is there within tests and hooks alone');
    return cluster;
  };
}
