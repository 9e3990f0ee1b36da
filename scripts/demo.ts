// `npm start`: made-up encounters, a model trained, measured and published from them, then new encounters streamed through
// scoring, and the alerts with their reasons.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeEncounters } from '../pipelines/readmission/generate.ts';
import { paintFor } from '../src/cli/terminal/color.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.weir', 'demo');
const log = join(folder, 'log');
const records = join(folder, 'encounters.csv.gz');
const arrivals = join(folder, 'new-encounters.csv.gz');
const report = join(folder, 'readmission-report.html');
const TRAINING_ROWS = 40_000;
const NEW_ROWS = 20_000;

const paint = paintFor(process.stdout, process.env);

function say(text: string): void {
  process.stdout.write(`\n${paint('bold', text)}\n`);
}

function weir(...args: readonly string[]): void {
  process.stdout.write(`$ weir ${args.map(arg => arg.replaceAll(`${root}/`, '')).join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [join(root, 'bin', 'weir.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 130);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

say(`1. Records: ${TRAINING_ROWS} made-up encounters to learn from, ${NEW_ROWS} that arrive later`);
await writeEncounters(records, TRAINING_ROWS, 1);
await writeEncounters(arrivals, NEW_ROWS, 2);

say('2. Train, evaluate, publish');
weir(
  'run',
  join(root, 'pipelines/readmission/train.flow'),
  '--param',
  `data=${records}`,
  '--param',
  `report=${report}`,
  '--log',
  log,
);

say('3. Stream the new encounters through the published model');
weir('run', join(root, 'pipelines/readmission/score.flow'), '--param', `data=${arrivals}`, '--log', log);

say('4. The first alerts, with their reasons');
weir('topics', 'read', 'alerts', '--limit', '5', '--log', log);

say('Where things lie');
const shown = (path: string) => relative(process.cwd(), path);
process.stdout.write(
  `  report  ${shown(report)}  (open it in a browser)\n` +
    `  alerts  weir topics read alerts --json --log ${shown(log)}\n` +
    `  model   weir models show readmission champion --log ${shown(log)}\n` +
    `  flows   pipelines/readmission/train.flow, score.flow and the library they share, visits.flow\n`,
);
