// Does a flow over Kafka stay as it is for a long time? Measures how many records a second it takes at most, then feeds it half of
// that, and watches memory, lag and every warning. At the end all records must have been counted, once.
//   node bin/script.mjs scripts/kafka-soak.ts --minutes 20 [--workers 2] [--partitions 2] [--rate N] [--json]
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fieldNames, type JsonRecord, readRecords } from '../benchmarks/kafka-score/records.ts';
import { TopicsForBenchmark } from '../benchmarks/kafka-score/topics.ts';
import { trainedOnce } from '../benchmarks/score-stream/trained.ts';
import type { RunEvent, RunSummary } from '../src/engine/contract/progress.ts';
import { startKafka } from './services/kafka-cluster.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    workers: { type: 'string', default: '2' },
    partitions: { type: 'string', default: '2' },
    /** Records a second; half of the measured peak by default. */
    rate: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const ROWS = 40_000;
/** Of the measurement of the peak. */
const PEAK_TIMES = 12;
const SAMPLE_MS = 5_000;
/** The first part of the time is not looked at: code is compiled, buffers grow to their size. */
const WARM_PART = 0.25;
/** The last quarter may hold this much more memory than the second. */
const MAX_GROWTH = 1.15;
/** Seconds of input that Weir may be behind. */
const MAX_LAG_S = 5;
/** So much of the records is kept on disk. */
const KEPT = { 'retention.bytes': '1000000000', 'segment.bytes': '100000000' };

interface Sample {
  readonly seconds: number;
  readonly rssMb: number;
  readonly lag: number;
  readonly sent: number;
  readonly taken: number;
  /** Records that the feeder could not send in time. */
  readonly behind: number;
}

const root = join(import.meta.dirname, '..');
const say = (line: string): void => void (values.json ? undefined : process.stdout.write(`${line}\n`));
const place = mkdtempSync(join(tmpdir(), 'weir-soak-'));
const children = new Set<ChildProcess>();
const trained = await trainedOnce(ROWS);
const kafka = await startKafka({
  brokers: 1,
  dir: join(place, 'kafka'),
  settings: { 'log.retention.check.interval.ms': '5000' },
  say,
});
const topics = await TopicsForBenchmark.connect(kafka.bootstrap);
try {
  const names = fieldNames(join(root, 'benchmarks/score-stream/score.flow'));
  const records = await readRecords(join(trained, 'arrivals.csv'), names);
  const file = join(place, 'records.ndjson');
  writeFileSync(file, records.map(({ value }) => `${value}\n`).join(''));
  const partitions = Number(values.partitions);
  const peak = values.rate === undefined ? await measurePeak(records) : null;
  const rate = values.rate === undefined ? Math.floor((peak ?? 0) / 2) : Number(values.rate);
  say(`${peak === null ? '' : `peak ${peak} records/s; `}feeding ${rate} records/s for ${values.minutes} minutes`);

  await topics.make('records', partitions, KEPT);
  await topics.make('alerts', partitions, KEPT);
  const weir = startWeir('soak', 'records', 'alerts');
  const feeder = startFeeder(file, 'records');
  await weir.ready;
  feeder.rate(rate);
  const samples = await watch(weir, feeder, Number(values.minutes) * 60_000);
  const sent = await feeder.end();
  const until = performance.now() + 60_000;
  while (weir.taken() < sent && performance.now() < until && !weir.hasEnded()) await delay(200);
  const summary = await weir.stop();
  const verdict = judge(samples, rate, sent, weir.taken(), weir.warnings, summary);
  if (values.json) process.stdout.write(`${JSON.stringify({ peak, rate, samples, ...verdict })}\n`);
  else for (const line of verdict.lines) say(line);
  process.exitCode = verdict.ok ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await topics.close();
  await kafka.stop(0);
  rmSync(place, { recursive: true, force: true });
}

/** Records a second of a topic that is full, from the first third on. */
async function measurePeak(records: readonly JsonRecord[]): Promise<number> {
  const partitions = Number(values.partitions);
  const all = records.length * PEAK_TIMES;
  await topics.fill('peak', partitions, records, PEAK_TIMES);
  await topics.make('peak-alerts', partitions, KEPT);
  const weir = startWeir('peak', 'peak', 'peak-alerts');
  const moments: { readonly ms: number; readonly taken: number }[] = [];
  while (weir.taken() < all) {
    if (weir.hasEnded()) throw new Error(`weir ended: ${weir.said()}`);
    if (moments.at(-1)?.taken !== weir.taken()) moments.push({ ms: performance.now(), taken: weir.taken() });
    await delay(20);
  }
  await weir.stop();
  const first = moments.find(({ taken }) => taken > all / 3);
  const last = moments.at(-1);
  if (first === undefined || last === undefined || last === first) throw new Error('all records came at once');
  return Math.round(((last.taken - first.taken) * 1000) / (last.ms - first.ms));
}

function startWeir(prefix: string, from: string, to: string) {
  const dir = join(place, prefix);
  mkdirSync(join(dir, '.weir'), { recursive: true });
  cpSync(join(trained, 'weir', 'registry'), join(dir, '.weir', 'registry'), { recursive: true });
  const args = [join(root, 'bin/weir.mjs'), 'run', join(root, 'benchmarks/kafka-score/score.flow'), '--json'];
  const log = [
    '--log',
    `kafka://${kafka.bootstrap}/${prefix}`,
    '--workers',
    values.workers,
    '--partitions',
    values.partitions,
  ];
  const params = ['--param', `records=${from}`, '--param', `alerts=${to}`];
  const child = spawn(process.execPath, [...args, ...log, ...params], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let [taken, lag, said] = [0, 0, ''];
  let summary: RunSummary | null = null;
  const warnings: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout! }).on('line', line => {
    const event = JSON.parse(line) as RunEvent;
    if (event.event === 'job') ready.resolve();
    if (event.event === 'progress' && event.stage === 'visits') {
      taken = event.rowsIn;
      lag = event.lag ?? lag;
    }
    if (event.event === 'warning') warnings.push(`${event.code} ${event.message}`);
    if (event.event === 'restart') warnings.push(`restart of ${event.task}: ${event.reason}`);
    if (event.event === 'summary') summary = event;
  });
  child.stderr!.on('data', text => (said = `${said}${text}`.slice(-4_000)));
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  return {
    pid: child.pid!,
    ready: ready.promise,
    warnings,
    taken: () => summary?.stages.find(({ name }) => name === 'visits')?.rows_in ?? taken,
    lag: () => lag,
    said: () => said,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop(): Promise<RunSummary | null> {
      child.kill('SIGINT');
      await ended;
      children.delete(child);
      return summary;
    },
  };
}

function startFeeder(file: string, topic: string) {
  const args = [join(root, 'scripts/soak/feeder.ts'), kafka.bootstrap, topic, values.partitions, file];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  let told = { sent: 0, behind: 0 };
  createInterface({ input: child.stdout! }).on('line', line => (told = JSON.parse(line)));
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const order = (text: unknown) => void child.stdin!.write(`${JSON.stringify(text)}\n`);
  return {
    rate: (rate: number) => order({ rate }),
    told: () => told,
    async end(): Promise<number> {
      order({ end: true });
      await ended;
      children.delete(child);
      return told.sent;
    },
  };
}

async function watch(
  weir: ReturnType<typeof startWeir>,
  feeder: ReturnType<typeof startFeeder>,
  ms: number,
): Promise<readonly Sample[]> {
  const began = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - began < ms) {
    await delay(SAMPLE_MS);
    if (weir.hasEnded()) throw new Error(`weir ended: ${weir.said()}`);
    const { sent, behind } = feeder.told();
    const seconds = Math.round((performance.now() - began) / 1000);
    samples.push({ seconds, rssMb: residentMb(weir.pid), lag: weir.lag(), sent, taken: weir.taken(), behind });
    const { rssMb, lag, taken } = samples[samples.length - 1];
    if (samples.length % 6 === 0) {
      say(`${seconds} s: ${sent} sent, ${taken} taken, ${lag} behind, ${rssMb} MB, load ${loadavg()[0].toFixed(1)}`);
    }
  }
  return samples;
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1024);
}

function judge(
  samples: readonly Sample[],
  rate: number,
  sent: number,
  taken: number,
  warnings: readonly string[],
  summary: RunSummary | null,
) {
  const part = (from: number, to: number) =>
    samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to)).map(one => one.rssMb);
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const growth = mean(part(0.75, 1)) / mean(part(0.25, 0.5));
  const steady = samples.slice(Math.floor(samples.length * WARM_PART));
  const lag = Math.max(...steady.map(one => one.lag));
  const faults = [
    ...(growth > MAX_GROWTH ? ['memory grows'] : []),
    ...(lag > MAX_LAG_S * rate ? ['lag is not bounded'] : []),
    ...(taken === sent ? [] : [`${sent} records were sent, ${taken} taken`]),
    ...warnings,
    ...(summary === null ? ['the run left no summary'] : []),
  ];
  const lines = [
    `memory: last quarter ${growth.toFixed(2)} × the second, peak ${Math.max(...samples.map(one => one.rssMb))} MB`,
    `lag: at most ${lag} records (${(lag / rate).toFixed(2)} s of input), ${samples.at(-1)?.lag} at the end`,
    `records: ${sent} sent, ${taken} taken; the feeder was at most ${Math.max(...samples.map(one => one.behind))} behind its rate`,
    faults.length === 0 ? 'ok: no warning' : faults.join('\n'),
  ];
  return { ok: faults.length === 0, growth, lag, sent, taken, warnings, lines };
}
