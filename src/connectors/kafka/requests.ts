import { type addPartitionsToTxnV3, type Connection, produceV11, type Reader, Writer } from '@platformatic/kafka';
import { bufferOver } from '../../engine/base/buffer-over.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { TopicPartition } from '../../engine/contract/log.ts';
import { answered, answerOf, passing } from './protocol-errors.ts';
import type { AbortedTransaction } from './record-chunks.ts';

/** Requests whose records are bytes here: the client library would make an object of each. Field order as in Kafka's protocol guide. */

const PRODUCE = { key: 0, version: 11 } as const;
const FETCH = { key: 1, version: 12 } as const;
/** For the copies of a batch. */
const PRODUCE_TIMEOUT: Millis = 15_000;
/** Of all in-sync replicas. */
const ALL = -1;
/** What of a partition is seen: all, or what is decided. */
const ISOLATION = { open: 0, committed: 1 } as const;
const CLIENT = -1;

export interface ProducedBatch extends TopicPartition {
  readonly records: Uint8Array;
}

/**
 * Writes a batch to each of several partitions of one leader, in one request; gives the offset of each batch's first record, by
 * `topic/partition`. Throws where any of them is refused.
 */
export async function produce(
  connection: Connection,
  transactionalId: string | null,
  batches: readonly ProducedBatch[],
): Promise<ReadonlyMap<string, bigint>> {
  const topics = Object.entries(Object.groupBy(batches, ({ topic }) => topic));
  const request = (): Writer =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(ALL)
      .appendInt32(PRODUCE_TIMEOUT)
      .appendArray(topics, (writer, [topic, own]) => {
        writer.appendString(topic).appendArray([...(own ?? [])], (inner, { partition, records }) => {
          inner
            .appendInt32(partition)
            .appendUnsignedVarInt(records.length + 1)
            .append(bufferOver(records));
        });
      })
      .appendTaggedFields();
  const { responses } = await send(connection, PRODUCE, request, produceV11.parseResponse).catch(error => {
    throw produceError(error);
  });
  return new Map(
    responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, baseOffset }) => [`${name}/${index}`, baseOffset] as const),
    ),
  );
}

/** By partition, where the library counts words about single records as errors too. */
function produceError(error: unknown): unknown {
  const { response } = answerOf(error) as {
    readonly response?: Exclude<Awaited<ReturnType<typeof produceV11.api.async>>, boolean>;
  };
  if (response === undefined) return error;
  const errors = response.responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.flatMap(({ index, errorCode, recordErrors }) =>
      errorCode === 0
        ? []
        : [{ apiCode: errorCode, place: { topic: name, partition: index }, records: recordErrors.length }],
    ),
  );
  return answered(errors, error);
}

/** Which partitions a transaction may not write, by code. Those that are merely not added for the sake of others are left out. */
export function addingError(error: unknown): unknown {
  const { response } = answerOf(error) as {
    readonly response?: Awaited<ReturnType<typeof addPartitionsToTxnV3.api.async>>;
  };
  if (response === undefined) return error;
  const errors = response.resultsByTransaction.flatMap(({ topicResults }) =>
    topicResults.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.flatMap(({ partitionIndex, partitionErrorCode }) =>
        partitionErrorCode === 0
          ? []
          : [{ apiCode: partitionErrorCode, place: { topic: name, partition: partitionIndex } }],
      ),
    ),
  );
  return answered(errors, error);
}

export interface FetchFrom extends TopicPartition {
  readonly offset: bigint;
  readonly maxBytes: number;
  readonly wait: Millis;
  readonly which: keyof typeof ISOLATION;
}
export interface FetchAnswer {
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly logStart: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches, the last perhaps cut. */
  readonly records: Uint8Array;
}

/** Rows of one partition, with what is needed to leave out aborted ones. Throws what the broker answers. */
export function fetchBatches(connection: Connection, from: FetchFrom): Promise<FetchAnswer> {
  const request = (): Writer =>
    Writer.create()
      .appendInt32(CLIENT)
      .appendInt32(from.wait)
      .appendInt32(1)
      .appendInt32(from.maxBytes)
      .appendInt8(ISOLATION[from.which])
      // No session: each request says all it wants.
      .appendInt32(0)
      .appendInt32(-1)
      .appendArray([from], (writer, { topic, partition, offset, maxBytes }) => {
        writer.appendString(topic).appendArray([partition], (inner, index) => {
          inner
            .appendInt32(index)
            .appendInt32(-1)
            .appendInt64(offset)
            .appendInt32(-1)
            .appendInt64(-1n)
            .appendInt32(maxBytes);
        });
      })
      .appendArray([], () => {})
      .appendString('')
      .appendTaggedFields();
  return send(connection, FETCH, request, readFetchAnswer);
}

function readFetchAnswer(_correlation: number, _key: number, _version: number, reader: Reader): FetchAnswer {
  reader.readInt32();
  let error = reader.readInt16();
  reader.readInt32();
  const [topic] = reader.readArray(inTopic => {
    inTopic.readString();
    return inTopic.readArray(inPartition => {
      inPartition.readInt32();
      error ||= inPartition.readInt16();
      const highWatermark = inPartition.readInt64();
      const lastStableOffset = inPartition.readInt64();
      const logStart = inPartition.readInt64();
      const aborted =
        inPartition.readNullableArray(one => ({ producerId: one.readInt64(), firstOffset: one.readInt64() })) ?? [];
      inPartition.readInt32();
      const records = inPartition.readNullableBytes() ?? new Uint8Array(0);
      return { highWatermark, lastStableOffset, logStart, aborted, records };
    });
  });
  reader.readTaggedFields();
  if (error !== 0) throw passing(error);
  return topic[0];
}

function send<T>(
  connection: Connection,
  { key, version }: { readonly key: number; readonly version: number },
  request: () => Writer,
  parse: (correlationId: number, key: number, version: number, reader: Reader) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    connection.send<T>(key, version, request, parse, true, true, (error, answer) => {
      if (error === null || error === undefined) resolve(answer as T);
      else reject(error);
    });
  });
}
