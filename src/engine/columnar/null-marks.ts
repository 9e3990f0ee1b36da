import { type Validity, validityBytes } from './validity.ts';

/**
 * Between validity bitmaps and the marks for null that loops use inside the values: NaN for numbers, 2 for bools, −1 for text
 * ids. One function per array type, so that each loop sees one kind of array.
 */

/** The numbers with NaN for null: themselves where there are no nulls, else a copy in `room`. */
export function numbersOrNaN(values: Float64Array, validity: Uint8Array, rows: number, room: Float64Array): void {
  room.set(rows === values.length ? values : values.subarray(0, rows));
  const bytes = (rows + 7) >> 3;
  for (let byte = 0; byte < bytes; byte++) {
    const bits = validity[byte];
    if (bits === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((bits >> (i & 7)) & 1) === 0) room[i] = Number.NaN;
  }
}

/** The bools with 2 for null. */
export function bytesOrTwo(values: Uint8Array, validity: Uint8Array, rows: number, room: Uint8Array): void {
  room.set(rows === values.length ? values : values.subarray(0, rows));
  const bytes = (rows + 7) >> 3;
  for (let byte = 0; byte < bytes; byte++) {
    const bits = validity[byte];
    if (bits === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((bits >> (i & 7)) & 1) === 0) room[i] = 2;
  }
}

/** The ids with −1 for null. */
export function idsOrMinusOne(ids: Int32Array, validity: Uint8Array, rows: number, room: Int32Array): void {
  room.set(rows === ids.length ? ids : ids.subarray(0, rows));
  const bytes = (rows + 7) >> 3;
  for (let byte = 0; byte < bytes; byte++) {
    const bits = validity[byte];
    if (bits === 0xff) continue;
    const end = Math.min(rows, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++) if (((bits >> (i & 7)) & 1) === 0) room[i] = -1;
  }
}

/** The bitmap of numbers marked with NaN, which become 0 in place; null where there are none. */
export function numberNulls(values: Float64Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls += Number.isNaN(values[i]) ? 1 : 0;
  if (nulls === 0) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let byte = 0; byte < validity.length; byte++) {
    const end = Math.min(rows, byte * 8 + 8);
    let bits = 0;
    for (let i = byte * 8; i < end; i++) {
      if (Number.isNaN(values[i])) values[i] = 0;
      else bits |= 1 << (i & 7);
    }
    validity[byte] = bits;
  }
  return validity;
}

/** The bitmap of bools marked with 2, which become 0 in place. */
export function boolNulls(values: Uint8Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls |= values[i];
  if (nulls < 2) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let byte = 0; byte < validity.length; byte++) {
    const end = Math.min(rows, byte * 8 + 8);
    let bits = 0;
    for (let i = byte * 8; i < end; i++) {
      bits |= (1 - (values[i] >> 1)) << (i & 7);
      values[i] &= 1;
    }
    validity[byte] = bits;
  }
  return validity;
}

/** The bitmap of ids marked with −1, which become 0 in place. */
export function idNulls(ids: Int32Array, rows: number): Validity {
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls |= ids[i];
  if (nulls >= 0) return null;
  const validity = new Uint8Array(validityBytes(rows));
  for (let byte = 0; byte < validity.length; byte++) {
    const end = Math.min(rows, byte * 8 + 8);
    let bits = 0;
    for (let i = byte * 8; i < end; i++) {
      bits |= (1 - (ids[i] >>> 31)) << (i & 7);
      if (ids[i] < 0) ids[i] = 0;
    }
    validity[byte] = bits;
  }
  return validity;
}
