/**
 * A 32-bit mix of a seed, a purpose and a row's place in its partition: the randomness of row samples and folds, the same
 * wherever the partition is. Finaliser of MurmurHash3 over a running state.
 */
export function rowHash(seed: number, purpose: number, row: number): number {
  let h = finalise((seed | 0) ^ 0x9e3779b9);
  h = finalise(h ^ (purpose | 0));
  return finalise(h ^ row) >>> 0;
}

function finalise(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h + 0x6b43a9b5) ^ (h >>> 16);
}
