import type { SparseRows } from './design.ts';

/**
 * Weighted sums over one partition at given coefficients. `outputs` is 1 for two classes (the log-odds of the second),
 * else one score per class. Coefficient (k, f) is at k·(features + 1) + f; the intercept of k is its last.
 */
export interface LossSums {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Upper triangle filled, row-major, of all coefficients squared; empty when not asked for. */
  readonly hessian: Float64Array;
}

export function lossSums(
  data: SparseRows,
  labels: Float64Array,
  weights: Float64Array | null,
  coefficients: Float64Array,
  features: number,
  outputs: number,
  wantsHessian: boolean,
): LossSums {
  const width = features + 1;
  const size = width * outputs;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(wantsHessian ? size * size : 0);
  const scores = new Float64Array(outputs);
  const slope = new Float64Array(outputs);
  let loss = 0;
  for (let row = 0; row < data.rows; row++) {
    const weight = weights === null ? 1 : weights[row];
    if (weight === 0) continue;
    const from = data.start[row];
    const to = data.start[row + 1];
    for (let k = 0; k < outputs; k++) {
      scores[k] = scoreOf(data.feature, data.value, from, to, coefficients, k * width, features);
    }
    loss += weight * (outputs === 1 ? logisticLoss(scores, labels[row]) : softmaxLoss(scores, labels[row]));
    for (let k = 0; k < outputs; k++) {
      slope[k] = weight * (scores[k] - (outputs === 1 ? labels[row] : labels[row] === k ? 1 : 0));
      addScaled(data.feature, data.value, from, to, slope[k], gradient, k * width, features);
    }
    if (!wantsHessian) continue;
    for (let k = 0; k < outputs; k++) {
      for (let j = k; j < outputs; j++) {
        const curvature = weight * (k === j ? scores[k] * (1 - scores[k]) : -scores[k] * scores[j]);
        addOuter(data.feature, data.value, from, to, curvature, hessian, k * width, j * width, features, size);
      }
    }
  }
  return { loss, gradient, hessian };
}

function scoreOf(
  feature: Int32Array,
  value: Float64Array,
  from: number,
  to: number,
  coefficients: Float64Array,
  at: number,
  features: number,
): number {
  let score = coefficients[at + features];
  for (let i = from; i < to; i++) score += coefficients[at + feature[i]] * value[i];
  return score;
}

/** Leaves the probability of the second class in `scores[0]`. */
function logisticLoss(scores: Float64Array, label: number): number {
  const margin = label === 1 ? scores[0] : -scores[0];
  scores[0] = 1 / (1 + Math.exp(-scores[0]));
  return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
}

/** Leaves the classes' probabilities in `scores`. */
function softmaxLoss(scores: Float64Array, label: number): number {
  let largest = -Infinity;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += Math.exp(scores[k] - largest);
  const loss = Math.log(sum) - (scores[label] - largest);
  for (let k = 0; k < scores.length; k++) scores[k] = Math.exp(scores[k] - largest) / sum;
  return loss;
}

function addScaled(
  feature: Int32Array,
  value: Float64Array,
  from: number,
  to: number,
  scale: number,
  out: Float64Array,
  at: number,
  features: number,
): void {
  for (let i = from; i < to; i++) out[at + feature[i]] += scale * value[i];
  out[at + features] += scale;
}

/** Adds scale · x xᵀ to the block at (rowAt, columnAt); on the diagonal its upper triangle only. Features ascend in a row. */
function addOuter(
  feature: Int32Array,
  value: Float64Array,
  from: number,
  to: number,
  scale: number,
  hessian: Float64Array,
  rowAt: number,
  columnAt: number,
  features: number,
  size: number,
): void {
  const isDiagonal = rowAt === columnAt;
  for (let i = from; i < to; i++) {
    const scaled = scale * value[i];
    const line = (rowAt + feature[i]) * size + columnAt;
    for (let j = isDiagonal ? i : from; j < to; j++) hessian[line + feature[j]] += scaled * value[j];
    hessian[line + features] += scaled;
  }
  const line = (rowAt + features) * size + columnAt;
  if (!isDiagonal) for (let j = from; j < to; j++) hessian[line + feature[j]] += scale * value[j];
  hessian[line + features] += scale;
}
