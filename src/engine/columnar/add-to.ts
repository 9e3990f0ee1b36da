/** Adds the first `rows` of `part` to those of `sums`, in place. */
export function addTo(sums: Float64Array, part: Float64Array, rows: number): void {
  for (let row = 0; row < rows; row++) sums[row] += part[row];
}
