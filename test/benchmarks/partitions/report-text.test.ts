import { expect, it } from 'vitest';
import { reportPage } from '../../../benchmarks/partitions/report-page.ts';
import { comparisonText, reportText } from '../../../benchmarks/partitions/report-text.ts';
import { reportForTests } from './figures-for-tests.ts';

const squeezed = (text: string) => text.split('\n').map(line => line.trim().replaceAll(/ +/g, ' '));

it('tells a report as a table', () => {
  const lines = squeezed(reportText(reportForTests()));
  expect(lines).toContain(
    'partitions throughput rows/s speed-up efficiency CPU s peak memory MiB p50 ms p99 ms p99.9 ms',
  );
  expect(lines).toContain('2 16,000 1.60 0.80 8.13 512 12.5 30.0 60.0');
  expect(lines[0]).toBe('20,000 records scored over the embedded log, 2 workers, median of 3 rounds');
});

it('warns of a machine that had something else to do', async () => {
  const report = reportForTests();
  const busy = { ...report, machine: { ...report.machine, load: 3.5 } };
  expect(reportText(busy)).toContain('The load was 3.5 on 2 cores');
  expect(await reportPage(busy)).toContain('The load was 3.5 on 2 cores');
  expect(reportText(report)).not.toContain('The load was');
});

it("has a column for the broker's CPU where there is a broker", () => {
  expect(reportText(reportForTests({ log: 'kafka' }))).toContain('broker CPU s');
  expect(reportText(reportForTests())).not.toContain('broker');
});

it('puts two reports side by side with ratios', () => {
  const lines = squeezed(comparisonText(reportForTests(), reportForTests({ log: 'kafka', faster: 0.5 })));
  expect(lines).toContain('partitions figure A B B/A');
  expect(lines).toContain('1 throughput rows/s 10,000 5,000 0.50×');
  expect(lines).toContain('2 p99 ms 30.0 30.0 1.00×');
  // What only one of them has is no ratio.
  expect(lines).toContain('1 broker CPU s — 2.50 —');
});

it('says so where two reports share no count', () => {
  const other = reportForTests();
  const text = comparisonText(reportForTests(), { ...other, counts: [] });
  expect(text).toContain('no partition count in common');
});
