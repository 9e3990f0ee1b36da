// Does memory stay where it is when the rows become many?
//   node scripts/scale.ts train  [--rows 1000000]  [--heap 2048]     trains on generated encounters under a bounded heap
//   node scripts/scale.ts stream [--rows 10000000] [--threshold 0.5] streams them through scoring, and watches memory and disk
// Made-up encounters are written once, a million to a file; a stream of more reads the file again under other names.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeEncounters } from '../pipelines/readmission/generate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    /** MiB of heap of the main thread and of each worker. */
    heap: { type: 'string', default: '2048' },
    workers: { type: 'string', default: '2' },
    /** Alerts are the dear part of a stream; fewer of them and the rows go through sooner. */
    threshold: { type: 'string', default: '0.5' },
    folder: { type: 'string', default: join(tmpdir(), 'weir-scale') },
  },
});
const [what] = positionals;
if (what !== 'train' && what !== 'stream') {
  process.stderr.write('node scripts/scale.ts train|stream [--rows N] [--heap MIB] [--workers N] [--folder DIR]\n');
  process.exit(2);
}
const ROWS_PER_FILE = 1_000_000;
const SAMPLE_MS = 1_000;
/** The last quarter of a stream may hold this much more than its second. */
const MAX_GROWTH = 1.15;

const root = join(import.meta.dirname, '..');
const rows = Number(values.rows ?? (what === 'train' ? ROWS_PER_FILE : 10 * ROWS_PER_FILE));
mkdirSync(values.folder, { recursive: true });

interface Sample {
  readonly seconds: number;
  readonly rssMb: number;
  readonly logMb: number;
  readonly rows: number;
}
interface Outcome {
  readonly status: number | null;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly samples: readonly Sample[];
  readonly peakMb: number;
}

async function weir(flow: string, log: string, params: readonly string[], progressStage: string): Promise<Outcome> {
  const args = [
    `--max-old-space-size=${values.heap}`,
    join(root, 'bin', 'weir.mjs'),
    'run',
    join(root, 'pipelines/readmission', flow),
    '--log',
    log,
    '--workers',
    values.workers,
    '--json',
  ];
  const given = params.flatMap(param => ['--param', param]);
  const child = spawn(process.execPath, [...args, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number | null>(resolve => child.once('close', code => resolve(code)));
  const started = performance.now();
  const samples: Sample[] = [];
  let done = 0;
  let peakMb = 0;
  const timer = setInterval(() => {
    const status = statusOf(child.pid);
    if (status === null) return;
    peakMb = Math.max(peakMb, status.peakMb);
    const logMb = folderBytes(join(log, 'log')) / 2 ** 20;
    samples.push({ seconds: (performance.now() - started) / 1000, rssMb: status.rssMb, logMb, rows: done });
  }, SAMPLE_MS);
  let last = '{}';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    const event = JSON.parse(line) as { event: string; stage?: string; rowsIn?: number };
    if (event.event === 'progress' && event.stage === progressStage) done = event.rowsIn ?? done;
  }
  clearInterval(timer);
  return { status: await exit, summary: JSON.parse(last) as Outcome['summary'], samples, peakMb };
}

function statusOf(pid: number | undefined): { rssMb: number; peakMb: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
    return { rssMb: kb('VmRSS') / 1024, peakMb: kb('VmHWM') / 1024 };
  } catch {
    return null;
  }
}

function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true })) {
    try {
      bytes += statSync(join(folder, String(entry))).size;
    } catch {
      // Removed meanwhile.
    }
  }
  return bytes;
}

async function encountersFile(name: string, count: number, seed: number): Promise<string> {
  const path = join(values.folder, `${name}-${count}.csv`);
  if (!existsSync(path)) await writeEncounters(path, count, seed);
  return path;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function train(): Promise<boolean> {
  const data = await encountersFile('encounters', rows, 1);
  const log = join(values.folder, 'train');
  rmSync(log, { recursive: true, force: true });
  const params = [`data=${data}`, `report=${join(values.folder, 'report.html')}`, 'least_auroc=0.5'];
  const { status, summary, peakMb } = await weir('train.flow', log, params, 'boosted');
  say(`train: ${rows} rows, heap ${values.heap} MiB, ${values.workers} workers: exit ${status}`);
  say(`  ${summary['seconds']} s, peak memory ${peakMb.toFixed(0)} MiB, load ${loadavg()[0].toFixed(1)}`);
  const { card } = (summary['reports'] ?? {}) as { card?: { auroc?: number } };
  say(`  test AUROC ${card?.auroc}`);
  return status === 0;
}

async function stream(): Promise<boolean> {
  const small = await encountersFile('encounters', Math.min(rows, 60_000), 1);
  const trained = join(values.folder, 'model');
  if (!existsSync(join(trained, 'registry'))) {
    const params = [`data=${small}`, `report=${join(values.folder, 'report.html')}`, 'least_auroc=0.5'];
    const { status } = await weir('train.flow', trained, params, 'boosted');
    if (status !== 0) throw new Error(`training ended with ${status}`);
  }
  const perFile = Math.min(rows, ROWS_PER_FILE);
  const file = await encountersFile('encounters', perFile, 1);
  const arrivals = join(values.folder, 'arrivals');
  rmSync(arrivals, { recursive: true, force: true });
  mkdirSync(arrivals);
  for (let i = 0; i < Math.ceil(rows / perFile); i++) symlinkSync(file, join(arrivals, `part-${100 + i}.csv`));
  rmSync(join(trained, 'log'), { recursive: true, force: true });
  const params = [`data=${join(arrivals, '*.csv')}`, `threshold=${values.threshold}`];
  const { status, summary, samples, peakMb } = await weir('score.flow', trained, params, 'visits');
  say(`stream: ${rows} rows, ${values.workers} workers, threshold ${values.threshold}: exit ${status}`);
  say(`  ${summary['seconds']} s, peak memory ${peakMb.toFixed(0)} MiB, load ${loadavg()[0].toFixed(1)}`);
  for (const sample of samples.filter((_, i) => i % Math.ceil(samples.length / 12) === 0)) {
    const { seconds, rssMb, logMb } = sample;
    say(
      `  ${seconds.toFixed(0).padStart(5)} s  ${String(sample.rows).padStart(9)} rows  memory ${rssMb.toFixed(0)} MiB  log ${logMb.toFixed(0)} MiB`,
    );
  }
  const quarter = (n: number) => samples.slice((samples.length * n) / 4, (samples.length * (n + 1)) / 4);
  const mean = (part: readonly Sample[]) => part.reduce((sum, { rssMb }) => sum + rssMb, 0) / part.length;
  const growth = mean(quarter(3)) / mean(quarter(1));
  say(`  memory in the last quarter: ${growth.toFixed(2)} × that in the second (at most ${MAX_GROWTH})`);
  return status === 0 && growth <= MAX_GROWTH;
}

process.exitCode = (await (what === 'train' ? train() : stream())) ? 0 : 1;
