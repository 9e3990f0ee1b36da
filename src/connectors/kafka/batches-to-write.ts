import { decodeRecordFrame } from '../../engine/columnar/record-frame.ts';
import type { RecordCodec } from '../../engine/contract/record-topics.ts';
import { encodeColumnBatch } from './column-batch.ts';
import { type BatchProducer, encodeRecordBatch, type RecordsToWrite } from './record-batch.ts';

/** Of a batch; brokers take a little over 1 MB unless told otherwise. */
const BATCH_BYTES = 950_000;

/** A batch whose head is filled in when its turn comes. */
export interface BatchToWrite {
  readonly count: number;
  encode(producer: BatchProducer | null): Uint8Array;
}

/** The records in pieces that a batch takes, in order; one that is larger than that is alone. */
export function batchesOf(records: RecordsToWrite): readonly BatchToWrite[] {
  const { values } = records;
  const pieces: BatchToWrite[] = [];
  for (let from = 0; from < values.length; ) {
    let to = from;
    let bytes = 0;
    while (to < values.length && (to === from || bytes + (values[to]?.length ?? 0) <= BATCH_BYTES)) {
      bytes += values[to++]?.length ?? 0;
    }
    const piece = cut(records, from, to);
    pieces.push({ count: to - from, encode: producer => encodeRecordBatch(piece, producer) });
    from = to;
  }
  return pieces;
}

function cut(records: RecordsToWrite, from: number, to: number): RecordsToWrite {
  return {
    values: records.values.slice(from, to),
    timestamps: typeof records.timestamps === 'number' ? records.timestamps : records.timestamps.slice(from, to),
    ...(records.keys && { keys: records.keys.slice(from, to) }),
  };
}

/** The frames of records of a commit, a batch each: frames are no larger than batches may be. */
export function batchesOfRecords(frames: readonly Uint8Array[], codec: RecordCodec): readonly BatchToWrite[] {
  return frames.map(frame => {
    const columns = decodeRecordFrame(frame);
    return { count: columns.count, encode: producer => encodeColumnBatch(columns, producer, codec) };
  });
}
