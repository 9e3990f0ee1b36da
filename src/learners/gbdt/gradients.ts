/** First and second derivatives of the log loss by margin, times weight, rounded to `quantum` (see `quantum.ts`). */
export function logisticGradients(
  margins: Float64Array,
  labels: Float64Array,
  weights: Float64Array | null,
  positiveWeight: number,
  rows: number,
  quantum: number,
  out: Float64Array,
): void {
  const scale = 1 / quantum;
  for (let row = 0; row < rows; row++) {
    const p = 1 / (1 + Math.exp(-margins[row]));
    const y = labels[row];
    const weight = (weights === null ? 1 : weights[row]) * (y === 1 ? positiveWeight : 1);
    out[row * 2] = Math.round((p - y) * weight * scale) * quantum;
    out[row * 2 + 1] = Math.round(p * (1 - p) * weight * scale) * quantum;
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
