import { join } from 'node:path';
import { forestFrom } from '../src/learners/gbdt/forest.ts';
import { type BenchmarkResult, cpuSeconds, median, tell } from './report.ts';
import { columnPipeline } from './score-stream/column-pipeline.ts';
import { recordModel, scoreByRecord } from './score-stream/rxjs-pipeline.ts';
import { trainedOnce } from './score-stream/trained.ts';

/**
 * Question: how much faster do hospital records become alerts (CSV → encode → gbdt → alert as JSON) by columns than in an rxjs
 * pipeline that takes a record at a time from csv-parse, both in one thread?
 *
 * Guards against: an object per row, a string per value, a stage that falls out of the fused loop, trees walked row by row. The
 * gate is 4×. 40,000 made-up encounters of 50 columns, of which the flow reads 36 and makes about 90 features; 200 trees of depth
 * 6, because that is the size of models that win such tables. Ours runs through the chain runner that tasks use, from the file on;
 * without log and threads, for the other side has none. Alerts are compared first, text for text: each p is the same double.
 * CPU time of the process, variants in turn within each round; readers and models are made before, and the first round, in which
 * code is compiled, does not count.
 */
const ROWS = 40_000;
const ROUNDS = 6;
const GATE = 4;

const here = import.meta.dirname;
const flows = join(here, 'score-stream');
const THRESHOLD = 0.2;

export async function run(): Promise<BenchmarkResult> {
  const folder = await trainedOnce(ROWS);
  const data = join(folder, 'arrivals.csv');
  const ours = await columnPipeline(
    join(flows, 'score.flow'),
    { data, threshold: String(THRESHOLD) },
    join(folder, 'weir'),
  );
  const { source, model } = ours;
  const { content, bytes, version } = model;
  const peer = recordModel(content, version, forestFrom(bytes, content.features.length, 1));
  const fields = source.schema.fields.map(field => field.name);
  const byRecord = (): Promise<string> => scoreByRecord(data, source.names, fields, peer, THRESHOLD);

  const [wanted, got] = [await byRecord(), await ours.score()];
  if (wanted === '' || got !== wanted) throw new Error('the two pipelines raise other alerts');
  const alerts = wanted.split('\n').length - 1;

  const variants = { 'rxjs, csv-parse': byRecord, columns: ours.score };
  const seconds = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      const { seconds: took, value } = await cpuSeconds(variant);
      if (value !== wanted) throw new Error(`${name} raises other alerts`);
      if (round > 0) seconds.set(name, [...(seconds.get(name) ?? []), took]);
    }
  }
  const medians = Object.fromEntries(
    [...seconds].map(([name, all]) => [name, { value: ROWS / median(all) / 1000, unit: 'k rows per CPU second' }]),
  );
  const [base, columns] = Object.values(medians);
  return {
    name: 'score-stream',
    question: `CSV → encode → gbdt → alerts (${alerts} of ${ROWS} rows), one thread`,
    medians,
    ratios: [{ against: 'rxjs, csv-parse', ratio: columns.value / base.value, gate: GATE }],
  };
}

if (import.meta.main) tell(await run());
