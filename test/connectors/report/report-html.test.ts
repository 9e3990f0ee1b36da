import { expect, test } from 'vitest';
import { renderReport } from '../../../src/connectors/report/report-html.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { type EvaluationInput, evaluate } from '../../../src/engine/models/evaluation/evaluate.ts';

function sample(rows: number): EvaluationInput {
  const rng = seededRng(3);
  const scores = Float64Array.from({ length: rows }, () => rng.next() * 0.5);
  return {
    classes: ['false', 'true'],
    probabilities: [scores.map(p => 1 - p), scores],
    labels: scores.map(p => (rng.next() < p ? 1 : 0)),
    clusters: null,
    by: [
      {
        column: 'ward',
        values: ['<script>alert("x")</script>', 'A & B', 'small'],
        ids: Int32Array.from({ length: rows }, (_, row) => (row < 3 ? 2 : row % 2)),
      },
    ],
  };
}

test('the page holds its figures and plots, needs nothing else and runs nothing', async () => {
  const report = evaluate(sample(400), { resamples: 50, threshold: 0.3 });
  const page = await renderReport(report, { title: 'Risk <30 days', facts: [{ name: 'model', value: 'a&b' }] });
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page.match(/role="img" aria-label="/g)).toHaveLength(4);
  expect(page).not.toMatch(/<script|<link|<img|javascript:|@import|url\(/i);
  const addresses = page.match(/https?:\/\/[^"' )]+/g) ?? [];
  expect([...new Set(addresses)].every(address => address.startsWith('http://www.w3.org/'))).toBe(true);
  expect(page).toContain('Risk &lt;30 days');
  expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
  expect(page).toContain(report.metrics.auroc.value!.toFixed(3));
  expect(page).toContain('too few rows of both classes');
  expect(await renderReport(report, { title: 'Risk <30 days', facts: [{ name: 'model', value: 'a&b' }] })).toBe(page);
});

test('reports without figures, and of several classes, are drawn too', async () => {
  const none = await renderReport(evaluate(sample(0), { resamples: 10 }));
  expect(none).toContain('<dd>–');
  const thirds = [0.2, 0.5, 0.3].map(p => new Float64Array(9).fill(p));
  const labels = Float64Array.from({ length: 9 }, (_, row) => row % 3);
  const many = evaluate({ classes: ['a', 'b', 'c'], probabilities: thirds, labels, clusters: null, by: [] });
  const page = await renderReport(many);
  expect(page).toContain('predicted c');
  expect(page).toContain('Macro F1');
});
