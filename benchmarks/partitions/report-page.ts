import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml } from '../../src/connectors/report/report-html.ts';
import { REPORT_STYLE } from '../../src/connectors/report/report-style.ts';
import { plotSvg } from '../../src/connectors/report/report-svg.ts';
import { cellText, columnsOf, headText } from './figure-columns.ts';
import type { PartitionReport } from './figures.ts';
import { cpuPlot, latencyPlot, speedUpPlot, throughputPlot } from './report-plots.ts';
import { busyText, loadText, machineText, settingsText } from './report-text.ts';

const TITLE = 'Partition counts compared';

/** A page that needs nothing else: style and plots are inside, there is no script and nothing is fetched. */
export async function reportPage(report: PartitionReport): Promise<string> {
  const figures = await Promise.all([
    figure(throughputPlot(report), 'Throughput', 'Bars are medians, dots the rounds.'),
    figure(
      speedUpPlot(report),
      'Speed-up',
      'The dashed line: as if every worker that has a partition added as much as the first.',
    ),
    figure(
      latencyPlot(report),
      'Latency',
      'From when a record was due until its row could be read, under a fixed load.',
    ),
    figure(cpuPlot(report), 'CPU', cpuCaption(report)),
  ]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${TITLE}</h1>
<p class="muted">${escapeHtml(settingsText(report.settings))} · ${escapeHtml(report.date)}</p>
</header>
<main>
${busyText(report.machine)
  .map(text => `<p><strong>${escapeHtml(text)}</strong></p>\n`)
  .join('')}<div class="plots">${figures.join('\n')}</div>
${table(report)}
<h2>How this was measured</h2>
<p class="muted">${escapeHtml(machineText(report.machine))}.</p>
<p class="muted">${escapeHtml(loadText(report))}</p>
<p class="muted">Every run was a process of its own with a fresh folder; counts took turns within a round. The output of every run was that of one partition, key by key. Efficiency is the speed-up over the smaller of partitions and workers.</p>
</main>
</body>
</html>
`;
}

function cpuCaption({ counts }: PartitionReport): string {
  const withBroker = counts.some(({ brokerCpuSeconds }) => brokerCpuSeconds !== null);
  const process = 'User and system time of all threads of the process';
  return withBroker ? `${process}; grey: of the broker meanwhile.` : `${process}.`;
}

async function figure(spec: TopLevelSpec, title: string, caption: string): Promise<string> {
  const svg = await plotSvg(spec);
  const labelled = svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(`${title}. ${caption}`)}" `);
  return `<figure>${labelled}<figcaption><strong>${title}.</strong> ${escapeHtml(caption)}</figcaption></figure>`;
}

function table(report: PartitionReport): string {
  const columns = columnsOf([report]);
  const head = ['Partitions', ...columns.map(headText)].map(text => `<th scope="col">${escapeHtml(text)}</th>`);
  const rows = report.counts.map(figures => {
    const cells = columns.map(column => `<td>${cellText(column, figures)}</td>`);
    return `<tr><th scope="row">${figures.partitions}</th>${cells.join('')}</tr>`;
  });
  return `<h2>Figures</h2>
<div class="scroll"><table><caption>By number of partitions; speed-up and efficiency against one.</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}
