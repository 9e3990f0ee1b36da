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
 * Adds gradient and hessian of rows[from, to) to the slots of one column, `sums[base + slot·2]`. `ordered` is theirs from
 * `gatherGradients`.
 */
export function addToHistogram(
  sums: Float64Array,
  base: number,
  slots: Uint8Array,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const at = base + (slots[rows[i]] << 1);
    sums[at] += ordered[o];
    sums[at + 1] += ordered[o + 1];
  }
}

/** Four columns at once: a quarter of the loads of rows and gradients. */
export function addToFourHistograms(
  sums: Float64Array,
  bases: Int32Array,
  slotsA: Uint8Array,
  slotsB: Uint8Array,
  slotsC: Uint8Array,
  slotsD: Uint8Array,
  rows: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  const [baseA, baseB, baseC, baseD] = bases;
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const row = rows[i];
    const g = ordered[o];
    const h = ordered[o + 1];
    const a = baseA + (slotsA[row] << 1);
    const b = baseB + (slotsB[row] << 1);
    const c = baseC + (slotsC[row] << 1);
    const d = baseD + (slotsD[row] << 1);
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
  codes: Uint8Array,
  goesLeft: Uint8Array,
  spare: Int32Array,
): number {
  let left = from;
  let right = 0;
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const is = goesLeft[codes[row]];
    rows[left] = row;
    spare[right] = row;
    left += is;
    right += 1 - is;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}

export function addInto(total: Float64Array, part: Float64Array, from: number, to: number, shift: number): void {
  for (let i = from; i < to; i++) total[i] += part[i + shift];
}
