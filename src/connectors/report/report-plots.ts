import type { TopLevelSpec } from 'vega-lite';
import type {
  CalibrationBin,
  EvaluationDetail,
  MetricValue,
  Subgroup,
} from '../../engine/contract/evaluation-detail.ts';
import { ACCENT, MUTED, PLOT_CONFIG } from './plot-look.ts';

const SIZE = 320;

const share = (title: string, high = 1) =>
  ({
    type: 'quantitative',
    scale: { domain: [0, high], nice: false },
    axis: { title, format: '.0%', tickCount: 5, labelFlush: false },
  }) as const;

function diagonal(high: number): object {
  return {
    data: {
      values: [
        { x: 0, y: 0 },
        { x: high, y: high },
      ],
    },
    mark: { type: 'line', color: MUTED, strokeDash: [4, 4], strokeWidth: 1 },
    encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
  };
}

function plot(layer: readonly object[], more: object = {}): TopLevelSpec {
  const fitted = { type: 'fit', contains: 'padding' };
  return {
    width: SIZE,
    height: SIZE,
    autosize: fitted,
    config: PLOT_CONFIG,
    layer,
    ...more,
  } as unknown as TopLevelSpec;
}

export function rocPlot(report: EvaluationDetail): TopLevelSpec {
  return plot([
    diagonal(1),
    {
      data: { values: report.curves.roc.map((point, order) => ({ ...point, order })) },
      mark: { type: 'line', color: ACCENT, strokeWidth: 2 },
      encoding: {
        x: { field: 'falsePositiveRate', ...share('False positive rate (1 − specificity)') },
        y: { field: 'truePositiveRate', ...share('True positive rate (recall)') },
        order: { field: 'order' },
      },
    },
  ]);
}

export function prPlot(report: EvaluationDetail): TopLevelSpec {
  const rate = report.rowsByClass[1] / report.rows;
  return plot([
    {
      data: { values: [{ rate }] },
      mark: { type: 'rule', color: MUTED, strokeDash: [4, 4] },
      encoding: { y: { field: 'rate', type: 'quantitative' } },
    },
    {
      data: { values: report.curves.pr.map((point, order) => ({ ...point, order })) },
      mark: { type: 'line', color: ACCENT, strokeWidth: 2 },
      encoding: {
        x: { field: 'recall', ...share('Recall') },
        y: { field: 'precision', ...share('Precision') },
        order: { field: 'order' },
      },
    },
  ]);
}

export function calibrationPlot(bins: readonly CalibrationBin[]): TopLevelSpec {
  const highest = Math.max(...bins.map(bin => Math.max(bin.predicted, bin.high)));
  const high = Math.min(1, Math.ceil(highest * 20) / 20);
  const x = { field: 'predicted', ...share('Predicted probability', high) };
  return plot([
    diagonal(high),
    {
      data: { values: bins },
      mark: { type: 'rule', color: ACCENT, strokeWidth: 1.5 },
      encoding: { x, y: { field: 'low', ...share('Observed rate', high) }, y2: { field: 'high' } },
    },
    {
      data: { values: bins },
      mark: { type: 'point', color: ACCENT, fill: ACCENT, size: 40 },
      encoding: { x, y: { field: 'observed', type: 'quantitative' } },
    },
  ]);
}

/** AUROC of each group with its interval, the whole as a dashed line. */
export function subgroupPlot(groups: readonly Subgroup[], whole: MetricValue): TopLevelSpec {
  const values = groups.flatMap(group => {
    const auroc = group.metrics?.auroc;
    if (auroc === undefined || auroc.value === null) return [];
    return [
      {
        name: `${group.column}: ${group.value}`,
        value: auroc.value,
        low: auroc.low ?? auroc.value,
        high: auroc.high ?? auroc.value,
      },
    ];
  });
  const low = Math.min(0.5, ...values.map(value => value.low));
  const y = { field: 'name', type: 'nominal', sort: null, axis: { title: null, labelLimit: 240 } };
  const x = { type: 'quantitative', scale: { domain: [Math.max(0, low), 1], zero: false }, axis: { title: 'AUROC' } };
  return plot(
    [
      {
        data: { values: [{ value: whole.value }] },
        mark: { type: 'rule', color: MUTED, strokeDash: [4, 4] },
        encoding: { x: { field: 'value', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'rule', color: ACCENT, strokeWidth: 1.5 },
        encoding: { y, x: { field: 'low', ...x }, x2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', color: ACCENT, fill: ACCENT, size: 40 },
        encoding: { y, x: { field: 'value', ...x } },
      },
    ],
    { width: 420, height: { step: 24 }, autosize: 'pad' },
  );
}
