/**
 * Zig-zag varints, as in Kafka's records and their headers. Writing works on whole numbers up to ±(2^53−1); one beyond 32 bits takes a
 * detour over bigint, since shifts end there. Reading is of 32 bits; times, which are longer, are read where records are.
 */
export function varintBytes(value: number): number {
  if (value !== (value | 0)) return longBytes(BigInt(value));
  const zigzag = (value << 1) ^ (value >> 31);
  return Math.max(1, Math.ceil((32 - Math.clz32(zigzag)) / 7));
}

/** Writes the value and gives the place after it. */
export function putVarint(out: Uint8Array, at: number, value: number): number {
  if (value !== (value | 0)) return putLong(out, at, BigInt(value));
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 127; rest >>>= 7) out[at++] = rest | 128;
  out[at++] = rest;
  return at;
}

export function longBytes(value: bigint): number {
  let bytes = 1;
  for (let rest = zigzagOf(value) >> 7n; rest > 0n; rest >>= 7n) bytes++;
  return bytes;
}

export function putLong(out: Uint8Array, at: number, value: bigint): number {
  let rest = zigzagOf(value);
  for (; rest > 127n; rest >>= 7n) out[at++] = Number(rest & 127n) | 128;
  out[at++] = Number(rest);
  return at;
}

function zigzagOf(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

/** A place that reading moves on. NaN from the first value on that cannot be: nothing ends there. */
export interface Cursor {
  at: number;
}

/** A zig-zag varint of at most 32 bits. */
export function readVarint(bytes: Uint8Array, cursor: Cursor): number {
  const first = bytes[cursor.at++];
  return unzigzag(first > 127 ? readMore(bytes, cursor.at, first, cursor) : first);
}

/** The bits of a varint from its second byte on, which is at `at`. */
export function readMore(bytes: Uint8Array, at: number, first: number, cursor: Cursor): number {
  let byte = bytes[at++];
  let bits = (first & 127) | ((byte & 127) << 7);
  for (let shift = 14; byte > 127; shift += 7) {
    byte = bytes[at++];
    if (shift === 28 && byte > 15) {
      cursor.at = Number.NaN;
      return 0;
    }
    bits |= (byte & 127) << shift;
  }
  cursor.at = at;
  return bits;
}

export function unzigzag(bits: number): number {
  return (bits >>> 1) ^ -(bits & 1);
}
