/** 2^(j/64) for j < 64, then 2^k for k from −1022 at `POWERS_AT`. */
const EXP_TABLE = Float64Array.from({ length: 64 + 2046 }, (_, i) => (i < 64 ? 2 ** (i / 64) : 2 ** (i - 64 - 1022)));
const POWERS_AT = 64 + 1022;
const STEPS_PER_UNIT = 64 / Math.LN2;
/** ln 2 / 64 in two parts, the first with so few bits that a multiple of it is exact. */
const STEP_HIGH = 0.010830424695086549;
const STEP_LOW = Math.LN2 / 64 - STEP_HIGH + 2.3190468138462996e-17 / 64;

/**
 * First and second derivatives of the log loss by margin, times weight, of the listed rows, rounded to `quantum` (see
 * `quantum.ts`).
 */
export function logisticGradients(
  margins: Float64Array,
  labels: Float64Array,
  weights: Float64Array | null,
  positiveWeight: number,
  listed: Int32Array,
  count: number,
  quantum: number,
  out: Float64Array,
): void {
  addLogisticGradients(margins, labels, weights, positiveWeight, listed, count, quantum, EXP_TABLE, out);
}

function addLogisticGradients(
  margins: Float64Array,
  labels: Float64Array,
  weights: Float64Array | null,
  positiveWeight: number,
  listed: Int32Array,
  count: number,
  quantum: number,
  table: Float64Array,
  out: Float64Array,
): void {
  // Adding and taking away 1.5 · 2⁵² quanta rounds to a multiple of the quantum, halves to even.
  const rounder = 6755399441055744 * quantum;
  for (let i = 0; i < count; i++) {
    const row = listed[i];
    const x = -margins[row];
    let power = 0;
    if (x > -700 && x < 700) {
      // x = step · ln 2 / 64 + r with |r| ≤ ln 2 / 128, where five terms of the series leave 10⁻¹⁷.
      const step = Math.floor(x * STEPS_PER_UNIT + 0.5) | 0;
      const r = x - step * STEP_HIGH - step * STEP_LOW;
      const series = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
      power = table[step & 63] * series * table[POWERS_AT + (step >> 6)];
    } else power = Math.exp(x);
    const p = 1 / (1 + power);
    const y = labels[row];
    const weight = (weights === null ? 1 : weights[row]) * (y === 1 ? positiveWeight : 1);
    out[row * 2] = (p - y) * weight + rounder - rounder;
    out[row * 2 + 1] = p * (1 - p) * weight + rounder - rounder;
  }
}

/** Softmax probabilities from `margins[class][row]`. */
export function softmax(margins: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
  for (let row = 0; row < rows; row++) {
    let largest = -Infinity;
    for (let k = 0; k < margins.length; k++) largest = Math.max(largest, margins[k][row]);
    let sum = 0;
    for (let k = 0; k < margins.length; k++) sum += out[k][row] = Math.exp(margins[k][row] - largest);
    for (let k = 0; k < margins.length; k++) out[k][row] /= sum;
  }
}

/**
 * Gradients of the softmax loss for one class. The hessian is the diagonal's times K/(K−1), Friedman's factor (2001,
 * "Greedy function approximation", equation 33), for the class scores are one too many.
 */
export function softmaxGradients(
  probabilities: readonly Float64Array[],
  output: number,
  labels: Float64Array,
  weights: Float64Array | null,
  rows: number,
  quantum: number,
  out: Float64Array,
): void {
  const scale = 1 / quantum;
  const factor = probabilities.length / (probabilities.length - 1);
  const mine = probabilities[output];
  for (let row = 0; row < rows; row++) {
    const p = mine[row];
    const weight = weights === null ? 1 : weights[row];
    out[row * 2] = Math.round((p - (labels[row] === output ? 1 : 0)) * weight * scale) * quantum;
    out[row * 2 + 1] = Math.round(factor * p * (1 - p) * weight * scale) * quantum;
  }
}
