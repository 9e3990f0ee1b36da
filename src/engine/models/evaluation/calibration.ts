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

/**
 * Weighted; NaN where there is no optimum (one class, one score). `steps` at most, from `start`: resamples begin at the
 * whole sample's optimum and need few.
 */
export function recalibrate(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  steps = STEPS_LIMIT,
  start: Recalibration = { slope: 0, slopeIntercept: 0, intercept: 0 },
): Recalibration {
  const [slopeIntercept, slope] = optimum(logit, label, weight, rows, steps, start.slopeIntercept, start.slope, true);
  const [intercept] = optimum(logit, label, weight, rows, steps, start.intercept, 1, false);
  return { slope: sound(slope), slopeIntercept: sound(slopeIntercept), intercept: sound(intercept) };
}

/** Damped Newton steps over (a, b), or over a alone. */
function optimum(
  logit: Float64Array,
  label: Uint8Array,
  weight: Float64Array,
  rows: number,
  steps: number,
  a: number,
  b: number,
  slopeToo: boolean,
): readonly [number, number] {
  const sums = new Float64Array(6);
  const trial = new Float64Array(6);
  addDerivatives(logit, label, weight, rows, a, b, sums);
  for (let step = 0; step < steps; step++) {
    const [ga, gb, haa, hab, hbb, loss] = sums;
    const determinant = haa * hbb - hab * hab;
    if (slopeToo && !(determinant > 1e-12 * haa * hbb)) return [Number.NaN, Number.NaN];
    let da = slopeToo ? (hbb * ga - hab * gb) / determinant : ga / haa;
    let db = slopeToo ? (haa * gb - hab * ga) / determinant : 0;
    for (let halving = 0; halving < HALVINGS_LIMIT; halving++) {
      addDerivatives(logit, label, weight, rows, a - da, b - db, trial);
      if (trial[5] <= loss + 1e-12 * Math.abs(loss)) break;
      da /= 2;
      db /= 2;
    }
    a -= da;
    b -= db;
    sums.set(trial);
    if (!(Math.abs(da) + Math.abs(db) >= 1e-11)) break;
  }
  return [a, b];
}

/** Separable labels drive the coefficients to infinity. */
function sound(value: number): number {
  return Math.abs(value) < 1e3 ? value : Number.NaN;
}

/** Gradient (a, b) and Hessian (aa, ab, bb) of the weighted log loss, and the loss. */
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
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const w = weight[i];
    if (w === 0) continue;
    const z = logit[i];
    const margin = a + b * z;
    const small = Math.exp(-Math.abs(margin));
    const p = margin >= 0 ? 1 / (1 + small) : small / (1 + small);
    loss += w * (Math.log1p(small) + Math.max(0, label[i] === 1 ? -margin : margin));
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
  out[5] = loss;
}
