import type { EvaluationDetail, MetricValue } from '../../engine/contract/evaluation-detail.ts';
import { METRIC_WORDS } from './metric-words.ts';
import { calibrationPlot, prPlot, rocPlot, subgroupPlot } from './report-plots.ts';
import { REPORT_STYLE } from './report-style.ts';
import { plotSvg } from './report-svg.ts';

export interface ReportHeading {
  readonly title: string;
  /** Facts shown under the title: model, flow, data. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** A page that needs nothing else: style and plots are inside, there is no script and nothing is fetched. */
export async function renderReport(
  report: EvaluationDetail,
  heading: ReportHeading = { title: 'Evaluation report', facts: [] },
): Promise<string> {
  const sections = [
    headline(report),
    await plots(report),
    metricsTable(report),
    capacities(report),
    confusion(report),
    await subgroups(report),
    notes(report),
  ];
  const facts = heading.facts.map(fact => `${escapeHtml(fact.name)}: ${escapeHtml(fact.value)}`).join(' · ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(heading.title)}</h1>
<p class="muted">${facts}</p>
</header>
<main>
${sections.filter(section => section !== '').join('\n')}
</main>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, sign => entities[sign]);
}

function number(value: number | null, digits = 3): string {
  return value === null ? '–' : value.toFixed(digits).replace('-', '−');
}
function percent(value: number | null, digits = 1): string {
  return value === null ? '–' : `${(value * 100).toFixed(digits)} %`;
}
function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
function interval(metric: MetricValue): string {
  return metric.low === null || metric.high === null ? '' : `${number(metric.low)} to ${number(metric.high)}`;
}

function headline(report: EvaluationDetail): string {
  const names =
    report.kind === 'binary' ? ['auroc', 'auprc', 'calibration_slope', 'brier'] : ['accuracy', 'macro_f1', 'log_loss'];
  const cards = names.map(name => {
    const metric = report.metrics[name];
    return `<div><dt>${METRIC_WORDS[name].title}</dt><dd>${number(metric.value)}<small>${interval(metric)}</small></dd></div>`;
  });
  const positives = report.rowsByClass.at(-1) ?? 0;
  const rate = report.rows === 0 ? null : positives / report.rows;
  cards.unshift(
    `<div><dt>Rows</dt><dd>${count(report.rows)}<small>${
      report.kind === 'binary' ? `${percent(rate)} positive` : `${report.classes.length} classes`
    }</small></dd></div>`,
  );
  return `<dl>${cards.join('')}</dl>`;
}

async function plots(report: EvaluationDetail): Promise<string> {
  if (report.curves.roc.length === 0) return '';
  const { auroc, auprc, calibration_slope: slope } = report.metrics;
  const figures = await Promise.all([
    figure(rocPlot(report), 'ROC curve', `AUROC ${number(auroc.value)}. The dashed line is guessing.`),
    figure(
      prPlot(report),
      'Precision–recall curve',
      `Average precision ${number(auprc.value)}. The dashed line is the rate of positives.`,
    ),
    figure(
      calibrationPlot(report.calibration),
      'Calibration',
      `Tenths of the rows by score with 95 % intervals; slope ${number(slope.value)}. On the dashed line the predicted risk is the observed one.`,
    ),
  ]);
  return `<h2>Discrimination and calibration</h2>\n<div class="plots">${figures.join('\n')}</div>`;
}

async function figure(spec: Parameters<typeof plotSvg>[0], title: string, caption: string): Promise<string> {
  const svg = await plotSvg(spec);
  const labelled = svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(`${title}. ${caption}`)}" `);
  return `<figure>${labelled}<figcaption><strong>${title}.</strong> ${caption}</figcaption></figure>`;
}

function metricsTable(report: EvaluationDetail): string {
  const rows = Object.entries(report.metrics).map(([name, metric]) => {
    const { title, words } = METRIC_WORDS[name] ?? { title: name, words: '' };
    return `<tr><th scope="row">${escapeHtml(title)}</th><td>${number(metric.value)}</td><td>${interval(metric)}</td><td class="words">${escapeHtml(words)}</td></tr>`;
  });
  const at =
    report.threshold === null
      ? ''
      : `Accuracy to F1 are at threshold ${number(report.threshold)}: a row is flagged from this probability.`;
  return `<h2>Metrics</h2>
<div class="scroll"><table><caption>${at}</caption>
<thead><tr><th scope="col">Metric</th><th scope="col">Value</th><th scope="col">${levelText(report)}</th><th scope="col"></th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function levelText(report: EvaluationDetail): string {
  return report.intervals === null ? 'Interval' : `${Math.round(report.intervals.level * 100)} % interval`;
}

function capacities(report: EvaluationDetail): string {
  if (report.capacities.length === 0) return '';
  const rows = report.capacities.map(
    point =>
      `<tr><th scope="row">${percent(point.share, 0)}</th><td>${count(point.share * report.rows)}</td><td>${number(point.threshold)}</td><td>${percent(point.precision)}</td><td>${percent(point.recall)}</td><td>${percent(point.specificity)}</td><td>${number(point.f1)}</td></tr>`,
  );
  return `<h2>If you can act on only some</h2>
<div class="scroll"><table><caption>Flagging the highest scores first, up to a capacity.</caption>
<thead><tr><th scope="col">Capacity</th><th scope="col">Flagged</th><th scope="col">Score from</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">Specificity</th><th scope="col">F1</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function confusion(report: EvaluationDetail): string {
  const head = report.classes.map(name => `<th scope="col">predicted ${escapeHtml(name)}</th>`).join('');
  const rows = report.classes.map(
    (name, k) =>
      `<tr><th scope="row">is ${escapeHtml(name)}</th>${report.confusion[k].map(cell => `<td>${count(cell)}</td>`).join('')}<td>${count(report.rowsByClass[k])}</td></tr>`,
  );
  const at = report.threshold === null ? 'the most probable class' : `threshold ${number(report.threshold)}`;
  return `<h2>Confusion matrix</h2>
<div class="scroll"><table><caption>Rows by class and prediction, at ${at}.</caption>
<thead><tr><th></th>${head}<th scope="col">all</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

async function subgroups(report: EvaluationDetail): Promise<string> {
  if (report.subgroups.length === 0) return '';
  const names = ['auroc', 'auprc', 'calibration_slope', 'precision', 'recall'];
  const head = names.map(name => `<th scope="col">${METRIC_WORDS[name].title}</th>`).join('');
  const rows = report.subgroups.map(group => {
    const cells =
      group.metrics === null
        ? `<td colspan="${names.length}">too few rows of both classes</td>`
        : names.map(name => `<td>${withInterval(group.metrics![name])}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(group.column)}: ${escapeHtml(group.value)}</th><td>${count(group.rows)}</td><td>${percent(group.positives / group.rows)}</td>${cells}</tr>`;
  });
  const hasFigures = report.subgroups.some(group => group.metrics !== null);
  const plot = hasFigures
    ? await figure(
        subgroupPlot(report.subgroups, report.metrics.auroc),
        'AUROC by group',
        'With intervals; the dashed line is all rows.',
      )
    : '';
  return `<h2>Subgroups</h2>
${plot}
<div class="scroll"><table><caption>Each group evaluated alone.</caption>
<thead><tr><th scope="col">Group</th><th scope="col">Rows</th><th scope="col">Positive</th>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function withInterval(metric: MetricValue): string {
  const range = interval(metric);
  return `${number(metric.value)}${range === '' ? '' : `<br><small>${range}</small>`}`;
}

function notes(report: EvaluationDetail): string {
  const method =
    report.intervals === null
      ? 'No intervals were asked for.'
      : `Intervals are percentile intervals of ${count(report.intervals.resamples)} bootstrap resamples of ${count(report.intervals.clusters)} patients or rows (clusters), so that rows of one patient are not taken for independent ones; seed ${report.intervals.seed}.`;
  return `<h2>How this was computed</h2>\n<p class="muted">${method}</p>`;
}
