import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import type { RunSummary } from '../../src/engine/contract/progress.ts';
import { planPhysical } from '../../src/engine/plan/physical-plan.ts';
import { pushDown } from '../../src/engine/plan/push-down.ts';
import type { StageBackend } from '../../src/engine/runtime/stage-backends.ts';
import { hastyClock } from '../engine/runtime/support/run-plan.ts';
import { type Account, unaccounted } from '../support/row-accounts.ts';
import { compiled, type FlowRun, filesOf, runFlow, topicLines } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

/**
 * Each folder of `flows/` is a golden flow: its .flow files are run in the order of their names, in one log, with `data` its
 * `input.*` and `out`, or `out_…`, a fresh file. However it is run, what comes out is what `expected.json` says.
 */
const FLOWS = join(import.meta.dirname, 'flows');
const folder = temporaryFolders();

interface Way {
  readonly workers: number;
  readonly batchRows: number;
  /** Stopped in mid-course, then finished with this many workers. */
  readonly resume?: number;
  readonly backend?: StageBackend;
}
const WAYS: readonly Way[] = [
  { workers: 0, batchRows: 8192 },
  { workers: 0, batchRows: 7 },
  { workers: 0, batchRows: 1 },
  { workers: 1, batchRows: 8192 },
  { workers: 2, batchRows: 64 },
  { workers: 3, batchRows: 8192 },
  { workers: 1, batchRows: 100, backend: 'interpreted' },
  { workers: 0, batchRows: 64, resume: 3 },
];

interface Expected {
  readonly stages: Readonly<Record<string, Account>>;
  readonly topics: Readonly<Record<string, readonly string[]>>;
}

async function flowsOf(name: string): Promise<readonly string[]> {
  return (await readdir(join(FLOWS, name))).filter(file => file.endsWith('.flow') && !file.startsWith('_')).sort();
}
/** `with.ts` in the folder: stages of its own. */
async function extensionsOf(name: string): Promise<readonly string[]> {
  return (await readdir(join(FLOWS, name))).includes('with.ts') ? [join(FLOWS, name, 'with.ts')] : [];
}
async function paramsOf(name: string, file: string, out: string): Promise<Record<string, string>> {
  const dir = join(FLOWS, name);
  const text = await readFile(join(dir, file), 'utf8');
  const params: Record<string, string> = {};
  if (text.includes('param data:'))
    params['data'] = join(dir, (await readdir(dir)).find(one => one.startsWith('input.')) ?? '');
  for (const [, name] of text.matchAll(/^param (out\w*):/gm)) params[name] = join(out, `${name}.csv`);
  return params;
}

async function outcome(name: string, way: Way): Promise<unknown> {
  const [weir, out] = [await folder(), await folder()];
  const dir = join(FLOWS, name);
  const extensions = await extensionsOf(name);
  const models: Record<string, string> = {};
  const stages: Record<string, unknown> = {};
  for (const file of await flowsOf(name)) {
    const params = await paramsOf(name, file, out);
    const run = { flow: join(dir, file), params, folder: weir, untilCaughtUp: true, extensions, ...way };
    const streamed = await streamedBy(run);
    const first = way.resume === undefined ? null : await stoppedRun(run, streamed);
    const summary = await runFlow({ ...run, workers: way.resume ?? way.workers });
    expect(summary.error, file).toBeUndefined();
    if (first !== null && streamed.length > 0) expect(stopIn(first, summary), file).toBe('in mid-course');
    for (const [binding, model] of Object.entries(summary.models)) models[`${file}/${binding}`] = model.hash;
    for (const stage of summary.stages)
      stages[`${file}/${stage.name}`] = [stage.rows_in, stage.rows_out, stage.rejected];
  }
  const got = { topics: await topicLines(weir), files: await filesOf(out), models, stages };
  return JSON.parse(JSON.stringify(got).replaceAll(`${dir}/`, ''));
}

/** One row at a time and a commit for each, until a stream has given out rows; where there is none, until anything has. */
function stoppedRun(run: FlowRun, streamed: readonly string[]): Promise<RunSummary> {
  const stopAt: FlowRun['stopAt'] = event =>
    event.event === 'progress' && event.rowsOut > 0 && (streamed.length === 0 || streamed.includes(event.stage));
  return runFlow({ ...run, workers: 0, batchRows: 1, clock: hastyClock(300), stopAt });
}
/** Bindings of the sinks that take rows as they come. */
async function streamedBy({ flow, params = {}, extensions = [] }: FlowRun): Promise<readonly string[]> {
  const { plan } = await compiled(flow, params, extensions);
  if (plan === null) throw new Error('compiled() has checked');
  const catalog = await loadCatalog(extensions);
  const chains = planPhysical(pushDown(plan, catalog), catalog).jobs.flatMap(job =>
    job.kind === 'stream' ? job.chains : [],
  );
  return chains.flatMap(({ outputs }) => outputs.flatMap(one => (one.kind === 'sink' ? [one.sink.binding] : [])));
}
function stopIn(first: RunSummary, last: RunSummary): 'the beginning' | 'in mid-course' | 'at the end' {
  const rowsOf = (run: RunSummary) => run.stages.reduce((sum, stage) => sum + stage.rows_in + stage.rows_out, 0);
  if (rowsOf(first) === 0) return 'the beginning';
  return rowsOf(first) < rowsOf(last) ? 'in mid-course' : 'at the end';
}

const names = (await readdir(FLOWS)).sort();
describe.each(names)('golden flow %s', name => {
  const path = join(FLOWS, name, 'expected.json');
  it.each(
    WAYS,
  )('gives what is expected with $workers workers, batches of $batchRows, resumed with $resume', async way => {
    const got = await outcome(name, way);
    if (process.env['UPDATE_GOLDEN'] && way === WAYS[0]) {
      await mkdir(join(FLOWS, name), { recursive: true });
      await writeFile(path, `${JSON.stringify(got, null, 1)}\n`);
    }
    expect(got).toEqual(JSON.parse(await readFile(path, 'utf8')));
  });

  it('accounts for every row', async () => {
    const { stages, topics } = JSON.parse(await readFile(path, 'utf8')) as Expected;
    const deadLetters = new Set<string>();
    let dropped = 0;
    const extensions = await extensionsOf(name);
    for (const file of await flowsOf(name)) {
      const { plan } = await compiled(join(FLOWS, name, file), await paramsOf(name, file, 'out'), extensions);
      if (plan === null) throw new Error('compiled() has checked');
      const own = Object.entries(stages).filter(([stage]) => stage.startsWith(`${file}/`));
      expect(own).not.toEqual([]);
      const accounts = Object.fromEntries(own.map(([stage, counts]) => [stage.slice(file.length + 1), counts]));
      expect(unaccounted(pushDown(plan, await loadCatalog(extensions)), accounts), file).toEqual([]);
      for (const node of plan.nodes) {
        if (node.kind === 'source' && node.onBad.kind === 'topic') deadLetters.add(node.onBad.topic);
        if (node.kind === 'source' && node.onBad.kind === 'drop') dropped += accounts[node.id][2];
      }
    }
    const letters = [...deadLetters].flatMap(topic => topics[topic] ?? []);
    expect(letters).toHaveLength(Object.values(stages).reduce((sum, [, , rejected]) => sum + rejected, -dropped));
  });
});
