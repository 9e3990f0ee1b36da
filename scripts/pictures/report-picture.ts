import { calibrationPlot, prPlot, rocPlot } from '../../src/connectors/report/report-plots.ts';
import { plotSvg } from '../../src/connectors/report/report-svg.ts';
import type { EvaluationDetail, MetricValue } from '../../src/engine/contract/evaluation-detail.ts';

/** The page's colours by day: a picture has a paper of its own, so it reads the same in a dark page. */
const COLOURS: Readonly<Record<string, string>> = {
  '--ink': '#1c2430',
  '--muted': '#5b6675',
  '--accent': '#0b6bcb',
  '--line': '#d9dfe6',
};
const PLOT_PX = 320;
const GAP_PX = 16;
const HEAD_PX = 76;

/** The three plots of the readmission report and its main figures, as one picture for the documents. */
export async function reportPicture(report: EvaluationDetail): Promise<string> {
  const title = `Readmission within 30 days, for ${report.rows.toLocaleString('en-US')} stays of patients the model has not seen`;
  const plots = await Promise.all(
    [rocPlot(report), prPlot(report), calibrationPlot(report.calibration)].map(spec => plotSvg(spec)),
  );
  const width = plots.length * (PLOT_PX + GAP_PX) + GAP_PX;
  const height = HEAD_PX + PLOT_PX + GAP_PX;
  const { auroc, auprc, calibration_slope: slope } = report.metrics;
  const figures = [
    `AUROC ${withInterval(auroc)}`,
    `Average precision ${withInterval(auprc)}`,
    `Slope ${withInterval(slope)}`,
  ];
  const text = (x: number, y: number, words: string, style: string) =>
    `<text x="${x}" y="${y}" ${style}>${words}</text>`;
  const placed = plots.map((svg, index) => {
    const x = GAP_PX + index * (PLOT_PX + GAP_PX);
    const inner = svg.replace('<svg ', `<svg x="${x}" y="${HEAD_PX}" `);
    return text(x + 4, HEAD_PX - 10, figures[index], 'font-size="12" fill="var(--muted)"') + inner;
  });
  const picture = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${figures.join(', ')}" font-family="system-ui, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(GAP_PX + 4, 34, title, 'font-size="17" font-weight="600" fill="var(--ink)"'),
    ...placed,
    '</svg>',
    '',
  ].join('\n');
  // Viewers of pictures know no variables of a page.
  return picture.replace(/var\((--\w+)\)/g, (_, name: string) => COLOURS[name]);
}

function withInterval({ value, low, high }: MetricValue): string {
  const shown = (x: number | null) => (x === null ? '–' : x.toFixed(3));
  return low === null || high === null ? shown(value) : `${shown(value)} (${shown(low)} to ${shown(high)})`;
}
