/** Kernels over typed arrays handed in: closing over them costs several times the speed. */

/** Gradients of the listed rows side by side, so that the histogram loops read them in order. */
export function gatherGradients(
  gradients: Float64Array,
  rows: Int32Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const at = rows[i] << 1;
    out[o] = gradients[at];
    out[o + 1] = gradients[at + 1];
  }
}

/**
 * Adds gradient and hessian of rows[from, to) to one column's slots, `sums[base + slot·2]`. A row's slot is the byte at
 * `shift` of `words[first + row]`; `ordered` is from `gatherGradients`.
 */
export function addToHistogram(
  sums: Float64Array,
  base: number,
  words: Int32Array,
  first: number,
  shift: number,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const at = base + (((words[first + rows[i]] >>> shift) & 255) << 1);
    sums[at] += ordered[o];
    sums[at + 1] += ordered[o + 1];
  }
}

/** Two columns of a word at once. */
export function addToTwoHistograms(
  sums: Float64Array,
  baseA: number,
  baseB: number,
  words: Int32Array,
  first: number,
  shiftA: number,
  shiftB: number,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const word = words[first + rows[i]];
    const g = ordered[o];
    const h = ordered[o + 1];
    const a = baseA + (((word >>> shiftA) & 255) << 1);
    const b = baseB + (((word >>> shiftB) & 255) << 1);
    sums[a] += g;
    sums[a + 1] += h;
    sums[b] += g;
    sums[b + 1] += h;
  }
}

/** All four columns of a word at once: a quarter of the loads of rows, gradients and slots. */
export function addToFourHistograms(
  sums: Float64Array,
  baseA: number,
  baseB: number,
  baseC: number,
  baseD: number,
  words: Int32Array,
  first: number,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const word = words[first + rows[i]];
    const g = ordered[o];
    const h = ordered[o + 1];
    const a = baseA + ((word << 1) & 510);
    const b = baseB + ((word >>> 7) & 510);
    const c = baseC + ((word >>> 15) & 510);
    const d = baseD + ((word >>> 23) & 510);
    sums[a] += g;
    sums[a + 1] += h;
    sums[b] += g;
    sums[b + 1] += h;
    sums[c] += g;
    sums[c + 1] += h;
    sums[d] += g;
    sums[d + 1] += h;
  }
}

/** Moves the rows that go left to the front, both sides keeping their order; returns where the right side begins. */
export function partitionRows(
  rows: Int32Array,
  from: number,
  to: number,
  bytes: Uint8Array,
  first: number,
  goesLeft: Uint8Array,
  spare: Int32Array,
): number {
  let left = from;
  let right = 0;
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const is = goesLeft[bytes[first + (row << 2)]];
    rows[left] = row;
    spare[right] = row;
    left += is;
    right += 1 - is;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}

export function copyInto(total: Float64Array, part: Float64Array, from: number, to: number, shift: number): void {
  for (let i = from; i < to; i++) total[i] = part[i + shift];
}

export function addInto(total: Float64Array, part: Float64Array, from: number, to: number, shift: number): void {
  for (let i = from; i < to; i++) total[i] += part[i + shift];
}
