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

/** Moves sums from `from` on to `to` on, and leaves zeros. */
export function takeSums(sums: Float64Array, from: number, length: number, out: Float64Array, to: number): void {
  for (let i = 0; i < length; i++) {
    out[to + i] = sums[from + i];
    sums[from + i] = 0;
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
