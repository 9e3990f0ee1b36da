/** What `evaluate` finds, whole: plain data, kept in the report. A metric that is not defined (one class only) is null. */
export interface EvaluationDetail {
  readonly kind: 'binary' | 'multiclass';
  /** Class names in the model's order; for two classes the last is the positive one. */
  readonly classes: readonly string[];
  readonly rows: number;
  readonly rowsByClass: readonly number[];
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Rows predicted as class j that are of class i: `confusion[i][j]`. */
  readonly confusion: readonly (readonly number[])[];
  /** Two classes: probability from which a row counts as predicted positive. */
  readonly threshold: number | null;
  /** Two classes: what flagging the highest-scored share of rows would give. */
  readonly capacities: readonly CapacityPoint[];
  readonly curves: { readonly roc: readonly RocPoint[]; readonly pr: readonly PrPoint[] };
  readonly calibration: readonly CalibrationBin[];
  readonly subgroups: readonly Subgroup[];
  readonly intervals: IntervalMethod | null;
}
export interface MetricValue {
  readonly value: number | null;
  /** Ends of the interval; null where none was asked for or too few resamples were defined. */
  readonly low: number | null;
  readonly high: number | null;
}
export interface IntervalMethod {
  readonly resamples: number;
  readonly level: number;
  readonly clusters: number;
  readonly seed: number;
}
/** `share` of the rows flagged, highest first; rows that tie at the cut count in part. */
export interface CapacityPoint {
  readonly share: number;
  /** Score of the last row flagged. */
  readonly threshold: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly specificity: number | null;
  readonly f1: number | null;
}
export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}
export interface PrPoint {
  readonly recall: number;
  readonly precision: number;
}
/** A tenth of the rows by score: mean probability, observed rate and its 95 % Wilson interval. */
export interface CalibrationBin {
  readonly rows: number;
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}
export interface Subgroup {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly positives: number;
  /** Null where the group has fewer rows than the minimum or one class only. */
  readonly metrics: Readonly<Record<string, MetricValue>> | null;
}
