import { type Validity, validityBytes } from './validity.ts';

/**
 * Between validity bitmaps and the marks for null that loops use inside the values: NaN for numbers, 2 for bools, −1 for text
 * ids. One function per array type, so that each loop sees one kind of array.
 */

/** The numbers with NaN for null; the same array where there are no nulls. */
export function numbersOrNaN(values: Float64Array, validity: Validity, rows: number): Float64Array {
  if (validity === null) return values;
  const out = values.slice(0, rows);
  for (let byte = 0; byte < validity.length && byte * 8 < rows; byte++) {
    if (validity[byte] === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((validity[byte] >> (i & 7)) & 1) === 0) out[i] = Number.NaN;
  }
  return out;
}

/** The bools with 2 for null. */
export function bytesOrTwo(values: Uint8Array, validity: Validity, rows: number): Uint8Array {
  if (validity === null) return values;
  const out = values.slice(0, rows);
  for (let byte = 0; byte < validity.length && byte * 8 < rows; byte++) {
    if (validity[byte] === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((validity[byte] >> (i & 7)) & 1) === 0) out[i] = 2;
  }
  return out;
}

/** The ids with −1 for null. */
export function idsOrMinusOne(ids: Int32Array, validity: Validity, rows: number): Int32Array {
  if (validity === null) return ids;
  const out = ids.slice(0, rows);
  for (let byte = 0; byte < validity.length && byte * 8 < rows; byte++) {
    if (validity[byte] === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((validity[byte] >> (i & 7)) & 1) === 0) out[i] = -1;
  }
  return out;
}

/** The bitmap of numbers marked with NaN, which become 0 in place; null where there are none. */
export function numberNulls(values: Float64Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls += Number.isNaN(values[i]) ? 1 : 0;
  if (nulls === 0) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let i = 0; i < rows; i++) {
    const present = !Number.isNaN(values[i]);
    validity[i >> 3] |= (present ? 1 : 0) << (i & 7);
    if (!present) values[i] = 0;
  }
  return validity;
}

/** The bitmap of bools marked with 2, which become 0 in place. */
export function boolNulls(values: Uint8Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls += values[i] >> 1;
  if (nulls === 0) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let i = 0; i < rows; i++) {
    validity[i >> 3] |= (1 - (values[i] >> 1)) << (i & 7);
    values[i] &= 1;
  }
  return validity;
}

/** The bitmap of ids marked with −1, which become 0 in place. */
export function idNulls(ids: Int32Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls += ids[i] >>> 31;
  if (nulls === 0) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let i = 0; i < rows; i++) {
    validity[i >> 3] |= (1 - (ids[i] >>> 31)) << (i & 7);
    if (ids[i] < 0) ids[i] = 0;
  }
  return validity;
}
