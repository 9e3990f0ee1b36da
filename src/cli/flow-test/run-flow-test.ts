import { readFileSync } from 'node:fs';
import { defaultOptions } from '../../connectors/formats/format-of-file.ts';
import type { FlowTest } from '../../dsl/compile.ts';
import { assert } from '../../engine/base/assert.ts';
import type { Clock } from '../../engine/base/clock.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { batchFromRows, rowsOfBatch } from '../../engine/columnar/rows.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import type { Evaluator } from '../../engine/contract/evaluation.ts';
import type { Plan, SourceNode } from '../../engine/plan/plan.ts';
import { runInProcess } from '../../engine/runtime/run-in-process.ts';
import { expectedText, matchRows, rowText } from './match-rows.ts';
import { STAND_IN, standInLearner, standInModel } from './stand-in.ts';

export interface TestOutcome {
  readonly title: string;
  readonly ok: boolean;
  /** What differs, a line each; holds the rows of the test itself, which are made up. */
  readonly lines: readonly string[];
}

const MOST_ROWS_SHOWN = 5;

/** Runs one `test` block in memory; nothing is written anywhere. */
export async function runFlowTest(
  test: FlowTest,
  catalog: Catalog,
  evaluator: Evaluator,
  clock: Clock,
): Promise<TestOutcome> {
  const { plan } = test;
  const withStandIn: Catalog = { ...catalog, learners: new Map([...catalog.learners, [STAND_IN, standInLearner]]) };
  const models = new Map(
    test.models.map(({ model, answers }) => {
      const node = plan.nodes.find(one => one.id === model);
      assert(node?.kind === 'registry', `${model} is no model of the plan`);
      return [model, standInModel(plan, node, answers)] as const;
    }),
  );
  const capture = test.expect.map(({ node, port }) => ({ node, port }));
  const { rows } = await runInProcess(plan, withStandIn, {
    clock,
    rows: await givenRows(test, catalog),
    models,
    capture,
    evaluator,
  });
  const lines = test.expect.flatMap(expectation => {
    const came = (rows.get(`${expectation.node}:${expectation.port}`) ?? []).flatMap(rowsOfBatch);
    return differences(expectation, came);
  });
  return { title: test.title, ok: lines.length === 0, lines };
}

/** All rows given to a source, in order; sources of the plan nobody gave rows to are empty. */
async function givenRows(test: FlowTest, catalog: Catalog): Promise<ReadonlyMap<string, readonly Batch[]>> {
  const bySource = new Map<string, Batch[]>();
  for (const node of test.plan.nodes) if (node.kind === 'source') bySource.set(node.id, []);
  for (const { source, rows, file } of test.given) {
    const node = test.plan.nodes.find(one => one.id === source);
    if (node?.kind !== 'source') continue;
    const batches = bySource.get(source);
    if (rows !== null) batches?.push(batchFromRows(node.schema, rows));
    if (file !== null) batches?.push(...(await fileRows(test.plan, node, file, catalog)));
  }
  return bySource;
}

/** A fixture in the source's own format, in JSON lines where that has no files; a row of it that does not decode fails the test. */
async function fileRows(plan: Plan, node: SourceNode, path: string, catalog: Catalog): Promise<readonly Batch[]> {
  const own = node.format === null ? undefined : catalog.formats.get(node.format.name);
  const format = own?.files === undefined ? catalog.formats.get('json') : own;
  assert(format?.files !== undefined, `flow ${plan.flow.name} names a format that is not in the catalogue`);
  const batches: Batch[] = [];
  const decoder = format.files.decoder({
    options: (format === own ? node.format?.options : defaultOptions(format)) as never,
    schema: node.schema,
    names: node.names,
    nulls: node.nulls,
    onRange: node.onRange,
    zone: node.zone,
    batchRows: 1024,
    split: path,
    skipRecords: 0,
    bad(row) {
      throw new OperationalError(row.code, `${path}, record ${row.record}: ${row.reason}`);
    },
  });
  const emit = (batch: Batch) => void batches.push(batch);
  decoder.push(new Uint8Array(readFileSync(path)), emit);
  await decoder.end(emit);
  return batches;
}

function differences(
  expectation: FlowTest['expect'][number],
  came: readonly ReturnType<typeof rowsOfBatch>[number][],
): readonly string[] {
  const { ok, missing, extra } = matchRows(expectation.rows, came);
  if (ok) return [];
  const names = new Set(expectation.rows.flatMap(row => Object.keys(row)));
  const count = (n: number) => `${n} row${n === 1 ? '' : 's'}`;
  return [
    `line ${expectation.line}: expect ${expectation.name}: ${count(expectation.rows.length)} expected, ${count(came.length)} came`,
    ...missing.slice(0, MOST_ROWS_SHOWN).map(index => `  missing  ${expectedText(expectation.rows[index])}`),
    ...extra.slice(0, MOST_ROWS_SHOWN).map(index => `  came     ${rowText(came[index], names)}`),
    ...(missing.length + extra.length > 2 * MOST_ROWS_SHOWN ? ['  …'] : []),
  ];
}
