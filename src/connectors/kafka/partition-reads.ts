import { listOffsetsV7 } from '@platformatic/kafka';
import type { Millis } from '../../engine/base/units.ts';
import { LogError, type Position, type TopicInfo } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';
import { hasCode, KafkaCode } from './protocol-errors.ts';
import { type FetchAnswer, type FetchFrom, fetchBatches } from './requests.ts';

/** What is sent to a consumer that is not a broker itself. */
const CLIENT = -1;
const ANY_EPOCH = -1;
/** Kafka's names for the ends of a partition (a time that no record has), and whether a reader sees what is not committed. */
const ENDS = {
  first: { timestamp: -2n, isolation: 0 },
  /** All before it is decided. */
  stable: { timestamp: -1n, isolation: 1 },
  end: { timestamp: -1n, isolation: 0 },
} as const;

/**
 * One kind of offset of each partition of a topic, or of the one partition given, by one question to each leader. Throws LogError
 * `no-topic`.
 */
export function offsetsOf(
  brokers: Brokers,
  topic: string,
  which: keyof typeof ENDS,
  only: number | null = null,
): Promise<readonly bigint[]> {
  const { timestamp, isolation } = ENDS[which];
  return offsetsFor(brokers, topic, timestamp, isolation, only);
}

/** All kinds, of each partition. Throws LogError `no-topic`. */
export async function endsOf(brokers: Brokers, topic: string): Promise<TopicInfo['ends']> {
  const [first, stable, end] = await Promise.all([
    offsetsOf(brokers, topic, 'first'),
    offsetsOf(brokers, topic, 'stable'),
    offsetsOf(brokers, topic, 'end'),
  ]);
  return first.map((one, i) => ({ first: one, stableEnd: stable[i], end: end[i] }));
}

/** Null: there is no such topic. */
export async function partitionCount(brokers: Brokers, topic: string): Promise<number | null> {
  const leaders = await brokers.persist(`Looking for topic ${topic}`, () => brokers.partitionsOf(topic));
  return leaders?.length ?? null;
}

/** Another one each time a topic of that name is made; null: there is none. */
export function topicId(brokers: Brokers, topic: string): Promise<string | null> {
  return brokers.persist(`Looking for topic ${topic}`, () => brokers.topicId(topic));
}

/** By partition: the offset of the first record with this time or a later one; where there is none, the end of what is decided. */
export async function offsetsAtTime(brokers: Brokers, topic: string, time: Millis): Promise<readonly bigint[]> {
  // Kafka takes times below 0 for other questions; no record is that old.
  const asked = BigInt(Math.max(0, Math.ceil(time)));
  const [found, ends] = await Promise.all([
    offsetsFor(brokers, topic, asked, ENDS.stable.isolation, null),
    offsetsOf(brokers, topic, 'stable'),
  ]);
  return found.map((offset, partition) => (offset < 0n ? ends[partition] : offset));
}

function offsetsFor(
  brokers: Brokers,
  topic: string,
  timestamp: bigint,
  isolation: number,
  only: number | null,
): Promise<readonly bigint[]> {
  return brokers.persist(`Looking at ${topic}`, async () => {
    const leaders =
      only === null
        ? [...(await brokers.leadersOf(topic)).entries()]
        : [[only, await brokers.leaderOf({ topic, partition: only })]];
    const offsets: bigint[] = [];
    await Promise.all(
      [...new Set(leaders.map(([, leader]) => leader))].map(async leader => {
        const partitions = leaders.flatMap(([partitionIndex, one]) =>
          one === leader ? [{ partitionIndex, currentLeaderEpoch: ANY_EPOCH, timestamp }] : [],
        );
        const answer = await brokers.on(leader, connection =>
          listOffsetsV7.api.async(connection, CLIENT, isolation, [{ name: topic, partitions }]),
        );
        for (const { partitionIndex, offset } of answer.topics[0].partitions) offsets[partitionIndex] = offset;
      }),
    );
    return offsets;
  });
}

/** Record batches from an offset on. Throws LogError `gap` for an offset that is not in the partition, `no-topic`, `dead`. */
export async function fetchAt(
  brokers: Brokers,
  at: Position,
  maxBytes: number,
  wait: Millis,
  which: FetchFrom['which'] = 'committed',
): Promise<FetchAnswer> {
  try {
    return await brokers.atLeader(`Reading ${at.topic}/${at.partition}`, at, connection =>
      fetchBatches(connection, { ...at, maxBytes, wait, which }),
    );
  } catch (error) {
    if (!hasCode(error, KafkaCode.offsetOutOfRange)) throw error;
    const now = await rangeOf(brokers, at).catch(() => ' any more, or not yet');
    throw new LogError('gap', `Offset ${at.offset} is not in ${at.topic}/${at.partition}${now}.`, { cause: error });
  }
}
async function rangeOf(brokers: Brokers, { topic, partition }: Position): Promise<string> {
  const [first, end] = await Promise.all([
    offsetsOf(brokers, topic, 'first', partition),
    offsetsOf(brokers, topic, 'end', partition),
  ]);
  return `, which goes from ${first[partition]} to ${end[partition]} now`;
}
