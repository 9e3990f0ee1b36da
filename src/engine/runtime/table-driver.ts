import { MessageChannel } from 'node:worker_threads';
import type { Split } from '../contract/connector.ts';
import type { Chain, TableJob } from '../plan/physical.ts';
import { portKey } from '../plan/port-key.ts';
import { earlierTables } from './earlier.ts';
import type { RunningTask } from './executor.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { inputsOf, jobKey, tableKey } from './job-keys.ts';
import { splitsOf } from './read-split.ts';
import { withRestarts } from './restarts.ts';
import type { Ready } from './sides.ts';
import type { Part, TableCollectSpec, TableResult } from './task-spec.ts';

/** Rows of a table one task takes: whole chunks, and depending on nothing but the table. */
const PART_ROWS = 4 * 8_192;

/** Makes a job's tables and files, or finds that they are there. Parts run side by side; their rows are put down in order. */
export async function runTableJob(context: JobContext, job: TableJob): Promise<JobOutcome> {
  const { host, ready } = context;
  const { chain } = job;
  const splits = chain.input.kind === 'source' ? await splitsOf(host, chain.input.source, context.signal) : [];
  const key = jobKey(context, job, splits);
  const keys = chain.outputs.map(output =>
    output.kind === 'table'
      ? tableKey(
          key,
          output.ref,
          output.schema.fields.map(field => field.name),
        )
      : null,
  );
  const reused = await existing(context, job, keys);
  if (reused !== null) return reused;
  const collect: TableCollectSpec = {
    kind: 'table-collect',
    job,
    keys,
    jobKey: key,
    inputs: inputsOf(job, ready, splits),
  };
  const parts = partsOf(chain, ready, splits);
  const result = await withRestarts(context, job.id, () => runParts(context, collect, parts));
  return {
    ready: readyTables(job, result.tables),
    counts: result.counts,
    reused: false,
    sinks: result.sinks,
  };
}

/** Only whole jobs are reused: a file may have been removed since, so a job with a sink runs again. */
async function existing(
  context: JobContext,
  job: TableJob,
  keys: readonly (string | null)[],
): Promise<JobOutcome | null> {
  const named = keys.filter(key => key !== null);
  const tables = await earlierTables(context, job.id, named);
  if (tables === null || named.length < keys.length) return null;
  const counts = tables.at(-1)?.about.counts ?? [];
  return { ready: readyTables(job, tables), counts, reused: true };
}

function readyTables(
  job: TableJob,
  tables: readonly { readonly key: string; readonly rows: number; readonly hash: string }[],
): Readonly<Record<string, Ready>> {
  const refs = job.chain.outputs.flatMap(output => (output.kind === 'table' ? [output.ref] : []));
  return Object.fromEntries(
    refs.map((ref, i) => {
      const { key, rows, hash } = tables[i];
      return [portKey(ref), { kind: 'table', key, rows, hash }];
    }),
  );
}

export function partsOf(chain: Chain, ready: JobContext['ready'], splits: readonly Split[]): readonly Part[] {
  const { input } = chain;
  if (input.kind !== 'table') {
    if (chain.spread === 'single' || splits.length <= 1) return [{ kind: 'splits', splits }];
    return splits.map(split => ({ kind: 'splits', splits: [split] }));
  }
  const made = ready[portKey(input.ref)];
  const rows = made?.kind === 'table' ? made.rows : 0;
  if (chain.spread === 'single' || rows <= PART_ROWS) return [{ kind: 'rows', from: 0, to: rows }];
  return Array.from({ length: Math.ceil(rows / PART_ROWS) }, (_, i) => ({
    kind: 'rows',
    from: i * PART_ROWS,
    to: Math.min(rows, (i + 1) * PART_ROWS),
  }));
}

async function runParts(context: JobContext, collect: TableCollectSpec, parts: readonly Part[]): Promise<TableResult> {
  const { executor, slots, ready } = context;
  const { job } = collect;
  const spec = { kind: 'table-part', job, ready } as const;
  if (parts.length === 1) {
    return slots.use(async worker => {
      const task = executor.start({
        spec: { ...spec, part: parts[0], collect },
        worker,
        onNote: note => context.note(job.id, '0', note),
      });
      return (await resultOf(context, task)) as TableResult;
    });
  }
  const channels = parts.map(() => new MessageChannel());
  const running = new Set<RunningTask>();
  const started = (task: RunningTask) => {
    running.add(task);
    task.result.then(
      () => running.delete(task),
      () => running.delete(task),
    );
    return task;
  };
  const collector = started(
    executor.start({ spec: collect, worker: 0, ports: channels.map(channel => channel.port1) }),
  );
  const runPart = (part: Part, i: number) =>
    slots.use(async worker => {
      context.signal.throwIfAborted();
      const task = started(
        executor.start({
          spec: { ...spec, part, collect: null },
          worker,
          ports: [channels[i].port2],
          onNote: note => context.note(job.id, String(i), note, parts.length),
        }),
      );
      return resultOf(context, task);
    });
  try {
    const results = await Promise.all([resultOf(context, collector), ...parts.map(runPart)]);
    return results[0] as TableResult;
  } catch (error) {
    for (const task of running) task.abort();
    await Promise.allSettled([...running].map(task => task.result));
    throw error;
  }
}

/** A task's result; the task is told to end when the run must. */
export async function resultOf(context: Pick<JobContext, 'signal'>, task: RunningTask): Promise<unknown> {
  const abort = () => task.abort();
  context.signal.addEventListener('abort', abort, { once: true });
  try {
    return await task.result;
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}
