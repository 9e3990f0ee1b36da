// npm run bench:partitions: how throughput, cost and latency of the readmission scoring depend on the number of partitions.
// Exit codes: 1 where a run's output is not that of one partition, or a run failed; 2 for a wrong command line.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DifferentOutput } from './compare-outputs.ts';
import type { PartitionReport } from './figures.ts';
import { thisMachine } from './machine.ts';
import { measure } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { reportPage } from './report-page.ts';
import { comparisonText, reportText } from './report-text.ts';

const NOT_DONE = 1;
const WRONG_COMMAND_LINE = 2;

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return WRONG_COMMAND_LINE;
  }
  if (options.what === 'measure') return await measureAndTell(options);
  if (options.what === 'help') process.stdout.write(USAGE);
  else return compareAndTell(options.files);
  return 0;
}

function compareAndTell(files: readonly [string, string]): number {
  try {
    process.stdout.write(comparisonText(...readReports(files)));
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return NOT_DONE;
  }
}

async function measureAndTell({ asked, json, html }: Extract<Options, { what: 'measure' }>): Promise<number> {
  const [date, machine] = [new Date().toISOString(), thisMachine()];
  const folder = mkdtempSync(join(tmpdir(), 'weir-partitions-'));
  try {
    const measured = await measure(asked, folder, line => process.stderr.write(`${line}\n`));
    const report: PartitionReport = { benchmark: 'partitions', date, machine, ...measured };
    if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    if (html !== null) writeFileSync(html, await reportPage(report));
    process.stdout.write(reportText(report));
    return 0;
  } catch (error) {
    if (!(error instanceof DifferentOutput)) throw error;
    process.stderr.write(`${error.message}\n`);
    return NOT_DONE;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReports(files: readonly [string, string]): [PartitionReport, PartitionReport] {
  const [a, b] = files.map(file => {
    const report = JSON.parse(readFileSync(file, 'utf8')) as PartitionReport;
    if (report.benchmark !== 'partitions') throw new Error(`${file} is no report of bench:partitions`);
    return report;
  });
  return [a, b];
}

process.exitCode = await main(process.argv.slice(2));
