import { keyHashes } from '../../engine/columnar/key-hash.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { StateTable } from '../../engine/contract/operator.ts';
import type { StateStore } from '../../engine/contract/state.ts';
import type { Schema } from '../../engine/contract/types.ts';

/** Row hashes are below it. */
export const HASHES = 4294967296;

const PLACE: StateTable = { name: 'place', key: [], slots: [{ name: 'rows', kind: 'f64', initial: 0 }] };

/** What `rowHasher` keeps where it is given a state. */
export function hasherState(columns: readonly string[]): readonly StateTable[] {
  return columns.length > 0 ? [] : [PLACE];
}

/**
 * Numbers in [0, 2^32) by row, made of a key's bytes and a seed alone: the same for any cut of the rows, on any machine. Rows
 * that no column names go by their place in the stream, counted in `state` (null: from 0, in memory).
 */
export function rowHasher(
  columns: readonly string[],
  seed: number,
  state: StateStore | null,
): (batch: Batch) => Uint32Array {
  const salt = mixed(seed + 0x9e3779b9);
  if (columns.length > 0) {
    return batch => {
      const hashes = keyHashes(batch, columns);
      for (let row = 0; row < hashes.length; row++) hashes[row] = mixed(hashes[row] ^ salt);
      return hashes;
    };
  }
  const place = rowCounter(state);
  return batch => {
    const first = place(batch);
    const hashes = new Uint32Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) hashes[row] = mixed(mixed(first + row + 1) ^ salt);
    return hashes;
  };
}

/** How many rows came before a batch (not an empty one). */
function rowCounter(state: StateStore | null): (batch: Batch) => number {
  if (state === null) {
    let seen = 0;
    return batch => (seen += batch.rows) - batch.rows;
  }
  const place = state.keyed(PLACE.name, PLACE.key, PLACE.slots);
  return batch => {
    const id = place.keysOf(batch)[0];
    const seen = place.slot('rows');
    return (seen[id] += batch.rows) - batch.rows;
  };
}

/** What tells rows apart: the `@id` columns, or nothing. */
export function idColumns(schema: Schema): readonly string[] {
  return schema.fields.filter(field => field.id).map(field => field.name);
}
export function entityColumns(schema: Schema): readonly string[] {
  return schema.fields.filter(field => field.entity).map(field => field.name);
}

/** The finalizer of MurmurHash3: a bijection of 32 bits, so that no two hashes fall together. */
function mixed(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
