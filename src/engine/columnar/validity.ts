/**
 * Arrow validity bitmaps: least significant bit first, 1 = present. A column without nulls carries `null` instead of a
 * bitmap. Bits past the last row are 0 in every bitmap made here.
 */
export type Validity = Uint8Array | null;

/** Bytes of a bitmap for `rows` rows. */
export function validityBytes(rows: number): number {
  return (rows + 7) >> 3;
}

export function isValid(validity: Validity, row: number): boolean {
  return validity === null || ((validity[row >> 3] >> (row & 7)) & 1) === 1;
}

/** A bitmap with the first `rows` bits set. */
export function allValid(rows: number): Uint8Array {
  const bits = new Uint8Array(validityBytes(rows));
  bits.fill(0xff, 0, rows >> 3);
  if ((rows & 7) !== 0) bits[rows >> 3] = (1 << (rows & 7)) - 1;
  return bits;
}

/** How many of the first `rows` rows are present. */
export function countValid(validity: Validity, rows: number): number {
  if (validity === null) return rows;
  let count = 0;
  const whole = rows >> 3;
  for (let i = 0; i < whole; i++) count += bitsIn(validity[i]);
  if ((rows & 7) !== 0) count += bitsIn(validity[whole] & ((1 << (rows & 7)) - 1));
  return count;
}

function bitsIn(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55);
  const quads = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return (quads + (quads >> 4)) & 0x0f;
}

/** Present where both are. */
export function andValidity(a: Validity, b: Validity, rows: number): Validity {
  if (a === null) return b;
  if (b === null) return a;
  const bytes = validityBytes(rows);
  const both = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) both[i] = a[i] & b[i];
  return both;
}

/** The bitmap of rows `[from, to)`, its first bit at bit 0; null when all are present. */
export function sliceValidity(validity: Validity, from: number, to: number): Validity {
  if (validity === null) return null;
  const target = new Uint8Array(validityBytes(to - from));
  copyBits(validity, from, to - from, target, 0);
  return countValid(target, to - from) === to - from ? null : target;
}

/** Copies `count` bits between any bit positions. The target's bits must have been 0. */
export function copyBits(source: Uint8Array, from: number, count: number, target: Uint8Array, to: number): void {
  if (((from | to) & 7) === 0) {
    const whole = count >> 3;
    target.set(source.subarray(from >> 3, (from >> 3) + whole), to >> 3);
    if ((count & 7) !== 0) target[(to >> 3) + whole] |= source[(from >> 3) + whole] & ((1 << (count & 7)) - 1);
    return;
  }
  for (let i = 0; i < count; i++) {
    const bit = (source[(from + i) >> 3] >> ((from + i) & 7)) & 1;
    target[(to + i) >> 3] |= bit << ((to + i) & 7);
  }
}

/** Sets `count` bits from bit `to` on. */
export function setBits(target: Uint8Array, to: number, count: number): void {
  for (let i = to; i < to + count; i++) target[i >> 3] |= 1 << (i & 7);
}

/** The bits at `indices[0, count)`; null when all of them are present. */
export function takeValidity(validity: Validity, indices: Int32Array, count: number): Validity {
  if (validity === null) return null;
  const taken = new Uint8Array(validityBytes(count));
  let missing = 0;
  for (let byte = 0; byte < taken.length; byte++) {
    const end = Math.min(count, byte * 8 + 8);
    let bits = 0;
    for (let i = byte * 8; i < end; i++) {
      const row = indices[i];
      const bit = (validity[row >> 3] >> (row & 7)) & 1;
      bits |= bit << (i & 7);
      missing += 1 - bit;
    }
    taken[byte] = bits;
  }
  return missing === 0 ? null : taken;
}

/** One byte a row, 1 = present, as generated loops read it; null when there are no nulls. */
export function validBytes(validity: Validity, rows: number): Uint8Array | null {
  if (validity === null) return null;
  const bytes = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) bytes[i] = (validity[i >> 3] >> (i & 7)) & 1;
  return bytes;
}

/** Packs one byte a row (1 = present) into a bitmap; null when all of the first `rows` are 1. */
export function packValidity(bytes: Uint8Array, rows: number): Validity {
  const bits = new Uint8Array(validityBytes(rows));
  let present = 0;
  for (let i = 0; i < rows; i++) {
    bits[i >> 3] |= bytes[i] << (i & 7);
    present += bytes[i];
  }
  return present === rows ? null : bits;
}
