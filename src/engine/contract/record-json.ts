import type { CommitRecord, SnapshotPointer } from './log.ts';

/** A commit record as JSON text: bigint as decimal text. */
export function recordToJson(record: CommitRecord): unknown {
  return {
    ...record,
    epoch: String(record.epoch),
    seq: String(record.seq),
    positions: record.positions.map(({ input, partition, offset, row, prefix }) => [
      input,
      partition,
      String(offset),
      row,
      ...(prefix === undefined ? [] : [prefix.bytes, prefix.crc32c]),
    ]),
    snapshot: pointerToJson(record.snapshot),
    previousSnapshot: pointerToJson(record.previousSnapshot),
  };
}

interface JsonRecord extends Omit<CommitRecord, 'epoch' | 'seq' | 'positions' | 'snapshot' | 'previousSnapshot'> {
  readonly epoch: string;
  readonly seq: string;
  readonly positions: readonly [string, number, string, number, number?, number?][];
  readonly snapshot: Maybe<JsonPointer>;
  readonly previousSnapshot?: Maybe<JsonPointer>;
}

/** Inverse of `recordToJson`, for JSON this module wrote. */
export function recordFromJson(json: unknown): CommitRecord {
  const { previousSnapshot, ...record } = json as JsonRecord;
  return {
    ...record,
    epoch: BigInt(record.epoch),
    seq: BigInt(record.seq),
    positions: record.positions.map(([input, partition, offset, row, bytes, crc32c]) => ({
      input,
      partition,
      offset: BigInt(offset),
      row,
      ...(bytes === undefined || crc32c === undefined ? {} : { prefix: { bytes, crc32c } }),
    })),
    snapshot: pointerFromJson(record.snapshot) ?? null,
    ...(previousSnapshot === undefined ? {} : { previousSnapshot: pointerFromJson(previousSnapshot) }),
  };
}

type JsonPointer = { readonly manifest: string; readonly changelog: string };
type Maybe<T> = T | null | undefined;

function pointerToJson(pointer: Maybe<SnapshotPointer>): Maybe<JsonPointer> {
  return pointer && { ...pointer, changelog: String(pointer.changelog) };
}
function pointerFromJson(pointer: Maybe<JsonPointer>): Maybe<SnapshotPointer> {
  return pointer && { ...pointer, changelog: BigInt(pointer.changelog) };
}
