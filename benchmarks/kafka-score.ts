import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { startKafka } from '../scripts/services/kafka-cluster.ts';
import { systemClock } from '../src/engine/base/system-clock.ts';
import { modelContentOf, openRegistry } from '../src/engine/models/registry.ts';
import { forestFrom } from '../src/learners/gbdt/forest.ts';
import { buildStreams, type Engine, kafkajsPeer, kafkaStreams, weirFlow } from './kafka-score/engines.ts';
import { alertLines, type Measured, measure } from './kafka-score/measure.ts';
import { fieldNames, readRecords } from './kafka-score/records.ts';
import { TopicsForBenchmark } from './kafka-score/topics.ts';
import { type BenchmarkResult, median, tell } from './report.ts';
import { alertsOf, recordModel } from './score-stream/rxjs-pipeline.ts';
import { trainedOnce } from './score-stream/trained.ts';

/**
 * Question: how many records a core does Weir turn into alerts over a real Kafka (topic of JSON → features → gbdt → topic of JSON,
 * exactly once), against kafkajs with rxjs, a record at a time and at least once, and against a Kafka Streams program that does the
 * same work with exactly_once_v2?
 *
 * Guards against: an object per record or a string per value between broker and score, commits that wait for one another,
 * requests per batch that a commit could carry. Gates: 4× and 2×, and 1.6× for two workers. 40,000 made-up encounters of 50
 * columns, sent forty times over, since two JITs, a JVM's and V8's, take some seconds to reach their pace, and each worker has
 * one of its own; 200 trees of depth 6 on about 90 features. The Java program parses with Jackson's streaming parser into reused
 * arrays and walks the trees in arrays: what a careful author writes. Every engine is a process with one thread for records (its
 * others are counted too), reads a topic that is full when it starts, and is measured from a third of the alerts on, when its
 * code is compiled. CPU time of the process, by the system; the broker has the other core. With two workers it has none: the
 * machine's cores over those that were in use with one worker, by whatever, is the most that two can gain, and is told beside the
 * gate. Alerts are compared first, each p as the same double. Rounds interleaved.
 */
const ROWS = 40_000;
const TIMES = 40;
const ROUNDS = 3;
const THRESHOLD = 0.2;

export async function run(): Promise<BenchmarkResult> {
  const folder = await trainedOnce(ROWS);
  const place = mkdtempSync(join(tmpdir(), 'weir-kafka-score-'));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const streams = await buildStreams(say);
  const kafka = await startKafka({ brokers: 1, dir: join(place, 'kafka'), say });
  const topics = await TopicsForBenchmark.connect(kafka.bootstrap);
  try {
    const model = await openRegistry(join(folder, 'weir', 'registry'), systemClock).resolve('benchmark', 'champion');
    if (model === null) throw new Error('the benchmark has no model');
    const content = modelContentOf(model.content);
    const peerModel = recordModel(content, model.version, forestFrom(model.content.bytes, content.features.length, 1));
    const records = await readRecords(
      join(folder, 'arrivals.csv'),
      fieldNames(join(import.meta.dirname, 'score-stream', 'score.flow')),
    );
    const stays = from(records.map(({ value }) => JSON.parse(value) as Record<string, string>));
    const once = alertLines(await lastValueFrom(alertsOf(stays, peerModel, THRESHOLD).pipe(toArray())));
    const wanted = Array.from({ length: TIMES }, () => once)
      .flat()
      .sort();
    if (once.length === 0) throw new Error('the benchmark raises no alerts');

    for (const partitions of [1, 2]) await topics.fill(`records-${partitions}`, partitions, records, TIMES);
    const modelFile = join(place, 'model.json');
    writeFileSync(modelFile, modelText(model.version, model.content.bytes, content));
    mkdirSync(join(place, '.weir'));
    cpSync(join(folder, 'weir', 'registry'), join(place, '.weir', 'registry'), { recursive: true });
    const world = { bootstrap: kafka.bootstrap, dir: place, modelFile, threshold: THRESHOLD };
    const engines: readonly (readonly [string, number, Engine])[] = [
      ['kafkajs, rxjs', 1, kafkajsPeer(world)],
      ['Kafka Streams', 1, kafkaStreams(world, streams, 1)],
      ['Kafka Streams, two threads', 2, kafkaStreams(world, streams, 2)],
      ['Weir', 1, weirFlow(world, 1)],
      ['Weir, two workers', 2, weirFlow(world, 2)],
    ];
    const chosen = process.env['WEIR_BENCHMARK_ENGINES']?.split(';');
    const measured = new Map<string, Measured[]>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, partitions, engine] of engines) {
        if (chosen !== undefined && !chosen.includes(name)) continue;
        const to = `alerts-${measured.get(name)?.length ?? 0}-${engines.findIndex(one => one[0] === name)}`;
        await topics.make(to, partitions);
        const one = await measure(
          engine,
          { from: `records-${partitions}`, to, partitions, records: ROWS * TIMES },
          wanted,
          kafka.bootstrap,
        );
        measured.set(name, [...(measured.get(name) ?? []), one]);
        say(`${name}: ${one.perCpuSecond.toFixed(0)} a CPU second, ${one.perSecond.toFixed(0)} a second`);
      }
    }
    return result(measured, once.length * TIMES);
  } finally {
    await topics.close();
    await kafka.stop(0);
    rmSync(place, { recursive: true, force: true });
  }
}

function result(measured: ReadonlyMap<string, readonly Measured[]>, alerts: number): BenchmarkResult {
  const medians: Record<string, { value: number; unit: string }> = {};
  for (const [name, all] of measured) {
    medians[`${name}: per core`] = {
      value: median(all.map(one => one.perCpuSecond)) / 1000,
      unit: 'k records per CPU second',
    };
    medians[`${name}: on the wall`] = {
      value: median(all.map(one => one.perSecond)) / 1000,
      unit: 'k records per second',
    };
    medians[`${name}: with the broker`] = { value: median(all.map(one => one.busyCores)), unit: 'cores in use' };
  }
  const ratio = (name: string, of: string, against: string) =>
    medians[`${name}: ${of}`]?.value / medians[`${against}: ${of}`]?.value;
  const ratios = [
    { against: 'kafkajs with rxjs, per core', ratio: ratio('Weir', 'per core', 'kafkajs, rxjs'), gate: 4 },
    { against: 'Kafka Streams, per core', ratio: ratio('Weir', 'per core', 'Kafka Streams'), gate: 2 },
    {
      against: 'one worker and partition, on the wall',
      ratio: ratio('Weir, two workers', 'on the wall', 'Weir'),
      gate: 1.6,
    },
    {
      against: 'one worker and partition, the most that the cores have room for',
      ratio: availableParallelism() / medians['Weir: with the broker']?.value,
      gate: null,
    },
  ];
  return {
    name: 'kafka-score',
    question: `${ROWS * TIMES} JSON records of one topic → gbdt → ${alerts} alerts of another, over a real Kafka`,
    medians,
    // Of the engines that ran.
    ratios: ratios.filter(one => !Number.isNaN(one.ratio)),
  };
}

/** For the peers: the transform's steps and the trees, as numbers for Java and as the learner keeps them. */
function modelText(
  version: string,
  bytes: Readonly<Record<string, Uint8Array>>,
  content: ReturnType<typeof modelContentOf>,
): string {
  const forest = forestFrom(bytes, content.features.length, 1);
  const { transform } = content;
  if (transform === null) throw new Error('the model brings its transform');
  return JSON.stringify({
    version,
    base: (content.learned as { readonly base: readonly number[] }).base[0],
    features: transform.features,
    steps: transform.steps.filter(step => step.kind === 'rule'),
    forest: Object.fromEntries(
      Object.entries(forest).flatMap(([name, values]) =>
        ArrayBuffer.isView(values) ? [[name, Array.from(values as Float64Array)]] : [],
      ),
    ),
    content,
    bytes: Object.fromEntries(
      Object.entries(bytes).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
  });
}

if (import.meta.main) tell(await run());
