import { join } from 'node:path';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { checkSame } from './compare-outputs.ts';
import type { CountFigures, LatencyFigures, LogKind, Settings } from './figures.ts';
import { latencyRun, loadFrom } from './latency-run.ts';
import { type Outputs, readOutputs } from './read-output.ts';
import { ROOT, startWeir } from './start-weir.ts';
import { efficiency, median, speedUp } from './statistics.ts';
import { openWorld, type World } from './world.ts';

export interface Asked {
  readonly log: LogKind;
  /** Upward, the first is 1. */
  readonly partitions: readonly number[];
  readonly rows: number;
  readonly rounds: number;
  readonly workers: number;
  /** Records a second; null: half of what one partition gives. */
  readonly rate: number | null;
}
export interface Measured {
  readonly settings: Settings;
  readonly counts: readonly CountFigures[];
}

interface Round {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly brokerCpuSeconds: number | null;
  readonly peakMib: number;
}

const LEARN_ROWS = 20_000;
const flows = join(ROOT, 'pipelines/readmission');

/**
 * `folder` is empty and the caller's to remove; `say` is told what is being done, and no figure. Throws `DifferentOutput` as soon
 * as a run's rows are not those of one partition.
 */
export async function measure(asked: Asked, folder: string, say: (line: string) => void): Promise<Measured> {
  const arrivals = join(folder, 'arrivals.csv');
  await writeEncounters(arrivals, asked.rows, 2);
  say('training the model');
  const trained = await train(folder, asked.workers);
  const world = await openWorld(asked.log, folder, trained);
  try {
    const { rounds, wanted } = await throughputRounds(world, asked, arrivals, say);
    const perSecond = (partitions: number) =>
      asked.rows / median(rounds.get(partitions)!.map(({ seconds }) => seconds));
    const rate = asked.rate ?? Math.max(1, Math.round(perSecond(1) / 2));
    const load = loadFrom(arrivals, asked.rows, rate);
    const latencies = new Map<number, LatencyFigures>();
    for (const partitions of asked.partitions) {
      say(`under load: ${partitionsText(partitions)}`);
      const place = world.place(`p${partitions}load`);
      latencies.set(partitions, await latencyRun(place, load, partitions, asked.workers, wanted));
      place.remove();
    }
    const counts = asked.partitions.map((partitions): CountFigures => {
      const all = rounds.get(partitions)!;
      const timesFaster = speedUp(perSecond(partitions), perSecond(1));
      const broker = all.flatMap(({ brokerCpuSeconds }) => (brokerCpuSeconds === null ? [] : [brokerCpuSeconds]));
      return {
        partitions,
        seconds: all.map(({ seconds }) => seconds),
        rowsPerSecond: perSecond(partitions),
        cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
        brokerCpuSeconds: broker.length === 0 ? null : median(broker),
        peakMib: Math.max(...all.map(({ peakMib }) => peakMib)),
        speedUp: timesFaster,
        efficiency: efficiency(timesFaster, partitions, asked.workers),
        latency: latencies.get(partitions)!,
      };
    });
    const { log, rows, workers } = asked;
    const latencyRows = load.records.count - load.primers - load.warmUp;
    const settings = { log, rows, rounds: asked.rounds, workers, rate, warmUpRows: load.warmUp, latencyRows };
    return { settings, counts };
  } finally {
    await world.close();
  }
}

/** The folder with the model. */
async function train(folder: string, workers: number): Promise<string> {
  const known = join(folder, 'known.csv');
  await writeEncounters(known, LEARN_ROWS, 1);
  const log = join(folder, 'trained');
  const params = [`data=${known}`, `report=${join(folder, 'report.html')}`, 'least_auroc=0.5'];
  const flow = join(flows, 'train.flow');
  await startWeir({ folder, log }, { flow, partitions: 1, workers, params, stdin: 'ignore' }).done;
  return log;
}

/** Counts take turns within a round, so that what else the machine does meets all of them. */
async function throughputRounds(world: World, asked: Asked, data: string, say: (line: string) => void) {
  const rounds = new Map<number, Round[]>(asked.partitions.map(partitions => [partitions, []]));
  let wanted: Outputs | null = null;
  for (let round = 1; round <= asked.rounds; round++) {
    for (const partitions of asked.partitions) {
      say(`round ${round} of ${asked.rounds}: ${partitionsText(partitions)}`);
      const place = world.place(`p${partitions}r${round}`);
      const start = { flow: join(flows, 'score.flow'), partitions, workers: asked.workers, params: [`data=${data}`] };
      const brokerBefore = world.brokerCpuSeconds();
      const { summary, usage } = await startWeir(place, { ...start, stdin: 'ignore' }).done;
      const brokerAfter = world.brokerCpuSeconds();
      const outputs = await readOutputs(place);
      place.remove();
      wanted ??= outputs;
      const what = `round ${round} with ${partitionsText(partitions)}`;
      checkSame(`scores of ${what}`, wanted.scores, outputs.scores);
      checkSame(`alerts of ${what}`, wanted.alerts, outputs.alerts);
      const brokerCpuSeconds = brokerBefore === null || brokerAfter === null ? null : brokerAfter - brokerBefore;
      rounds.get(partitions)!.push({ ...usage, seconds: summary.seconds, brokerCpuSeconds });
    }
  }
  return { rounds, wanted: wanted! };
}

function partitionsText(partitions: number): string {
  return `${partitions} partition${partitions === 1 ? '' : 's'}`;
}
