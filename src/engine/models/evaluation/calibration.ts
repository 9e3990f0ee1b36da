/**
 * Logistic recalibration: slope b of logit P(y) = a + b · logit(p), and intercept a of logit P(y) = a + logit(p), which is
 * calibration in the large (Van Calster et al. 2019, "Calibration: the Achilles heel of predictive analytics").
 * 1 and 0 are perfect; a slope under 1 means scores too extreme.
 */
export interface Recalibration {
  readonly slope: number;
  readonly slopeIntercept: number;
  readonly intercept: number;
}

const PERFECT: Recalibration = { slope: 1, slopeIntercept: 0, intercept: 0 };

/** Weighted, by Newton steps from `start`; NaN where there is no optimum (one class, one score). */
export function recalibrate(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  steps = 50,
  start: Recalibration = PERFECT,
): Recalibration {
  const sums = new Float64Array(5);
  let { slope, slopeIntercept, intercept } = start;
  for (let step = 0; step < steps; step++) {
    addDerivatives(logit, label, weight, rows, slopeIntercept, slope, sums);
    const [ga, gb, haa, hab, hbb] = sums;
    const determinant = haa * hbb - hab * hab;
    if (!(determinant > 1e-12 * haa * hbb)) {
      slope = slopeIntercept = Number.NaN;
      break;
    }
    const da = (hbb * ga - hab * gb) / determinant;
    const db = (haa * gb - hab * ga) / determinant;
    slopeIntercept -= da;
    slope -= db;
    if (Math.abs(da) + Math.abs(db) < 1e-12) break;
  }
  for (let step = 0; step < steps; step++) {
    addDerivatives(logit, label, weight, rows, intercept, 1, sums);
    const change = sums[0] / sums[2];
    intercept -= change;
    if (!(Math.abs(change) >= 1e-12)) break;
  }
  return {
    slope: sound(slope),
    slopeIntercept: sound(slopeIntercept),
    intercept: sound(intercept),
  };
}

/** Separable labels drive the coefficients to infinity. */
function sound(value: number): number {
  return Math.abs(value) < 1e3 ? value : Number.NaN;
}

/** Gradient (a, b) and Hessian (aa, ab, bb) of the weighted log loss. */
function addDerivatives(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  a: number,
  b: number,
  out: Float64Array,
): void {
  let ga = 0;
  let gb = 0;
  let haa = 0;
  let hab = 0;
  let hbb = 0;
  for (let i = 0; i < rows; i++) {
    const w = weight[i];
    if (w === 0) continue;
    const z = logit[i];
    const p = 1 / (1 + Math.exp(-(a + b * z)));
    const g = w * (p - label[i]);
    const h = w * p * (1 - p);
    ga += g;
    gb += g * z;
    haa += h;
    hab += h * z;
    hbb += h * z * z;
  }
  out[0] = ga;
  out[1] = gb;
  out[2] = haa;
  out[3] = hab;
  out[4] = hbb;
}
