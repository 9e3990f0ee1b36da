// Does a flow lose or double anything when it is killed? Runs it once undisturbed, then kills it (SIGKILL) at seeded moments,
// with another worker count at each restart, until it has ended, and compares what the topics hold, byte for byte.
//   node scripts/kill-and-resume.ts --flow score.flow --param data=x.csv.gz --log .weir --topic alerts --kills 50
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { seededRng } from '../src/engine/base/rng.ts';
import { sha256 } from '../src/engine/base/sha256.ts';

const { values } = parseArgs({
  options: {
    flow: { type: 'string' },
    param: { type: 'string', multiple: true, default: [] },
    /** A folder whose registry the flow reads; copied for every round. */
    log: { type: 'string' },
    topic: { type: 'string', multiple: true, default: ['alerts'] },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const flow = values.flow ?? usage();
const kills = Number(values.kills);
const rng = seededRng(Number(values.seed));
const weir = join(import.meta.dirname, '..', 'bin', 'weir.mjs');
const MAX_ROUNDS = 200;

function usage(): never {
  process.stderr.write(
    'node scripts/kill-and-resume.ts --flow FLOW [--param k=v] [--log DIR] [--topic alerts] [--kills 50] [--seed 1]\n',
  );
  process.exit(2);
}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-kill-'));
  const registry = join(values.log ?? '.weir', 'registry');
  if (existsSync(registry)) cpSync(registry, join(folder, 'registry'), { recursive: true });
  return folder;
}

function start(folder: string, workers: number): ChildProcess {
  const params = values.param.flatMap(text => ['--param', text]);
  const args = [weir, 'run', flow, ...params, '--log', folder, '--workers', String(workers), '--json'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Resolves with the exit code; calls `onEvent` with each event's name. */
async function ended(
  child: ChildProcess,
  onEvent: (event: { event: string; state?: string }) => void,
): Promise<number | null> {
  const exit = new Promise<number | null>(resolve => child.once('close', code => resolve(code)));
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      try {
        onEvent(JSON.parse(line) as { event: string });
      } catch {
        // A line cut by the kill.
      }
    }
  }
  return exit;
}

function topicsOf(folder: string): string {
  const parts = values.topic.map(topic => {
    const read = spawnSync(process.execPath, [weir, 'topics', 'read', topic, '--json', '--sorted', '--log', folder], {
      maxBuffer: 1 << 30,
      encoding: 'buffer',
    });
    if (read.status !== 0) throw new Error(`topics read ${topic}: ${read.stderr}`);
    process.stdout.write(
      `  ${topic}: ${read.stdout.toString().split('\n').length - 1} rows, ${sha256(read.stdout).slice(0, 16)}\n`,
    );
    return sha256(read.stdout);
  });
  return parts.join('\n');
}

const reference = freshFolder();
let streaming = 0;
const code = await ended(start(reference, 2), event => {
  if (event.event === 'job' && event.state === 'running') streaming = performance.now();
});
const streamMs = performance.now() - streaming;
if (code !== 0) throw new Error(`the undisturbed run ended with ${code}`);
process.stdout.write(`undisturbed: ${Math.round(streamMs)} ms in the stream\n`);
const expected = topicsOf(reference);
rmSync(reference, { recursive: true, force: true });

let killed = 0;
let rounds = 0;
let wrong = 0;
while (killed < kills && rounds < MAX_ROUNDS) {
  rounds++;
  const folder = freshFolder();
  let here = 0;
  for (let restart = 0; ; restart++) {
    const child = start(folder, 1 + (restart % 3));
    const early = rng.next() < 0.1;
    // The last restart of all is left alone, so that every round ends.
    const delay = killed < kills ? (early ? rng.below(800) : rng.below(Math.ceil(streamMs / 6))) : null;
    let timer: NodeJS.Timeout | undefined;
    const killSoon = () => {
      if (delay !== null) timer ??= setTimeout(() => child.kill('SIGKILL'), delay);
    };
    if (early) killSoon();
    const status = await ended(child, event => {
      if (!early && event.event === 'job' && event.state === 'running') killSoon();
    });
    clearTimeout(timer);
    if (status === null) {
      killed++;
      here++;
      continue;
    }
    if (status !== 0) throw new Error(`a restart ended with ${status}`);
    break;
  }
  process.stdout.write(`round ${rounds}: killed ${here} times (${killed} of ${kills})\n`);
  if (topicsOf(folder) !== expected) {
    wrong++;
    process.stdout.write(`  DIFFERS from the undisturbed run; kept at ${folder}\n`);
  } else {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.stdout.write(`${killed} kills in ${rounds} rounds, ${wrong} rounds with other output\n`);
process.exitCode = wrong === 0 && killed >= kills ? 0 : 1;
