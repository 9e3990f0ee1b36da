import type { Schema } from './types.ts';

/**
 * Strings once, bytes shared: ids are dense from 0, append-only, and the same bytes always get the same id within one
 * dictionary. A producer starts a new dictionary when one grows past its limit, so operators cache per dictionary object
 * and extend the cache when `size` has grown.
 */
export interface Dictionary {
  readonly size: number;
  /** The string of an id; decoded on first use. Throws on an id out of range. */
  text(id: number): string;
  /** UTF-8 bytes of an id, a view that stays valid for the dictionary's life. */
  bytes(id: number): Uint8Array;
  /** MurmurHash3 (x86, 32 bits, seed 0) of an id's bytes, unsigned. */
  hash(id: number): number;
  /** How many bytes an id has. */
  byteLength(id: number): number;
  /** Copies an id's bytes to `target[at]` and on: without a view, which for short texts costs more than the copy. */
  copyBytes(id: number, target: Uint8Array, at: number): void;
  /** The id of a string, added when new. */
  intern(text: string): number;
  /** The id of `bytes[from, to)`, added when new. */
  internBytes(bytes: Uint8Array, from: number, to: number): number;
}

/**
 * Columns in Arrow's layout. `validity` is Arrow's bitmap, least significant bit first, 1 = present; null means no nulls.
 * The slot under a null holds 0 and must not be read for meaning. Arrays may be longer than the batch's `rows`.
 *
 * Two kinds differ from Arrow's wire layout, because the loops are several times faster so, and are converted at the
 * public edges only: `int`, `timestamp`, `date`, `duration` are held as exact f64 (Int64 at the edge), and `bool` as one byte.
 */
export type Column = NumberColumn | BoolColumn | StringColumn | ListColumn | RecordColumn | FeaturesColumn;

export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
  readonly validity: Uint8Array | null;
}
export interface BoolColumn {
  readonly kind: 'bool';
  /** 0 or 1. */
  readonly values: Uint8Array;
  readonly validity: Uint8Array | null;
}
/** `string` and `enum`. */
export interface StringColumn {
  readonly kind: 'string';
  readonly ids: Int32Array;
  readonly dictionary: Dictionary;
  readonly validity: Uint8Array | null;
}
export interface ListColumn {
  readonly kind: 'list';
  /** rows + 1 offsets into `items`. */
  readonly offsets: Int32Array;
  readonly items: Column;
  readonly validity: Uint8Array | null;
}
export interface RecordColumn {
  readonly kind: 'record';
  readonly children: readonly Column[];
  readonly validity: Uint8Array | null;
}
/** One Float64Array per feature name of the type, NaN is missing; never null as a whole. */
export interface FeaturesColumn {
  readonly kind: 'features';
  readonly columns: readonly Float64Array[];
}

/** Rows as columns. Immutable once emitted: an operator that changes a column makes a new one and shares the others. */
export interface Batch {
  readonly schema: Schema;
  readonly rows: number;
  /** In the order of `schema.fields`. */
  readonly columns: readonly Column[];
  /** Where the rows were read, for dead letters. Absent where that is not known (any more): behind an exchange or a table. */
  readonly origin?: Origin;
}

/** An operator that hands rows on as they are, or a part of them in order (`takeRows`, `{ ...batch, columns }`), keeps it. */
export interface Origin {
  readonly split: string;
  /** The 1-based record a row of the batch was read from. */
  recordOf(row: number): number;
}
