import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encounters } from '../../pipelines/readmission/encounters.ts';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { runFlowTest } from '../../src/cli/flow-test/run-flow-test.ts';
import { evaluator, loadCatalog } from '../../src/cli/load-catalog.ts';
import { sha256 } from '../../src/engine/base/sha256.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { compiled, runFlow, topicLines } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const PIPELINE = join(import.meta.dirname, '../../pipelines/readmission');
const ROWS = 8_000;
const folder = temporaryFolders();

it('trains and scores generated encounters as expected', async () => {
  const dir = await folder();
  const [data, arrivals] = [join(dir, 'encounters.csv.gz'), join(dir, 'new.csv.gz')];
  await writeEncounters(data, ROWS, 1);
  await writeEncounters(arrivals, ROWS / 4, 2);
  const weir = join(dir, 'weir');
  const train = await runFlow({
    flow: join(PIPELINE, 'train.flow'),
    params: { data, report: join(dir, 'report.html') },
    folder: weir,
    workers: 2,
    batchRows: 8192,
  });
  expect(train.error).toBeUndefined();
  const score = await runFlow({
    flow: join(PIPELINE, 'score.flow'),
    params: { data: arrivals },
    folder: weir,
    workers: 1,
    batchRows: 500,
  });
  expect(score.error).toBeUndefined();
  const topics = await topicLines(weir);
  const report = await readFile(join(dir, 'report.html'), 'utf8');
  expect(report).toContain('<svg');
  expect(report).not.toMatch(/src="http|href="http|<script/);

  const got = {
    auroc: train.reports['card']['auroc'],
    model: train.models['best'].hash,
    rows: Object.fromEntries(train.stages.map(stage => [stage.name, [stage.rows_in, stage.rows_out, stage.rejected]])),
    alerts: topics['alerts'].length,
    alertsHash: sha256(new TextEncoder().encode(topics['alerts'].join('\n'))),
    firstAlert: topics['alerts'][0],
  };
  const path = join(PIPELINE, 'expected.json');
  if (process.env['UPDATE_GOLDEN']) await writeFile(path, `${JSON.stringify(got, null, 1)}\n`);
  expect(got).toEqual(JSON.parse(await readFile(path, 'utf8')));
});

it('finds the planted signal: a perfect model would reach 0.75', () => {
  const rows = [...encounters(40_000, 1)].sort((a, b) => a.risk - b.risk);
  let [ranks, positives] = [0, 0];
  rows.forEach((row, index) => {
    if (!row.soon) return;
    ranks += index + 1;
    positives++;
  });
  const auroc = (ranks - (positives * (positives + 1)) / 2) / (positives * (rows.length - positives));
  expect(auroc).toBeGreaterThan(0.735);
  expect(auroc).toBeLessThan(0.765);
});

it('gives the same first rows however many are taken', () => {
  const few = [...encounters(500, 7)].map(row => row.line);
  expect([...encounters(900, 7)].slice(0, 500).map(row => row.line)).toEqual(few);
  expect(few.every(line => line.split(',').length === 50)).toBe(true);
});

it.each(['train.flow', 'score.flow'])('passes the tests of %s', async name => {
  const { tests } = await compiled(join(PIPELINE, name), { data: 'unused.csv' });
  expect(tests.length).toBeGreaterThan(0);
  for (const test of tests) {
    const outcome = await runFlowTest(test, await loadCatalog([]), evaluator, systemClock);
    expect(outcome.lines, outcome.title).toEqual([]);
  }
});
