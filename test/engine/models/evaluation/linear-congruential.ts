/** Uniform numbers that the reference figures in the tests were computed from; the same five lines in Python. */
export function linearCongruential(count: number, seed: number): Float64Array {
  const out = new Float64Array(count);
  let x = seed;
  for (let i = 0; i < count; i++) {
    // 1103515245 · x is above 2^53: split it.
    const low = (x & 0xffff) * 1103515245;
    const high = ((x >>> 16) * 1103515245) % 32768;
    x = (low + high * 65536 + 12345) % 2147483648;
    out[i] = x / 2147483648;
  }
  return out;
}
