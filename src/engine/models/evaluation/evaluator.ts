import type { EvaluationInput, EvaluationOptions, EvaluationReport } from '../../contract/evaluation.ts';
import type { EvaluationDetail } from '../../contract/evaluation-detail.ts';
import { DEFAULT_EVALUATION, evaluate } from './evaluate.ts';

/** The evaluator handed to running stages: measures scored rows, and names the figures a flow can read. */
export function evaluator(input: EvaluationInput, options: EvaluationOptions): EvaluationReport {
  const capacities = [...DEFAULT_EVALUATION.capacities, ...(options.capacity === null ? [] : [options.capacity])];
  const detail = evaluate(
    {
      classes: input.classes.map(String),
      probabilities: input.probabilities,
      labels: Float64Array.from(input.labels),
      clusters: input.clusters,
      by: input.subgroups.map(({ name, values, ids }) => ({ column: name, values, ids })),
    },
    {
      threshold: options.threshold ?? DEFAULT_EVALUATION.threshold,
      capacities: [...new Set(capacities)].sort((a, b) => a - b),
      resamples: options.intervals,
      seed: options.seed,
    },
  );
  return { metrics: flatMetrics(detail, options), detail };
}

/** `auroc`, `auroc_low`, `auroc_high` … of the metrics asked for. */
function flatMetrics(
  detail: EvaluationDetail,
  { metrics, capacity }: EvaluationOptions,
): Record<string, number | null> {
  const flat: Record<string, number | null> = { rows: detail.rows };
  const point = detail.capacities.find(one => one.share === capacity);
  for (const name of metrics) {
    const metric = detail.metrics[name];
    flat[name] = metric?.value ?? null;
    if (metric === undefined || metric.low === null || metric.high === null) continue;
    flat[`${name}_low`] = metric.low;
    flat[`${name}_high`] = metric.high;
  }
  if (point !== undefined) {
    flat['precision_at_capacity'] = point.precision;
    flat['recall_at_capacity'] = point.recall;
  }
  return flat;
}
