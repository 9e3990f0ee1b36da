import type { EncodedValues } from '../../engine/contract/connector.ts';
import type { ByteSink } from '../formats/records/byte-sink.ts';
import type { SpanBlock } from '../formats/spans/span-block.ts';

/** Confluent's wire format: a zero, the id of the writer's schema in 4 bytes, big endian, and what the format makes of the row. */
export const HEADER_BYTES = 5;
const MAGIC = 0;

/** The id of the schema a value was written with; −1: it does not begin with one. */
export function schemaIdAt(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < HEADER_BYTES || bytes[from] !== MAGIC) return -1;
  return ((bytes[from + 1] << 24) | (bytes[from + 2] << 16) | (bytes[from + 3] << 8) | bytes[from + 4]) >>> 0;
}

/** The same of a record in a block; a value that does not begin with one is refused. */
export function schemaIdIn(block: SpanBlock, from: number, to: number): number {
  const id = schemaIdAt(block.bytes, from, to);
  if (id < 0) block.reject('R425', 'the value does not begin with the id of a schema', from, to, 0);
  return id;
}

/** Rows of such values, by what puts down the rest of each. */
export function encodedBehindId(
  sink: ByteSink,
  id: number,
  rows: number,
  put: (sink: ByteSink, row: number) => void,
): EncodedValues {
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    starts[row] = sink.length;
    sink.reserve(HEADER_BYTES);
    sink.length = putHeader(sink.bytes, sink.length, id);
    put(sink, row);
    ends[row] = sink.length;
  }
  return { bytes: sink.take(), starts, ends };
}

export function putHeader(out: Uint8Array, at: number, id: number): number {
  out[at] = MAGIC;
  out[at + 1] = id >>> 24;
  out[at + 2] = id >>> 16;
  out[at + 3] = id >>> 8;
  out[at + 4] = id;
  return at + HEADER_BYTES;
}
