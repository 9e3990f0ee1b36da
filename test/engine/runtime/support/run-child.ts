import { readFile } from 'node:fs/promises';
import type { Plan } from '../../../../src/engine/plan/plan.ts';
import { start } from './run-plan.ts';

/**
 * A run in a process of its own, for tests that kill it: `node run-child.ts plan.json folder workers batchRows`. Says
 * `progress` whenever a stage has taken more rows than before, and at the end the summary.
 */
const [planPath, folder, workers, batchRows] = process.argv.slice(2);
const plan = JSON.parse(await readFile(planPath, 'utf8')) as Plan;
const run = start(plan, folder, { workers: Number(workers), batchRows: Number(batchRows) });
const known = new Map<string, number>();
run.events.subscribe(event => {
  if (event.event !== 'progress') return;
  const before = known.get(event.stage);
  if (before !== undefined && event.rowsIn > before) console.log('progress');
  known.set(event.stage, event.rowsIn);
});
const summary = await run.summary;
console.log(JSON.stringify(summary));
process.exitCode = summary.ok ? 0 : 1;
