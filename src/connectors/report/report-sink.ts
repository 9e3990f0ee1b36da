import { OperationalError } from '../../engine/base/operational-error.ts';
import { defineSink } from '../../engine/contract/connector.ts';
import type { EvaluationReport } from '../../engine/contract/evaluation.ts';
import { required } from '../../engine/contract/parameter.ts';
import type { ValueContent } from '../../engine/contract/value.ts';
import { renderReport } from './report-html.ts';

export const reportSink = defineSink({
  name: 'report',
  summary: 'Writes a report for people (one HTML file that needs nothing else) and for programs (JSON beside it).',
  options: {
    path: required('string', 'The HTML file; `x.html` gets `x.json` beside it.', { position: 0, names: 'file' }),
  },
  examples: [{ title: 'A model card', flow: 'write report("readmission.html")' }],
  delivery: 'exactly-once',
  nature: 'value',
  alsoWrites: ({ path }) => [jsonBeside(path)],
  async renderValue({ path }, content, name) {
    const report = reportOf(content);
    const html = await renderReport(report.detail, { title: `Evaluation: ${name}`, facts: [] });
    const encoder = new TextEncoder();
    return [
      { path, bytes: encoder.encode(html) },
      { path: jsonBeside(path), bytes: encoder.encode(`${JSON.stringify(report, null, 1)}\n`) },
    ];
  },
});

function jsonBeside(path: string): string {
  return path.endsWith('.html') ? `${path.slice(0, -'.html'.length)}.json` : `${path}.json`;
}

function reportOf(content: ValueContent): EvaluationReport {
  const report = content.json as unknown as Partial<EvaluationReport> | null;
  if (report?.detail !== undefined && report.metrics !== undefined) return report as EvaluationReport;
  throw new OperationalError('R330', 'only what `evaluate` gives can be written as a report', {
    hint: 'write the binding of an evaluate stage: card | write report("card.html")',
  });
}
