import { describeProducersV0 } from '@platformatic/kafka';
import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { LogError, type TopicPartition } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';
import type { Changelog } from './changelog.ts';
import { logErrorOf } from './protocol-errors.ts';
import { type Producer, type Sequences, TransactionWriter } from './transaction.ts';

/** What has ended is seen to have ended sooner. */
const SEEN_AFTER: Millis = 5_000;

/**
 * Makes the commit whose transaction its coordinator has forgotten, and says whether there was one. To be asked by whoever has taken the id over: by
 * then the coordinator has ended what was open before, so what is still open nobody would ever end, nor read past.
 *
 * A coordinator that starts while partitions have no leader takes them for deleted, writes nothing to them, and calls the transaction
 * ended (`KRaftMetadataCache.getPartitionLeaderEndpoint` of Kafka 4.3.1, in `TransactionMarkerChannelManager`). Whether it was to be committed is
 * known to nobody then; so it is, where all of it is there and open in every partition: neither half of it has been seen.
 */
export async function makeForgotten(
  brokers: Brokers,
  clock: Clock,
  producer: Producer,
  changelog: Changelog,
): Promise<boolean> {
  if (await changelog.settles(SEEN_AFTER)) return false;
  const own = await openIn(brokers, changelog.place, producer.id);
  const sequences = own && (await changelog.openSequences(own.first));
  // Of a later owner, it is at work.
  if (own === null || sequences === null || own.epoch >= producer.epoch) return false;
  const places = placesOf(sequences);
  for (const { lastSequence, ...place } of places) {
    const there = await openIn(brokers, place, producer.id);
    if (there === null || there.epoch !== own.epoch || there.lastSequence !== lastSequence) return false;
  }
  await new TransactionWriter(brokers, clock, producer).commitOpen([changelog.place, ...places]).catch(error => {
    const told = logErrorOf('Making a commit that was left open', error, 'unknown');
    throw told instanceof LogError
      ? told
      : new LogError('unknown', 'Whether a commit that was left open has been made is not known.', { cause: error });
  });
  return true;
}

interface OpenTransaction {
  readonly epoch: number;
  /** Offset of its first record. */
  readonly first: bigint;
  readonly lastSequence: number;
}
/** What a producer has open in a partition; null: nothing, or the user may not know. */
async function openIn(brokers: Brokers, place: TopicPartition, producerId: bigint): Promise<OpenTransaction | null> {
  const { topic, partition } = place;
  try {
    const { topics } = await brokers.atLeader(`Looking at who writes to ${topic}/${partition}`, place, connection =>
      describeProducersV0.api.async(connection, [{ name: topic, partitionIndexes: [partition] }]),
    );
    const found = topics[0]?.partitions[0]?.activeProducers.find(one => one.producerId === producerId);
    if (found === undefined || found.currentTxnStartOffset < 0n) return null;
    return { epoch: found.producerEpoch, first: found.currentTxnStartOffset, lastSequence: found.lastSequence };
  } catch (error) {
    // Writing to a topic needs no right to look at it.
    if (error instanceof LogError && error.code === 'denied') return null;
    throw error;
  }
}

function placesOf(sequences: Sequences): readonly (TopicPartition & { readonly lastSequence: number })[] {
  return Object.entries(sequences).flatMap(([topic, partitions]) =>
    Object.entries(partitions).map(([partition, lastSequence]) => ({
      topic,
      partition: Number(partition),
      lastSequence,
    })),
  );
}
