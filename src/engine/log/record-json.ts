import type { CommitRecord } from '../contract/log.ts';

/** A commit record as JSON text: bigint as decimal text. */
export function recordToJson(record: CommitRecord): unknown {
  return {
    ...record,
    epoch: String(record.epoch),
    seq: String(record.seq),
    positions: record.positions.map(p => [p.input, p.partition, String(p.offset), p.row]),
    snapshot: record.snapshot && { ...record.snapshot, changelog: String(record.snapshot.changelog) },
  };
}

interface JsonRecord extends Omit<CommitRecord, 'epoch' | 'seq' | 'positions' | 'snapshot'> {
  readonly epoch: string;
  readonly seq: string;
  readonly positions: readonly [string, number, string, number][];
  readonly snapshot: { readonly manifest: string; readonly changelog: string } | null;
}

/** Inverse of `recordToJson`, for JSON this module wrote. */
export function recordFromJson(json: unknown): CommitRecord {
  const record = json as JsonRecord;
  return {
    ...record,
    epoch: BigInt(record.epoch),
    seq: BigInt(record.seq),
    positions: record.positions.map(([input, partition, offset, row]) => ({
      input,
      partition,
      offset: BigInt(offset),
      row,
    })),
    snapshot: record.snapshot && { ...record.snapshot, changelog: BigInt(record.snapshot.changelog) },
  };
}
