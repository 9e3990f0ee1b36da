import { assert } from '../base/assert.ts';
import { murmur3 } from '../base/murmur3.ts';
import type { Batch, Column, StringColumn } from '../contract/batch.ts';
import { KEY_GROUPS } from '../contract/log.ts';
import { columnOf } from './take.ts';
import { isValid } from './validity.ts';

/** What a null hashes to; any fixed value will do. */
const NULL_HASH = 0x6e756c6c;

/**
 * Hash of each row's key, the same in every process and for every cut of the rows: MurmurHash3 (x86, 32 bit, seed 0) over
 * the value's canonical bytes. A string: its UTF-8 bytes, so a key of one string column is hashed as other log clients do;
 * a number: its f64, little endian, −0 as 0; a bool: one byte. A list, a record and a key of several columns: the hashes of
 * the parts as little-endian words, after the number of parts.
 */
export function keyHashes(batch: Batch, columns: readonly string[]): Uint32Array {
  const parts = columns.map(name => columnHashes(columnOf(batch, name), batch.rows));
  assert(parts.length > 0, 'a key has at least one column');
  return parts.length === 1 ? parts[0] : combined(parts, batch.rows);
}

/** Partition of each hash: its key group (hash % 128) laid over `partitions` (1–128) equal ranges. */
export function partitionsOf(hashes: Uint32Array, partitions: number): Int32Array {
  assert(partitions >= 1 && partitions <= KEY_GROUPS, `${partitions} partitions`);
  const out = new Int32Array(hashes.length);
  for (let i = 0; i < hashes.length; i++) out[i] = partitionOfGroup(hashes[i] % KEY_GROUPS, partitions);
  return out;
}
export function partitionOfGroup(group: number, partitions: number): number {
  return Math.floor((group * partitions) / KEY_GROUPS);
}

function columnHashes(column: Column, rows: number): Uint32Array {
  switch (column.kind) {
    case 'number':
      return numberHashes(column.values, column.validity, rows, new Float64Array(1));
    case 'bool': {
      const byValue = [murmur3(Uint8Array.of(0)), murmur3(Uint8Array.of(1))];
      return hashesBy(column, rows, row => byValue[column.values[row]]);
    }
    case 'string':
      return stringHashes(column, rows);
    case 'list': {
      const items = columnHashes(column.items, column.offsets[rows]);
      return hashesBy(column, rows, row => wordsHash(items.subarray(column.offsets[row], column.offsets[row + 1])));
    }
    case 'record': {
      const whole = combined(
        column.children.map(child => columnHashes(child, rows)),
        rows,
      );
      return hashesBy(column, rows, row => whole[row]);
    }
    case 'features':
      throw new Error('features cannot be a key');
  }
}

function numberHashes(
  values: Float64Array,
  validity: Uint8Array | null,
  rows: number,
  scratch: Float64Array,
): Uint32Array {
  const out = new Uint32Array(rows);
  const bytes = new Uint8Array(scratch.buffer);
  for (let i = 0; i < rows; i++) {
    if (validity !== null && ((validity[i >> 3] >> (i & 7)) & 1) === 0) {
      out[i] = NULL_HASH;
      continue;
    }
    scratch[0] = values[i] + 0; // −0 + 0 is 0
    out[i] = murmur3(bytes, 0, 8);
  }
  return out;
}

function stringHashes({ ids, dictionary, validity }: StringColumn, rows: number): Uint32Array {
  const out = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) {
    const present = validity === null || ((validity[i >> 3] >> (i & 7)) & 1) === 1;
    out[i] = present ? dictionary.hash(ids[i]) : NULL_HASH;
  }
  return out;
}

function hashesBy(
  column: { readonly validity: Uint8Array | null },
  rows: number,
  hash: (row: number) => number,
): Uint32Array {
  const out = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) out[row] = isValid(column.validity, row) ? hash(row) : NULL_HASH;
  return out;
}

function combined(parts: readonly Uint32Array[], rows: number): Uint32Array {
  const out = new Uint32Array(rows);
  const words = new Uint32Array(parts.length);
  for (let row = 0; row < rows; row++) {
    for (let part = 0; part < parts.length; part++) words[part] = parts[part][row];
    out[row] = wordsHash(words);
  }
  return out;
}

function wordsHash(words: Uint32Array): number {
  const all = Uint32Array.of(words.length, ...words);
  return murmur3(new Uint8Array(all.buffer));
}
