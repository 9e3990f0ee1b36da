import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { evaluator, loadCatalog } from '../../src/cli/load-catalog.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import { openRegistry } from '../../src/engine/models/registry.ts';
import { runInProcess } from '../../src/engine/runtime/run-in-process.ts';
import { registryFolder } from '../../src/engine/runtime/weir-folder.ts';
import { compiled, runFlow, topicLines } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const ROWS = 6_000;
const folder = temporaryFolders();
const flow = (name: string) => join(import.meta.dirname, 'flows', name);
const encounter = (line: string) => JSON.parse(line).encounter_id as number;

it('gives the same features and scores in training and in a stream, to the bit', async () => {
  const dir = await folder();
  const data = join(dir, 'encounters.csv.gz');
  await writeEncounters(data, ROWS, 4);
  const common = { params: { data }, folder: join(dir, 'weir') };
  const batch = await runFlow({ ...common, flow: flow('batch.flow'), workers: 1, batchRows: 1_000 });
  expect(batch.error).toBeUndefined();
  const stream = await runFlow({ ...common, flow: flow('stream.flow'), workers: 2, batchRows: 300 });
  expect(stream.error).toBeUndefined();

  const topics = await topicLines(common.folder);
  const streamed = new Map(topics['stream'].map(line => [encounter(line), line]));
  expect(streamed.size).toBe(ROWS);
  expect(topics['batch'].length).toBeGreaterThan(ROWS / 5);
  // JSON numbers are the shortest that read back as the same double: equal text is equal bits.
  expect(topics['batch'].map(line => streamed.get(encounter(line)))).toEqual(topics['batch']);
  expect(new Set(topics['batch'].map(line => JSON.parse(line).p as number)).size).toBeGreaterThan(ROWS / 20);

  const rowsOf = async (name: string, binding: string, batchRows: number) => {
    const { plan } = await compiled(flow(name), common.params);
    if (plan === null) throw new Error('compiled() has checked');
    const { rows } = await runInProcess(plan, await loadCatalog([]), {
      clock: systemClock,
      capture: [{ node: binding, port: 'out' }],
      registry: openRegistry(registryFolder(common.folder), systemClock),
      evaluator,
      batchRows,
    });
    return (rows.get(`${binding}:out`) ?? []).flatMap(rowsOfBatch).map(row => JSON.stringify(row));
  };
  const tested = await rowsOf('batch.flow', 'tested', 512);
  const scored = new Map((await rowsOf('stream.flow', 'scored', 77)).map(line => [encounter(line), line]));
  expect(tested).toHaveLength(topics['batch'].length);
  expect(tested.map(line => scored.get(encounter(line)))).toEqual(tested);
  expect(tested[0]).toContain('"race=Caucasian":');
});
