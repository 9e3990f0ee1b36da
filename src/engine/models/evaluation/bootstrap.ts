import { seededRng } from '../../base/rng.ts';

export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

/** Of the resamples, this share must be defined for an interval to be given. */
const DEFINED_SHARE = 0.9;

/**
 * Percentile bootstrap over clusters (patients): each resample draws as many clusters as there are, with replacement, and
 * takes all rows of those drawn, so that rows of one patient are not taken for independent ones. `measure` gets each row's
 * weight, the number of times its cluster was drawn. Returns an interval per metric.
 */
export function clusterBootstrap(
  cluster: Int32Array,
  clusters: number,
  options: { readonly resamples: number; readonly level: number; readonly seed: number },
  metrics: number,
  measure: (weight: Float64Array) => Float64Array,
): Interval[] {
  const rng = seededRng(options.seed);
  const drawn = new Float64Array(clusters);
  const weight = new Float64Array(cluster.length);
  const results = Array.from({ length: metrics }, () => new Float64Array(options.resamples));
  for (let resample = 0; resample < options.resamples; resample++) {
    drawn.fill(0);
    for (let i = 0; i < clusters; i++) drawn[rng.below(clusters)] += 1;
    spread(cluster, drawn, weight);
    const values = measure(weight);
    for (let m = 0; m < metrics; m++) results[m][resample] = values[m];
  }
  return results.map(values => percentileInterval(values, options.level));
}

function spread(cluster: Int32Array, drawn: Float64Array, weight: Float64Array): void {
  for (let row = 0; row < cluster.length; row++) weight[row] = drawn[cluster[row]];
}

function percentileInterval(values: Float64Array, level: number): Interval {
  const defined = values.filter(value => Number.isFinite(value)).sort();
  if (defined.length === 0 || defined.length < values.length * DEFINED_SHARE) return { low: null, high: null };
  const tail = (1 - level) / 2;
  return { low: quantile(defined, tail), high: quantile(defined, 1 - tail) };
}

/** Linear between order statistics (Hyndman and Fan's type 7). */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
