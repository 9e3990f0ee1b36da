/**
 * Gradients are rounded to multiples of a power of two before they are summed. With the quantum chosen from the largest
 * weight and the number of rows every sum of them is exact in 53 bits, so sums do not depend on their order: a node's
 * histogram less one child's is the other child's to the bit, and so is a usual bin's share (`slot-layout.ts`).
 * The rounding is at most 2⁻³³ of the largest weight up to a million rows, and coarser by a bit per doubling after.
 */
export function gradientQuantum(largestWeight: number, rows: number): number {
  const bits = Math.min(32, 52 - Math.ceil(Math.log2(rows + 1)));
  return 2 ** (Math.ceil(Math.log2(largestWeight)) - bits);
}
