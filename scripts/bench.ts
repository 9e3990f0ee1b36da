// `npm run bench [-- name…] [--json]`: all benchmarks one after another, each in a process of its own, and at the end each ratio
// beside its gate. Gates are told and not enforced, for machines differ; results that are not the peers' results are an error.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchmarkResult, printResult, ratioText } from '../benchmarks/report.ts';

const folder = join(import.meta.dirname, '..', 'benchmarks');
const { values, positionals } = parseArgs({
  // Started through bin/script.mjs, whose first argument is this file.
  args: process.argv.slice(import.meta.main ? 2 : 3),
  options: { json: { type: 'boolean' } },
  allowPositionals: true,
});
const known = readdirSync(folder)
  .filter(file => file.endsWith('.ts') && readFileSync(join(folder, file), 'utf8').includes('import.meta.main'))
  .map(file => file.slice(0, -'.ts'.length));
const unknown = positionals.filter(name => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(2);
}

const results: BenchmarkResult[] = [];
for (const name of positionals.length > 0 ? positionals : known) {
  const args = ['--expose-gc', join(folder, `${name}.ts`), '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  const [last = ''] = stdout.trim().split('\n').slice(-1);
  if (status !== 0) {
    process.stderr.write(`${name} failed: see above\n`);
    process.exitCode = 1;
    continue;
  }
  const result = JSON.parse(last) as BenchmarkResult;
  results.push(result);
  if (values.json !== true) {
    printResult(result);
    process.stdout.write('\n');
  }
}

const load = loadavg().map(value => value.toFixed(1));
if (values.json === true) process.stdout.write(`${JSON.stringify({ node: process.version, load, results })}\n`);
else {
  const rows = results.flatMap(({ name, ratios }) => ratios.map(ratio => ({ name, ...ratio })));
  const width = Math.max(0, ...rows.map(({ name, against }) => `${name} against ${against}`.length));
  for (const { name, against, ratio, gate } of rows) {
    process.stdout.write(`${`${name} against ${against}`.padEnd(width)}  ${ratioText(ratio, gate)}\n`);
  }
  process.stdout.write(`\nNode ${process.version}, load ${load.join(' ')}; above 3 figures mean little\n`);
}
