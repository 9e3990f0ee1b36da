// `npm start`: made-up hospital stays, a model trained, measured and published from them, then new stays streamed through
// scoring, and the alerts with their reasons. A second run begins anew.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { writeEncounters } from '../pipelines/readmission/generate.ts';
import { paintFor } from '../src/cli/terminal/color.ts';
import { countText } from '../src/cli/terminal/numbers.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.weir', 'demo');
const log = join(folder, 'log');
const records = join(folder, 'encounters.csv.gz');
const arrivals = join(folder, 'new-encounters.csv.gz');
const report = join(folder, 'readmission-report.html');
const TRAINING_ROWS = 40_000;
const NEW_ROWS = 100_000;
const SHOWN_ALERTS = 5;

interface Alert {
  readonly encounter_id: number;
  readonly p: number;
  readonly why: readonly string[];
}

const paint = paintFor(process.stdout, process.env);
const shown = (path: string) => relative(process.cwd(), path);

function heading(text: string): void {
  process.stdout.write(`\n${paint('bold', text)}\n`);
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`  ${line}\n`);
}

/** Runs a command as it could be typed, in the sight of the user; gives the seconds it took. */
function weir(...args: readonly string[]): number {
  process.stdout.write(`$ npx weir ${args.map(arg => arg.replaceAll(`${root}/`, '')).join(' ')}\n`);
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, 'bin', 'weir.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 130);
  return (performance.now() - began) / 1000;
}

function readAlerts(): readonly Alert[] {
  const args = ['topics', 'read', 'alerts', '--json', '--log', log];
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'weir.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) process.exit(status ?? 130);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Alert);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

heading(
  `1. Make up ${countText(TRAINING_ROWS)} hospital stays to learn from, and ${countText(NEW_ROWS)} that come in later`,
);
await writeEncounters(records, TRAINING_ROWS, 1);
await writeEncounters(arrivals, NEW_ROWS, 2);
say(
  '50 columns each, as in the UCI diabetes table: patients come back, values are missing, some patients die.',
  'Who is back within 30 days is drawn from a risk planted in the columns: knowing it exactly gives an AUROC of 0.735.',
);

heading('2. Train two models, choose one, measure it on patients it has not seen, publish it');
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

heading('3. Stream the later stays through the published model: an alert where the risk is 20 % or more');
const seconds = weir(
  'run',
  join(root, 'pipelines/readmission/score.flow'),
  '--param',
  `data=${arrivals}`,
  '--log',
  log,
);
const rate = Math.round(NEW_ROWS / seconds);
say(
  `${countText(NEW_ROWS)} stays in ${seconds.toFixed(1)} s, the start of the program included: ` +
    `${countText(rate)} a second on ${availableParallelism()} cores`,
);

const alerts = readAlerts();
heading(`4. The first ${SHOWN_ALERTS} of ${countText(alerts.length)} alerts, each with its three strongest reasons`);
for (const { encounter_id, p, why } of alerts.slice(0, SHOWN_ALERTS))
  say(
    `stay ${encounter_id}: ${Math.round(p * 100)} % likely to be back within 30 days`,
    ...why.map(line => `  ${line}`),
  );
say('The number of a reason is what it adds to the log-odds; with what is not shown they add up to the risk.');

heading('What is where');
say(
  `report   ${shown(report)}  (open it in a browser)`,
  `alerts   npx weir topics read alerts --json --log ${shown(log)}`,
  `model    npx weir models show readmission champion --log ${shown(log)}`,
  'flows    pipelines/readmission/train.flow and score.flow; visits.flow is the library they share',
  'next     docs/guide.md: a flow of your own, in ten minutes',
);
