import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { evaluator, loadCatalog } from '../../src/cli/load-catalog.ts';
import { seededRng } from '../../src/engine/base/rng.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { Batch } from '../../src/engine/contract/batch.ts';
import { openRegistry } from '../../src/engine/models/registry.ts';
import { operatorCatalog } from '../../src/engine/runtime/catalog-module.ts';
import { runInProcess } from '../../src/engine/runtime/run-in-process.ts';
import { registryFolder } from '../../src/engine/runtime/weir-folder.ts';
import { faultKinds, faultsOf } from '../../src/engine/simulation/fault.ts';
import { SESSION_MS, simulate } from '../../src/engine/simulation/simulate.ts';
import { type SimulatedFlow, simulatedFlow } from '../../src/engine/simulation/simulated-flow.ts';
import type { TopicTexts } from '../../src/engine/simulation/topic-texts.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { compiled } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const reason = skipReason();
const PIPELINE = join(import.meta.dirname, '../../pipelines/readmission');
const WEIR = join(import.meta.dirname, '../../bin/weir.mjs');
const TEST_MS = 180_000;
const PARTITIONS = 3;
/** One batch of them is one split in a simulation. */
const ARRIVALS = 4_000;
const SEEDS = 5;
const folder = temporaryFolders();

type Rows = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
/** Of a run: what its topics hold, by the value of a column, in the order in which it lies in its partition. */
interface Scored {
  readonly alerts: Rows;
  readonly scores: Rows;
}

function weir(cwd: string, ...args: readonly string[]): string {
  const options = { cwd, encoding: 'utf8', maxBuffer: 1 << 28, timeout: TEST_MS } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, ...args], options);
  expect(status, stderr).toBe(0);
  return stdout;
}

function byKey(rows: readonly Readonly<Record<string, unknown>>[], key: string): Rows {
  return new Map(Object.entries(Object.groupBy(rows, row => String(row[key])) as Record<string, typeof rows>));
}
/** Where a row lies is left out. */
function fromLines(lines: string, key: string): Rows {
  const rows = lines.trim().split('\n');
  return byKey(
    rows.map(line => {
      const { partition: _partition, offset: _offset, ...row } = JSON.parse(line) as Record<string, unknown>;
      return row;
    }),
    key,
  );
}
function fromTexts(texts: TopicTexts | undefined, key: string): Rows {
  const rows = [...(texts?.values() ?? [])].flat();
  return byKey(
    rows.map(text => JSON.parse(text) as Record<string, unknown>),
    key,
  );
}

describe('one flow, unchanged', () => {
  let shared: string;
  let trained: string;
  let arrivals: string;
  let embedded: Scored;

  async function scored(log: string | null): Promise<Scored> {
    const dir = await folder();
    await cp(join(trained, 'registry'), join(dir, '.weir', 'registry'), { recursive: true });
    const place = log === null ? [] : ['--log', log];
    const sizes = ['--partitions', `${PARTITIONS}`, '--workers', '2', '--batch-rows', '300'];
    weir(dir, 'run', join(PIPELINE, 'score.flow'), '--param', `data=${arrivals}`, ...sizes, ...place);
    const read = (topic: string, key: string) => fromLines(weir(dir, 'topics', 'read', topic, '--json', ...place), key);
    return { alerts: read('alerts', 'patient_nbr'), scores: read('scores', 'encounter_id') };
  }

  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), 'weir-one-flow-'));
    const known = join(shared, 'known.csv.gz');
    arrivals = join(shared, 'arrivals.csv.gz');
    await writeEncounters(known, 8_000, 1);
    await writeEncounters(arrivals, ARRIVALS, 2);
    trained = join(shared, 'trained');
    const params = [`data=${known}`, `report=${join(shared, 'report.html')}`, 'least_auroc=0.5'];
    weir(shared, 'run', join(PIPELINE, 'train.flow'), '--log', trained, ...params.flatMap(param => ['--param', param]));
    embedded = await scored(null);
    expect(embedded.alerts.size).toBeGreaterThan(100);
    // Else there would be no order to keep.
    expect(Math.max(...[...embedded.alerts.values()].map(rows => rows.length))).toBeGreaterThan(1);
  }, TEST_MS);

  afterAll(() => rm(shared, { recursive: true, force: true }));

  describe.skipIf(reason !== null)(`over Kafka${skipNote(reason)}`, () => {
    const kafka = kafkaForTests({ brokers: 1 });
    it(
      'gives the same alerts per patient, in the same order, and the same scores',
      async () => expect(await scored(`kafka://${kafka().bootstrap}/same`)).toEqual(embedded),
      TEST_MS,
    );
  });

  /** The flow over the same records, with the model that was trained. */
  async function flowToSimulate(): Promise<SimulatedFlow> {
    const catalog = await loadCatalog([]);
    const { plan } = await compiled(join(PIPELINE, 'score.flow'), { data: arrivals });
    if (plan === null) throw new Error('the flow compiles');
    const registry = openRegistry(registryFolder(trained), systemClock);
    const capture = [{ node: 'visits', port: 'out' }];
    const { rows } = await runInProcess(plan, catalog, { clock: systemClock, registry, capture, evaluator });
    const visits: readonly Batch[] = rows.get('visits:out') ?? [];
    expect(visits.map(batch => batch.rows)).toEqual([ARRIVALS]);
    return simulatedFlow(plan, catalog, {
      clock: systemClock,
      registry,
      lookUp: operatorCatalog(catalog, evaluator),
      rowsOf: () => visits,
    });
  }

  it.each(['cluster', 'local'] as const)(
    'in a simulated world (%s) gives the same, whatever fails in it',
    async kind => {
      const flow = await flowToSimulate();
      const { busy, elapsed } = await simulate(flow, { kind, seed: 1, faults: [] });
      for (let seed = 1; seed <= SEEDS; seed++) {
        const faults = faultsOf(seededRng(seed), faultKinds(kind), { busy, whole: elapsed }, SESSION_MS);
        const { topics, violations } = await simulate(flow, { kind, seed, faults });
        expect(violations).toEqual([]);
        const alerts = fromTexts(topics.get('alerts'), 'patient_nbr');
        expect({ alerts, scores: fromTexts(topics.get('scores'), 'encounter_id') }).toEqual(embedded);
      }
    },
    TEST_MS,
  );
});
