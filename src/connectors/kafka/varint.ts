/**
 * Zig-zag varints as Kafka writes them. The writing half works on whole numbers up to ±(2^53−1); one beyond 32 bits takes a
 * detour over bigint, since shifts end there.
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
