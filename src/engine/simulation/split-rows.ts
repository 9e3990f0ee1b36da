import { keyHashes, partitionsOf } from '../columnar/key-hash.ts';
import { takeRows } from '../columnar/take.ts';
import type { Batch } from '../contract/batch.ts';
import { type Field, PLAIN_KINDS } from '../contract/types.ts';

/**
 * Rows as `splits` batches, each a split of its own. All rows of one person, or else of one value of the first text, are in the same
 * one: rows of different splits have no order among themselves.
 */
export function splitRows(rows: Batch, splits: number): readonly Batch[] {
  const isText = ({ type }: Field) => type.kind === 'string' || type.kind === 'enum';
  const { fields } = rows.schema;
  const by = fields.find(field => field.entity && PLAIN_KINDS.includes(field.type.kind)) ?? fields.find(isText);
  if (by === undefined || splits === 1) return [rows];
  const target = partitionsOf(keyHashes(rows, [by.name]), splits);
  return Array.from({ length: splits }, (_, split) => {
    const mine = Int32Array.from({ length: rows.rows }, (_, row) => row).filter(row => target[row] === split);
    return takeRows(rows, mine, mine.length);
  });
}
