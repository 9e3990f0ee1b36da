import type { CalibrationBin, CapacityPoint, PrPoint, RocPoint } from '../../contract/evaluation-detail.ts';
import { decisionMetrics } from './binary-metrics.ts';
import type { RankedScores } from './ranked-scores.ts';

/** Points kept of a curve: enough for a plot of any size. */
const CURVE_POINTS = 200;
const CALIBRATION_BINS = 10;

/** Both curves at distinct scores, from the strictest; thinned, ends kept. */
export function rankCurves(ranked: RankedScores): {
  readonly roc: readonly RocPoint[];
  readonly pr: readonly PrPoint[];
} {
  const { rows, score, label } = ranked;
  const positives = label.reduce((sum, one) => sum + one, 0);
  const negatives = rows - positives;
  if (positives === 0 || negatives === 0) return { roc: [], pr: [] };
  const roc: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  const pr: PrPoint[] = [];
  let truePositives = 0;
  for (let i = 0; i < rows; i++) {
    truePositives += label[i];
    if (i + 1 < rows && score[i + 1] === score[i]) continue;
    roc.push({
      falsePositiveRate: (i + 1 - truePositives) / negatives,
      truePositiveRate: truePositives / positives,
    });
    pr.push({ recall: truePositives / positives, precision: truePositives / (i + 1) });
  }
  return {
    roc: thinned(roc, point => point.falsePositiveRate + point.truePositiveRate),
    pr: thinned(pr, point => point.recall),
  };
}

/** Ends kept, and between them points evenly spaced in what grows along the curve, so that its steep start is not skipped. */
function thinned<T>(points: readonly T[], along: (point: T) => number): T[] {
  if (points.length <= CURVE_POINTS) return [...points];
  const last = points[points.length - 1];
  const step = along(last) / (CURVE_POINTS - 2);
  let passed = 0;
  const kept = points.slice(1, -1).filter(point => {
    const steps = Math.floor(along(point) / step);
    const isNext = steps > passed;
    passed = steps;
    return isNext;
  });
  return [points[0], ...kept, last];
}

/** What flagging the highest `share` of the rows gives. Rows tied at the cut count by the part of them that fits. */
export function capacityPoint(ranked: RankedScores, share: number): CapacityPoint {
  const { rows, score, label } = ranked;
  const flagged = share * rows;
  const last = Math.min(rows - 1, Math.max(0, Math.ceil(flagged - 1e-9) - 1));
  let from = last;
  let to = last + 1;
  while (from > 0 && score[from - 1] === score[last]) from--;
  while (to < rows && score[to] === score[last]) to++;
  const before = sumLabels(label, 0, from);
  const tied = sumLabels(label, from, to);
  const positives = sumLabels(label, 0, rows);
  const truePositives = before + (tied * (flagged - from)) / (to - from);
  const falsePositives = flagged - truePositives;
  const falseNegatives = positives - truePositives;
  const trueNegatives = rows - positives - falsePositives;
  const [, precision, recall, specificity, f1] = decisionMetrics({
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
  });
  return {
    share,
    threshold: score[last],
    precision: finite(precision),
    recall: finite(recall),
    specificity: finite(specificity),
    f1: finite(f1),
  };
}

function sumLabels(label: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += label[i];
  return sum;
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Tenths of the rows by score, lowest first. */
export function calibrationBins(ranked: RankedScores): CalibrationBin[] {
  const bins: CalibrationBin[] = [];
  for (let b = CALIBRATION_BINS - 1; b >= 0; b--) {
    const from = Math.floor((b * ranked.rows) / CALIBRATION_BINS);
    const to = Math.floor(((b + 1) * ranked.rows) / CALIBRATION_BINS);
    if (to === from) continue;
    let predicted = 0;
    for (let i = from; i < to; i++) predicted += ranked.score[i];
    const observed = sumLabels(ranked.label, from, to) / (to - from);
    bins.push({ rows: to - from, predicted: predicted / (to - from), observed, ...wilson(observed, to - from) });
  }
  return bins;
}

/** Wilson 1927, score interval of a share, 95 %. */
function wilson(share: number, n: number): { low: number; high: number } {
  const z = 1.959963984540054;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
