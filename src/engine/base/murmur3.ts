/** MurmurHash3 x86 32-bit (Austin Appleby, public domain) over `bytes[from, to)`. Unsigned result. */
export function murmur3(bytes: Uint8Array, from = 0, to = bytes.length, seed = 0): number {
  let h = seed | 0;
  const blocksEnd = from + ((to - from) & ~3);
  for (let i = from; i < blocksEnd; i += 4) {
    const k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    h ^= scramble(k);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = to - 1; i >= blocksEnd; i--) tail = (tail << 8) | bytes[i];
  if (blocksEnd < to) h ^= scramble(tail);
  h ^= to - from;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(k: number): number {
  const mixed = Math.imul(k, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
