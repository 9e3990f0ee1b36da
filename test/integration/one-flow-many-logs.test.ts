import { spawnSync } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const reason = skipReason();
const PIPELINE = join(import.meta.dirname, '../../pipelines/readmission');
const WEIR = join(import.meta.dirname, '../../bin/weir.mjs');
const TEST_MS = 180_000;
const PARTITIONS = 3;
const folder = temporaryFolders();

function weir(cwd: string, ...args: readonly string[]): string {
  const options = { cwd, encoding: 'utf8', maxBuffer: 1 << 28, timeout: TEST_MS } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, ...args], options);
  expect(status, stderr).toBe(0);
  return stdout;
}

/** Of a topic, by the value of a column: its rows in the order in which they lie in their partition, where they lie left out. */
function byKey(lines: string, key: string): ReadonlyMap<unknown, readonly string[]> {
  const rows = new Map<unknown, string[]>();
  for (const line of lines.trim().split('\n')) {
    const { partition: _partition, offset: _offset, ...row } = JSON.parse(line) as Record<string, unknown>;
    const known = rows.get(row[key]);
    if (known === undefined) rows.set(row[key], [JSON.stringify(row)]);
    else known.push(JSON.stringify(row));
  }
  return rows;
}

describe.skipIf(reason !== null)(`one flow, unchanged, over another log${skipNote(reason)}`, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  let trained: string;
  let arrivals: string;

  beforeAll(async () => {
    const dir = await folder();
    const known = join(dir, 'known.csv.gz');
    arrivals = join(dir, 'arrivals.csv.gz');
    await writeEncounters(known, 8_000, 1);
    await writeEncounters(arrivals, 5_000, 2);
    trained = join(dir, 'trained');
    const params = [`data=${known}`, `report=${join(dir, 'report.html')}`, 'least_auroc=0.5'];
    weir(dir, 'run', join(PIPELINE, 'train.flow'), '--log', trained, ...params.flatMap(param => ['--param', param]));
  }, TEST_MS);

  async function scored(log: string | null) {
    const dir = await folder();
    await cp(join(trained, 'registry'), join(dir, '.weir', 'registry'), { recursive: true });
    const place = log === null ? [] : ['--log', log];
    const sizes = ['--partitions', `${PARTITIONS}`, '--workers', '2', '--batch-rows', '300'];
    weir(dir, 'run', join(PIPELINE, 'score.flow'), '--param', `data=${arrivals}`, ...sizes, ...place);
    const read = (topic: string, key: string) => byKey(weir(dir, 'topics', 'read', topic, '--json', ...place), key);
    return { alerts: read('alerts', 'patient_nbr'), scores: read('scores', 'encounter_id') };
  }

  it(
    'gives the same alerts per patient, in the same order, and the same scores',
    async () => {
      const embedded = await scored(null);
      const overKafka = await scored(`kafka://${kafka().bootstrap}/same`);
      expect(embedded.alerts.size).toBeGreaterThan(100);
      expect(Math.max(...[...embedded.alerts.values()].map(rows => rows.length))).toBeGreaterThan(1);
      expect(overKafka).toEqual(embedded);
    },
    TEST_MS,
  );
});
