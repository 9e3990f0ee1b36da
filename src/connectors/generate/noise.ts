/** A number in [0, 1) for each (seed, stream, index): no state, so any row can be made alone. */
export function uniform(seed: number, stream: number, index: number): number {
  const high =
    mix(mix(mix(seed ^ 0x9e3779b9) ^ stream) ^ (index | 0)) ^ mix(Math.floor(index / 4294967296) + 0x51ed270b);
  const low = mix(high + 0x6c62272e);
  return ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;
}

/** Final mixer of splitmix32 (after Chris Wellons' search for low-bias 32-bit mixers, public domain). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
