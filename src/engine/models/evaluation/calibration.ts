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

/** Halvings of a Newton step that overshoots, which very extreme scores make happen. */
const HALVINGS_LIMIT = 30;
const STEPS_LIMIT = 50;

/** Where resamples begin: the whole sample's optimum, with what each row adds to the derivatives there. */
export interface RecalibrationStart {
  readonly at: Recalibration;
  readonly steps: number;
  readonly reach: number;
  readonly slope: RowDerivatives;
  readonly intercept: RowDerivatives;
}
/** p − y and p (1 − p), by row. */
interface RowDerivatives {
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
}

export function recalibrationStart(
  at: Recalibration,
  logit: Float64Array,
  label: Uint8Array,
  rows: number,
  steps: number,
): RecalibrationStart {
  return {
    at,
    steps,
    reach: largest(logit, rows),
    slope: rowDerivatives(logit, label, rows, at.slopeIntercept, at.slope),
    intercept: rowDerivatives(logit, label, rows, at.intercept, 1),
  };
}

function rowDerivatives(logit: Float64Array, label: Uint8Array, rows: number, a: number, b: number): RowDerivatives {
  const gradient = new Float64Array(rows);
  const curvature = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const p = 1 / (1 + Math.exp(-(a + b * logit[i])));
    gradient[i] = p - label[i];
    curvature[i] = p * (1 - p);
  }
  return { gradient, curvature };
}

/** Weighted; NaN where there is no optimum (one class, one score, classes that a score separates). */
export function recalibrate(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  start: RecalibrationStart | null = null,
): Recalibration {
  const rowsIn = {
    logit,
    label,
    weight,
    rows,
    reach: start?.reach ?? largest(logit, rows),
    steps: start?.steps ?? STEPS_LIMIT,
  };
  const [a, b] = [start?.at.slopeIntercept ?? 0, start?.at.slope ?? 0];
  const none = [Number.NaN, Number.NaN] as const;
  const [slopeIntercept, slope] = isSeparated(rowsIn) ? none : optimum(rowsIn, a, b, true, start?.slope ?? null);
  const [intercept] = optimum(rowsIn, start?.at.intercept ?? 0, 1, false, start?.intercept ?? null);
  return { slope: sound(slope), slopeIntercept: sound(slopeIntercept), intercept: sound(intercept) };
}

function largest(logit: Float64Array, rows: number): number {
  let most = 0;
  for (let i = 0; i < rows; i++) most = Math.max(most, Math.abs(logit[i]));
  return most;
}

interface RowsIn {
  readonly logit: Float64Array;
  readonly label: Uint8Array;
  readonly weight: Float64Array;
  readonly rows: number;
  /** Largest |logit|. */
  readonly reach: number;
  readonly steps: number;
}

/**
 * Newton steps over (a, b), or over a alone; `known` are the rows' derivatives at the start. A step that moves no margin by more
 * than 1 lowers the loss: the loss's third derivative along it is at most that move times the second, so the loss falls by at
 * least dᵀHd · (1 − (e − 2)). Only a longer step is tried out, and halved while it overshoots.
 */
function optimum(
  rowsIn: RowsIn,
  a: number,
  b: number,
  slopeToo: boolean,
  known: RowDerivatives | null,
): readonly [number, number] {
  const { logit, label, weight, rows, reach, steps } = rowsIn;
  const sums = new Float64Array(5);
  addDerivatives(rowsIn, a, b, known, sums);
  for (let step = 0; step < steps; step++) {
    const [ga, gb, haa, hab, hbb] = sums;
    const determinant = haa * hbb - hab * hab;
    if (slopeToo && !(determinant > 1e-12 * haa * hbb)) return [Number.NaN, Number.NaN];
    let da = slopeToo ? (hbb * ga - hab * gb) / determinant : ga / haa;
    let db = slopeToo ? (haa * gb - hab * ga) / determinant : 0;
    if (!(Math.abs(da) + Math.abs(db) * reach <= 1)) {
      const loss = lossAt(logit, label, weight, rows, a, b);
      for (let halving = 0; halving < HALVINGS_LIMIT; halving++) {
        if (lossAt(logit, label, weight, rows, a - da, b - db) <= loss + 1e-12 * Math.abs(loss)) break;
        da /= 2;
        db /= 2;
      }
    }
    a -= da;
    b -= db;
    if (step + 1 === steps || !(Math.abs(da) + Math.abs(db) >= 1e-11)) break;
    addDerivatives(rowsIn, a, b, null, sums);
  }
  return [a, b];
}

/** Whether all of one class score at least as high as all of the other: the steeper the slope, the better, without an end. */
function isSeparated({ logit, label, weight, rows }: RowsIn): boolean {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < rows; i++) {
    if (weight[i] === 0) continue;
    low[label[i]] = Math.min(low[label[i]], logit[i]);
    high[label[i]] = Math.max(high[label[i]], logit[i]);
  }
  return low[1] >= high[0] || low[0] >= high[1];
}

/** Labels that are all but separable drive the coefficients so far that they say nothing. */
function sound(value: number): number {
  return Math.abs(value) < 1e3 ? value : Number.NaN;
}

/** Gradient (a, b) and Hessian (aa, ab, bb) of the weighted log loss; `known`: what each row adds is known already. */
function addDerivatives(
  { logit, label, weight, rows }: RowsIn,
  a: number,
  b: number,
  known: RowDerivatives | null,
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
    let g: number;
    let h: number;
    if (known === null) {
      const p = 1 / (1 + Math.exp(-(a + b * z)));
      g = w * (p - label[i]);
      h = w * (p * (1 - p));
    } else {
      g = w * known.gradient[i];
      h = w * known.curvature[i];
    }
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

function lossAt(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  a: number,
  b: number,
): number {
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    if (weight[i] === 0) continue;
    const margin = a + b * logit[i];
    const against = label[i] === 1 ? -margin : margin;
    loss += weight[i] * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, against));
  }
  return loss;
}
