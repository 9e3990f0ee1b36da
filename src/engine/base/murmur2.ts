/**
 * MurmurHash2 of 32 bits (Austin Appleby, public domain) as Kafka's clients compute it: with their seed, the result signed.
 * Where a key goes depends on it, so it must be theirs to the bit.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let h = 0x9747b28c ^ length;
  const blocksEnd = length & ~3;
  for (let i = 0; i < blocksEnd; i += 4) {
    let k = Math.imul(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24), M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  if (blocksEnd < length) {
    let tail = 0;
    for (let i = length - 1; i >= blocksEnd; i--) tail = (tail << 8) | bytes[i];
    h = Math.imul(h ^ tail, M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
const M = 0x5bd1e995;

/** The partition Kafka's default partitioner gives a key. Its `toPositive` drops the sign, which is not the absolute value. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}
