import type { EvaluationDetail } from './evaluation-detail.ts';

/** The scored rows, as `evaluate` and `choose` have gathered them. */
export interface EvaluationInput {
  readonly rows: number;
  /** Class values in the order of `probabilities`; of two, the last is the positive one. */
  readonly classes: readonly (boolean | string)[];
  /** `probabilities[class][row]`. */
  readonly probabilities: readonly Float64Array[];
  /** Class index of each row's true label. */
  readonly labels: Int32Array;
  /** Dense id of who each row is about, for the bootstrap and nothing else; null: every row stands alone. */
  readonly clusters: Int32Array | null;
  /** Columns to break the figures down by: `ids[row]` is an index into `values`. */
  readonly subgroups: readonly {
    readonly name: string;
    readonly values: readonly string[];
    readonly ids: Int32Array;
  }[];
}

export interface EvaluationOptions {
  /** Names of the figures asked for; all are computed where it costs nothing. */
  readonly metrics: readonly string[];
  /** Bootstrap rounds for intervals; 0: none. */
  readonly intervals: number;
  /** Probability from which a row counts as positive; null: none was given. */
  readonly threshold: number | null;
  /** Share of rows that can be acted upon (top k); null: none was given. */
  readonly capacity: number | null;
  readonly seed: number;
}

/** A report as kept in artifacts, written to `report.json` and drawn as HTML. */
export interface EvaluationReport {
  /** Figures over all rows, by name: `auroc`, `auroc_low`, `auroc_high` …; null where undefined (one class only). */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly detail: EvaluationDetail;
}

export type Evaluator = (input: EvaluationInput, options: EvaluationOptions) => EvaluationReport;

/** Every figure a report can be asked for, and which way is better; `none`: neither (a slope should be 1, an intercept 0). */
export const METRICS: Readonly<Record<string, 'high' | 'low' | 'none'>> = Object.freeze({
  auroc: 'high',
  auprc: 'high',
  brier: 'low',
  log_loss: 'low',
  ece: 'low',
  calibration_slope: 'none',
  calibration_intercept: 'none',
  accuracy: 'high',
  precision: 'high',
  recall: 'high',
  specificity: 'high',
  f1: 'high',
  macro_f1: 'high',
  precision_at_capacity: 'high',
  recall_at_capacity: 'high',
});

/** Those of them that are defined of more than two classes. */
const OF_MANY_CLASSES: readonly string[] = ['accuracy', 'macro_f1', 'log_loss', 'brier'];

/** Figures of `names` that a label with so many classes has. */
export function metricsOf(classes: number, names: readonly string[] = Object.keys(METRICS)): readonly string[] {
  return classes > 2 ? names.filter(name => OF_MANY_CLASSES.includes(name)) : names;
}
