import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeEncounters } from '../pipelines/readmission/generate.ts';
import type { RunEvent, RunSummary } from '../src/engine/contract/progress.ts';
import { type BenchmarkResult, median, tell } from './report.ts';

/**
 * Question: how much sooner is the readmission flow done with two workers than with one: scoring a stream over the embedded log,
 * and training?
 *
 * Guards against: a stage that only one task can run, a task that waits for the log or for rows when there are some, work on the
 * main thread. The gate is 1.6× for scoring. 3,000,000 arrivals, since a stream goes on: the start of threads, and V8 compiling
 * the same code once per worker, take as long however many rows come (2.4 s of 13.5 s at 1,500,000). The whole flow with its
 * reasons, log and commits, through the command line. What the runs print as their counts, and the hash of the model learned,
 * are compared first. What the machine has to give is measured beside it: the same stream by two processes at once, of one
 * worker each and with nothing in common, against one of them alone. Time on the wall, as told by the run itself, since that is
 * the question: on a machine of two cores nothing else may run. Rounds interleaved.
 */
const LEARN_ROWS = 60_000;
const STREAM_ROWS = 3_000_000;
const ROUNDS = 3;
const GATE = 1.6;

/** A variant. */
const BOTH = 'score, two processes of 1 worker at once';

const root = join(import.meta.dirname, '..');
const flows = join(root, 'pipelines/readmission');

export async function run(): Promise<BenchmarkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-two-workers-'));
  try {
    return await runIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string): Promise<BenchmarkResult> {
  const known = join(folder, 'known.csv');
  const arrivals = join(folder, 'arrivals.csv');
  await writeEncounters(known, LEARN_ROWS, 1);
  await writeEncounters(arrivals, STREAM_ROWS, 2);
  const trained = join(folder, 'trained');
  const report = `report=${join(folder, 'report.html')}`;
  const train = (dir: string, workers: number) =>
    weir('train.flow', dir, workers, [`data=${known}`, report, 'least_auroc=0.5']);
  await train(trained, 2);
  const score = (dir: string, workers: number) => {
    mkdirSync(dir);
    cpSync(join(trained, 'registry'), join(dir, 'registry'), { recursive: true });
    return weir('score.flow', dir, workers, [`data=${arrivals}`]);
  };

  const seconds = new Map<string, number[]>();
  const outcomes = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, start] of Object.entries({ score, train })) {
      for (const workers of [1, 2]) {
        const dir = join(folder, 'run');
        const { summary, jobs } = await start(dir, workers);
        rmSync(dir, { recursive: true });
        const outcome = JSON.stringify([summary.stages, summary.models]);
        if (outcome !== (outcomes.get(what) ?? outcome)) throw new Error(`${what} differs with ${workers} workers`);
        outcomes.set(what, outcome);
        const add = (part: string, took: number | undefined) => {
          const name = variant(part, workers);
          if (took !== undefined) seconds.set(name, [...(seconds.get(name) ?? []), took]);
        };
        add(what, summary.seconds);
        add('gbdt alone', jobs.get('boosted'));
      }
    }
    const dirs = [join(folder, 'one'), join(folder, 'other')];
    const both = await Promise.all(dirs.map(dir => score(dir, 1)));
    for (const dir of dirs) rmSync(dir, { recursive: true });
    seconds.set(BOTH, [...(seconds.get(BOTH) ?? []), Math.max(...both.map(({ summary }) => summary.seconds))]);
  }
  const medians = Object.fromEntries([...seconds].map(([name, all]) => [name, { value: median(all), unit: 's' }]));
  const ratio = (what: string) => medians[variant(what, 1)].value / medians[variant(what, 2)].value;
  return {
    name: 'two-workers',
    question: `${STREAM_ROWS} rows scored over the log, a model trained on ${LEARN_ROWS}`,
    medians,
    ratios: [
      { against: 'one worker, scoring', ratio: ratio('score'), gate: GATE },
      {
        against: 'one worker, had by two processes at once',
        ratio: (2 * medians[variant('score', 1)].value) / medians[BOTH].value,
        gate: null,
      },
      { against: 'one worker, training', ratio: ratio('train'), gate: null },
      { against: 'one worker, gbdt alone', ratio: ratio('gbdt alone'), gate: null },
    ],
  };
}

function variant(what: string, workers: number): string {
  return `${what}, ${workers} worker${workers === 1 ? '' : 's'}`;
}

interface Finished {
  readonly summary: RunSummary;
  /** Seconds by job. */
  readonly jobs: ReadonlyMap<string, number>;
}

async function weir(flow: string, dir: string, workers: number, params: readonly string[]): Promise<Finished> {
  const args = [join(root, 'bin', 'weir.mjs'), 'run', join(flows, flow), '--log', dir, '--workers', String(workers)];
  const given = params.flatMap(param => ['--param', param]);
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...given, '--json'], { maxBuffer: 1 << 26 });
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as RunEvent);
  const summary = events.at(-1) as RunSummary;
  const jobs = events.flatMap(event =>
    event.event === 'job' && event.state === 'done' ? [[event.job, event.seconds ?? 0] as const] : [],
  );
  return { summary, jobs: new Map(jobs) };
}

if (import.meta.main) tell(await run());
