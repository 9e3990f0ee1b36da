import type { TopicPartition } from '../../engine/contract/log.ts';
import { batchesOf } from './batches-to-write.ts';
import type { Brokers } from './brokers.ts';
import type { RecordsToWrite } from './record-batch.ts';
import { produce } from './requests.ts';

/** Writes outside a transaction, a batch at a time; may double after a lost answer. */
export async function appendRecords(brokers: Brokers, to: TopicPartition, records: RecordsToWrite): Promise<void> {
  for (const batch of batchesOf(records)) {
    await brokers.atLeader(`Writing to ${to.topic}/${to.partition}`, to, connection =>
      produce(connection, null, [{ ...to, records: batch.encode(null) }]),
    );
  }
}
