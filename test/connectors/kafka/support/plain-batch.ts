import { CompressionAlgorithms, compressionsAlgorithms, jsCRC32C } from '@platformatic/kafka';
import type { Fetched } from '../../../../src/connectors/kafka/record-chunks.ts';
import { headersOf } from '../../../support/record-columns.ts';

/** A record as an object, its bytes in hexadecimal. */
export interface PlainRecord {
  readonly offset: bigint;
  readonly time: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** What the columns say. */
export function plainRecords({ chunks }: Pick<Fetched, 'chunks'>): PlainRecord[] {
  return chunks.flatMap(chunk => {
    const span = (start: number, end: number) => (start < 0 ? null : hexOf(chunk.bytes.subarray(start, end)));
    return Array.from({ length: chunk.count }, (_, row) => ({
      offset: chunk.baseOffset + BigInt(chunk.offsetDelta[row]),
      time: chunk.timestamp[row],
      key: span(chunk.keyStart[row], chunk.keyEnd[row]),
      value: span(chunk.valueStart[row], chunk.valueEnd[row]),
      headers: headersOf(chunk, row).map(([name, value]) => [name, value === null ? null : hexOf(value)] as const),
    }));
  });
}

/** A batch as the documentation lays it out, byte by byte; nothing of it is the code that is tested. */
export interface PlainBatch {
  readonly base?: bigint;
  readonly attributes?: number;
  readonly lastOffsetDelta?: number;
  readonly baseTime?: bigint;
  readonly maxTime?: bigint;
  readonly producer?: bigint;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly count?: number;
  /** Written as they are, compressed or not. */
  readonly records: readonly (readonly number[])[] | Uint8Array;
}

export function plainBatch(batch: PlainBatch): Uint8Array<ArrayBuffer> {
  const records =
    batch.records instanceof Uint8Array ? [...batch.records] : batch.records.flatMap(record => [...record]);
  const count = batch.count ?? batch.records.length;
  const covered = [
    ...integer(batch.attributes ?? 0, 2),
    ...integer(batch.lastOffsetDelta ?? count - 1, 4),
    ...integer(batch.baseTime ?? 0n, 8),
    ...integer(batch.maxTime ?? batch.baseTime ?? 0n, 8),
    ...integer(batch.producer ?? -1n, 8),
    ...integer(batch.epoch ?? -1, 2),
    ...integer(batch.sequence ?? -1, 4),
    ...integer(count, 4),
    ...records,
  ];
  const crc = jsCRC32C(Uint8Array.from(covered));
  return Uint8Array.from([
    ...integer(batch.base ?? 0n, 8),
    ...integer(covered.length + 9, 4),
    ...integer(-1, 4),
    2,
    ...integer(crc, 4),
    ...covered,
  ]);
}

export interface PlainParts {
  readonly delta?: number;
  readonly timeDelta?: bigint;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly (readonly [string, Uint8Array | null])[];
}

export function plainRecord({
  delta = 0,
  timeDelta = 0n,
  key = null,
  value = null,
  headers = [],
}: PlainParts): number[] {
  const span = (bytes: Uint8Array | null) =>
    bytes === null ? varint(-1n) : [...varint(BigInt(bytes.length)), ...bytes];
  const body = [
    0,
    ...varint(timeDelta),
    ...varint(BigInt(delta)),
    ...span(key),
    ...span(value),
    ...varint(BigInt(headers.length)),
    ...headers.flatMap(([name, text]) => [...span(new TextEncoder().encode(name)), ...span(text)]),
  ];
  return [...varint(BigInt(body.length)), ...body];
}

export function varint(value: bigint): number[] {
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  while (rest >= 128n) {
    bytes.push(Number(rest % 128n) + 128);
    rest /= 128n;
  }
  return [...bytes, Number(rest)];
}

function integer(value: bigint | number, bytes: number): number[] {
  const bits = BigInt.asUintN(8 * bytes, BigInt(value));
  return Array.from({ length: bytes }, (_, i) => Number((bits >> BigInt(8 * (bytes - 1 - i))) & 255n));
}

const NAMES = Object.values(CompressionAlgorithms);

/** One batch, read by the documentation, unpacked by other libraries than ours. */
export function walkBatch(batch: Uint8Array): PlainRecord[] {
  const bytes = Buffer.from(batch);
  if (jsCRC32C(bytes.subarray(21)) !== bytes.readUInt32BE(17)) throw new Error('wrong checksum');
  const codec = compressionsAlgorithms[NAMES[bytes.readInt16BE(21) & 7]];
  const records = Buffer.from(codec.decompressSync(bytes.subarray(61)));
  let at = 0;
  const next = (): bigint => {
    let zigzag = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = records[at++];
      zigzag |= BigInt(byte & 127) << shift;
      if (byte < 128) return zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n;
    }
  };
  const span = (): Buffer | null => {
    const length = Number(next());
    return length < 0 ? null : records.subarray(at, (at += length));
  };
  const found = Array.from({ length: bytes.readInt32BE(57) }, (): PlainRecord => {
    const length = Number(next());
    const end = at + length;
    at++;
    const time = Number(bytes.readBigInt64BE(27) + next());
    const offset = bytes.readBigInt64BE(0) + next();
    const [key, value] = [span(), span()];
    const headers = Array.from({ length: Number(next()) }, () => {
      const name = span()!.toString();
      const text = span();
      return [name, text === null ? null : hexOf(text)] as const;
    });
    if (at !== end) throw new Error('wrong length');
    return { offset, time, key: key && hexOf(key), value: value && hexOf(value), headers };
  });
  if (at !== records.length) throw new Error('more behind the records');
  return found;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
