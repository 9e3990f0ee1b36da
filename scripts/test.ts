// `npm test`: types, style, then every test; ends with one line of counts and a useful exit code.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchForTests } from './services/fetch-for-tests.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

function step(title: string, command: string, args: readonly string[]): boolean {
  process.stdout.write(`\n— ${title}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  return status === 0;
}

process.stdout.write('\n— services\n');
const absent = await fetchForTests(['kafka', 'registry'], line => process.stdout.write(`${line}\n`));
for (const line of absent) process.stdout.write(`its tests are skipped, without ${line}\n`);

const typed = step('types', bin('tsc'), ['--noEmit']);
const styled = step('style', bin('biome'), ['check', '.']);
const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
const report = join(folder, 'report.json');
const more = process.argv.slice(2);
const tested = step('tests', bin('vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...more,
]);

let counts = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
try {
  counts = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  process.stdout.write('the test runner left no report\n');
}
rmSync(folder, { recursive: true, force: true });
if (!typed) process.stdout.write('types are wrong: npx tsc --noEmit\n');
if (!styled) process.stdout.write('style differs: npm run format\n');
// Where nobody looks at what was skipped, it has to fail.
const lacking = process.env.CI === 'true' && absent.length > 0;
for (const line of lacking ? absent : []) process.stdout.write(`CI has to run the tests of ${line}\n`);
const failed = counts.numFailedTests + (typed ? 0 : 1) + (styled ? 0 : 1) + (lacking ? 1 : 0);
process.stdout.write(`\n${counts.numPassedTests} passed, ${failed} failed, ${counts.numPendingTests} skipped\n`);
process.exitCode = typed && styled && tested && !lacking ? 0 : 1;
