import { type Recalibration, type RecalibrationStart, recalibrate } from './calibration.ts';
import { ECE_BINS, type RankedScores } from './ranked-scores.ts';

/** Names and order of what `binaryMetrics` computes. */
export const BINARY_METRICS = [
  'auroc',
  'auprc',
  'brier',
  'log_loss',
  'ece',
  'calibration_slope',
  'calibration_intercept',
  'accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'macro_f1',
] as const;

/**
 * All metrics of weighted rows; NaN where one is not defined. Weight counts how often a row was drawn.
 * `auroc`: ties count half. `auprc`: average precision, Σ (recall step) · precision, over distinct scores. `ece`: ten
 * equal-width bins of the score, mean |mean score − rate| by weight. The last six are at `score ≥ threshold`.
 */
export function binaryMetrics(
  ranked: RankedScores,
  weight: Float64Array,
  threshold: number,
  start: RecalibrationStart | null,
): { readonly values: Float64Array; readonly recalibration: Recalibration } {
  const { rows, score, label, squaredError, logLoss, logit, eceBin } = ranked;
  const values = new Float64Array(BINARY_METRICS.length);
  rankMetrics(score, label, weight, rows, values);
  lossMetrics(squaredError, logLoss, weight, rows, values);
  values[4] = expectedCalibrationError(score, label, eceBin, weight, rows);
  const recalibration = recalibrate(logit, label, weight, rows, start);
  values[5] = recalibration.slope;
  values[6] = recalibration.intercept;
  values.set(decisionMetrics(countsAt(score, label, weight, rows, threshold)), 7);
  return { values, recalibration };
}

function rankMetrics(
  score: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  out: Float64Array,
): void {
  let positives = 0;
  for (let i = 0; i < rows; i++) if (label[i] === 1) positives += weight[i];
  let truePositives = 0;
  let falsePositives = 0;
  let ranked = 0;
  let precisionSum = 0;
  for (let i = 0; i < rows; ) {
    let tiedPositives = 0;
    let tiedNegatives = 0;
    const tied = score[i];
    for (; i < rows && score[i] === tied; i++) {
      if (label[i] === 1) tiedPositives += weight[i];
      else tiedNegatives += weight[i];
    }
    // Pairs in which the negative is below: those of the positives so far, and half of the tied ones.
    ranked += tiedNegatives * (truePositives + tiedPositives / 2);
    truePositives += tiedPositives;
    falsePositives += tiedNegatives;
    if (tiedPositives > 0) precisionSum += (tiedPositives * truePositives) / (truePositives + falsePositives);
  }
  out[0] = ranked / (positives * falsePositives);
  out[1] = precisionSum / positives;
}

function lossMetrics(
  squaredError: Float64Array,
  logLoss: Float64Array,
  weight: Float64Array,
  rows: number,
  out: Float64Array,
): void {
  let squares = 0;
  let losses = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    squares += weight[i] * squaredError[i];
    losses += weight[i] * logLoss[i];
    total += weight[i];
  }
  out[2] = squares / total;
  out[3] = losses / total;
}

function expectedCalibrationError(
  score: Float64Array,
  label: Uint8Array,
  bin: Uint8Array,
  weight: Float64Array,
  rows: number,
): number {
  const gap = new Float64Array(ECE_BINS);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    gap[bin[i]] += weight[i] * (score[i] - label[i]);
    total += weight[i];
  }
  let sum = 0;
  for (let b = 0; b < ECE_BINS; b++) sum += Math.abs(gap[b]);
  return sum / total;
}

/** Weights of the four outcomes of a decision. */
export interface DecisionCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

export function countsAt(
  score: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  threshold: number,
): DecisionCounts {
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  let trueNegatives = 0;
  for (let i = 0; i < rows; i++) {
    if (score[i] >= threshold) {
      if (label[i] === 1) truePositives += weight[i];
      else falsePositives += weight[i];
    } else if (label[i] === 1) falseNegatives += weight[i];
    else trueNegatives += weight[i];
  }
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** Accuracy, precision, recall, specificity, F1, macro F1 (over the classes that occur); NaN for a ratio to nothing. */
export function decisionMetrics(counts: DecisionCounts): readonly [number, number, number, number, number, number] {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const all = truePositives + falsePositives + falseNegatives + trueNegatives;
  const wrong = falsePositives + falseNegatives;
  const f1s = [(2 * truePositives) / (2 * truePositives + wrong), (2 * trueNegatives) / (2 * trueNegatives + wrong)];
  const present = f1s.filter(one => !Number.isNaN(one));
  return [
    (truePositives + trueNegatives) / all,
    truePositives / (truePositives + falsePositives),
    truePositives / (truePositives + falseNegatives),
    trueNegatives / (trueNegatives + falsePositives),
    f1s[0],
    present.reduce((sum, one) => sum + one, 0) / present.length,
  ];
}
