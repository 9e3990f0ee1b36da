// Does a flow over Kafka lose, double or reorder anything when processes and brokers are killed, frozen, added and stopped under
// it? Starts a cluster of its own. Every round is a flow under a prefix of its own with seeded faults; then the topic is read in
// the order of its offsets and held against the rows the generator makes.
//   node bin/script.mjs scripts/kafka-chaos.ts --rounds 100 --seed 1 --brokers 3
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRng } from '../src/engine/base/rng.ts';
import { FAULTS, type Fault, type RoundResult, runRound } from './chaos/round.ts';
import { makeWorkload } from './chaos/workload.ts';
import { startKafka } from './services/kafka-cluster.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    /** The number of the first round, to have a later one again. */
    first: { type: 'string', default: '1' },
    brokers: { type: 'string', default: '1' },
    rows: { type: 'string', default: '300000' },
    'batch-rows': { type: 'string', default: '100' },
    /** Faults of a round, at most. */
    faults: { type: 'string', default: '8' },
    'session-ms': { type: 'string', default: '2000' },
    /** Each fault as it happens. */
    verbose: { type: 'boolean', default: false },
    /** No further round begins after this. */
    minutes: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const brokers = values.brokers === '3' ? 3 : 1;
const weir = join(import.meta.dirname, '..', 'bin', 'weir.mjs');
const until = performance.now() + Number(values.minutes) * 60_000;
const say = (line: string) => void process.stdout.write(values.json ? '' : `${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'weir-chaos-'));
const results: RoundResult[] = [];
const isViolation = ({ lost, doubled, reordered, foreign, failures }: RoundResult) =>
  lost + doubled + reordered + foreign + failures.length > 0;
const counted = (result: Pick<RoundResult, 'fired'>) =>
  FAULTS.map(fault => `${fault} ${result.fired[fault]}`).join(', ');

const cluster = await startKafka({ brokers, dir: join(folder, 'kafka'), say });
try {
  const rows = Number(values.rows);
  const workloads = [makeWorkload('generated', folder, rows), makeWorkload('exchanged', folder, rows)];
  const first = Number(values.first);
  for (let number = first; number < first + Number(values.rounds) && performance.now() < until; number++) {
    const workload = workloads[(number - 1) % workloads.length];
    const result = await runRound({
      number,
      weir,
      folder,
      cluster,
      workload,
      // A round can be had again by itself, as far as processes keep time.
      rng: seededRng(seed * 100_003 + number),
      batchRows: Number(values['batch-rows']),
      sessionMs: Number(values['session-ms']),
      mostFaults: Number(values.faults),
      say: values.verbose ? say : () => undefined,
    });
    results.push(result);
    const { lost, doubled, reordered, foreign, seconds, restarts } = result;
    const verdict = isViolation(result) ? 'VIOLATION' : 'ok';
    const figures = `${result.rows} rows, ${lost} lost, ${doubled} doubled, ${reordered} out of order, ${foreign} foreign`;
    const again = Object.entries(restarts).map(([code, count]) => `${code} ${count}`);
    say(
      `round ${number} (${workload.kind}): ${verdict}: ${figures}; ${result.failures.length} failed or hung, ${result.gaveUp} gave up a cluster that was away when they started`,
    );
    say(
      `  ${seconds} s, ${result.secondsAfter} of them after the faults, ${result.processes} processes; ${counted(result)}; restarts: ${again.join(', ') || 'none'}`,
    );
    for (const example of result.examples) say(`  ${example}`);
    for (const story of result.failures) say(`  ${story}`);
    if (values.json) process.stdout.write(`${JSON.stringify({ round: number, workload: workload.kind, ...result })}\n`);
  }
} finally {
  await cluster.stop(0);
  const isToKeep = results.some(isViolation);
  if (isToKeep) say(`kept for a look: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

const sum = (of: (result: RoundResult) => number) => results.reduce((total, result) => total + of(result), 0);
const fired = Object.fromEntries(FAULTS.map(fault => [fault, sum(one => one.fired[fault])])) as Record<Fault, number>;
const summary = {
  brokers,
  rounds: results.length,
  violations: results.filter(isViolation).length,
  faults: sum(one => FAULTS.reduce((total, fault) => total + one.fired[fault], 0)),
  fired,
  rows: sum(one => one.rows),
  lost: sum(one => one.lost),
  doubled: sum(one => one.doubled),
  reordered: sum(one => one.reordered),
  foreign: sum(one => one.foreign),
  gaveUp: sum(one => one.gaveUp),
  failures: sum(one => one.failures.length),
};
if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
say('');
for (const [name, value] of Object.entries(summary)) {
  say(`${name.padEnd(12)} ${typeof value === 'number' ? value : counted({ fired })}`);
}
process.exitCode = summary.violations > 0 || results.length === 0 ? 1 : 0;
