import { assert } from '../../base/assert.ts';
import type { EvaluationDetail, IntervalMethod, MetricValue, Subgroup } from '../../contract/evaluation-detail.ts';
import { BINARY_METRICS, binaryMetrics, countsAt } from './binary-metrics.ts';
import { clusterBootstrap, type Interval } from './bootstrap.ts';
import { recalibrationStart } from './calibration.ts';
import { calibrationBins, capacityPoint, finite, rankCurves } from './curves.ts';
import { classedRows, confusionOf, MULTICLASS_METRICS, multiclassMetrics } from './multiclass-metrics.ts';
import { denseClusters, type RankedScores, rankScores } from './ranked-scores.ts';

export interface EvaluationInput {
  readonly classes: readonly string[];
  /** `probabilities[class][row]`. */
  readonly probabilities: readonly Float64Array[];
  /** Class index by row; its length is the number of rows. */
  readonly labels: Float64Array;
  /** Who the row is about, any ids; null where rows are independent. */
  readonly clusters: Int32Array | null;
  /** Columns to report on by value: `values[ids[row]]`, -1 for none. */
  readonly by: readonly SubgroupColumn[];
}
export interface SubgroupColumn {
  readonly column: string;
  readonly values: readonly string[];
  readonly ids: Int32Array;
}
export interface EvaluationOptions {
  /** Two classes: a row is predicted positive from this probability. */
  readonly threshold: number;
  /** Shares of the rows that could be acted on. */
  readonly capacities: readonly number[];
  /** Resamples for the intervals; 0 for none. */
  readonly resamples: number;
  readonly level: number;
  readonly seed: number;
  /** Groups with fewer rows are listed without figures. */
  readonly minimumGroup: number;
}
export const DEFAULT_EVALUATION: EvaluationOptions = {
  threshold: 0.5,
  capacities: [0.01, 0.02, 0.05, 0.1, 0.2],
  resamples: 1000,
  level: 0.95,
  seed: 1,
  minimumGroup: 50,
};

/** Newton steps of the recalibration in a resample, which starts from the whole sample's optimum. */
const RESAMPLE_STEPS = 2;

/** Deterministic in input and options. */
export function evaluate(input: EvaluationInput, given: Partial<EvaluationOptions> = {}): EvaluationDetail {
  const options = { ...DEFAULT_EVALUATION, ...given };
  assert(input.classes.length >= 2 && input.probabilities.length === input.classes.length, 'a probability per class');
  return input.classes.length === 2 ? evaluateTwo(input, options) : evaluateMany(input, options);
}

/** What both kinds of report share. */
function common(input: EvaluationInput): Pick<EvaluationDetail, 'classes' | 'rows' | 'rowsByClass'> {
  const rowsByClass = input.classes.map(() => 0);
  for (const label of input.labels) rowsByClass[label] += 1;
  return { classes: input.classes, rows: input.labels.length, rowsByClass };
}

function evaluateTwo(input: EvaluationInput, options: EvaluationOptions): EvaluationDetail {
  const rows = input.labels.length;
  const positive = Uint8Array.from(input.labels);
  const ranked = rankScores(input.probabilities[1], positive, input.clusters, rows);
  const counts = countsAt(ranked.score, ranked.label, new Float64Array(rows).fill(1), rows, options.threshold);
  return {
    kind: 'binary',
    ...common(input),
    metrics: measured(ranked, options),
    confusion: [
      [counts.trueNegatives, counts.falsePositives],
      [counts.falseNegatives, counts.truePositives],
    ],
    threshold: options.threshold,
    capacities: rows === 0 ? [] : options.capacities.map(share => capacityPoint(ranked, share)),
    curves: rankCurves(ranked),
    calibration: calibrationBins(ranked),
    subgroups: input.by.flatMap(column => subgroups(input, positive, column, options)),
    intervals: methodOf(options, ranked.clusters),
  };
}

function methodOf(options: EvaluationOptions, clusters: number): IntervalMethod | null {
  const { resamples, level, seed } = options;
  return resamples === 0 ? null : { resamples, level, clusters, seed };
}

function measured(ranked: RankedScores, options: EvaluationOptions): Record<string, MetricValue> {
  const ones = new Float64Array(ranked.rows).fill(1);
  const whole = binaryMetrics(ranked, ones, options.threshold, null);
  const { logit, label, rows } = ranked;
  const start = Number.isFinite(whole.recalibration.slope)
    ? recalibrationStart(whole.recalibration, logit, label, rows, RESAMPLE_STEPS)
    : null;
  const intervals =
    options.resamples === 0 || ranked.rows === 0
      ? null
      : clusterBootstrap(
          ranked.cluster,
          ranked.clusters,
          options,
          BINARY_METRICS.length,
          weight => binaryMetrics(ranked, weight, options.threshold, start).values,
        );
  return named(BINARY_METRICS, whole.values, intervals);
}

function named(
  names: readonly string[],
  values: Float64Array,
  intervals: readonly Interval[] | null,
): Record<string, MetricValue> {
  return Object.fromEntries(
    names.map((name, at) => {
      const value = finite(values[at]);
      const interval = value === null || intervals === null ? { low: null, high: null } : intervals[at];
      return [name, { value, ...interval }];
    }),
  );
}

function subgroups(
  input: EvaluationInput,
  positive: Uint8Array,
  column: SubgroupColumn,
  options: EvaluationOptions,
): Subgroup[] {
  return column.values.flatMap((value, id): Subgroup[] => {
    const members = Int32Array.from(positive.keys()).filter(row => column.ids[row] === id);
    if (members.length === 0) return [];
    const label = Uint8Array.from(members, row => positive[row]);
    const positives = label.reduce((sum, one) => sum + one, 0);
    const group = { column: column.column, value, rows: members.length, positives };
    if (members.length < options.minimumGroup || positives === 0 || positives === members.length) {
      return [{ ...group, metrics: null }];
    }
    const clusters = input.clusters === null ? null : Int32Array.from(members, row => input.clusters![row]);
    const scores = Float64Array.from(members, row => input.probabilities[1][row]);
    return [{ ...group, metrics: measured(rankScores(scores, label, clusters), options) }];
  });
}

function evaluateMany(input: EvaluationInput, options: EvaluationOptions): EvaluationDetail {
  const rows = input.labels.length;
  const classed = classedRows(input.probabilities, input.labels, rows);
  const { ids, count } = denseClusters(input.clusters, rows);
  const ones = new Float64Array(rows).fill(1);
  const intervals =
    options.resamples === 0 || rows === 0
      ? null
      : clusterBootstrap(ids, count, options, MULTICLASS_METRICS.length, weight => multiclassMetrics(classed, weight));
  const confusion = confusionOf(classed, ones);
  const width = input.classes.length;
  return {
    kind: 'multiclass',
    ...common(input),
    metrics: named(MULTICLASS_METRICS, multiclassMetrics(classed, ones), intervals),
    confusion: input.classes.map((_, k) => Array.from(confusion.subarray(k * width, (k + 1) * width))),
    threshold: null,
    capacities: [],
    curves: { roc: [], pr: [] },
    calibration: [],
    subgroups: [],
    intervals: methodOf(options, count),
  };
}
