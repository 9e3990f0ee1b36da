import type { RunSummary } from '../contract/progress.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import { withoutMissing } from '../plan/left-out.ts';
import type { Job, PhysicalPlan } from '../plan/physical.ts';
import { madeBy } from '../plan/physical-plan.ts';
import type { PortRef } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { sinksOf } from '../plan/refs.ts';
import { runControlJob } from './control-driver.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { runRegistryJob } from './registry-driver.ts';
import type { Ready } from './sides.ts';
import { runStreamJob } from './stream/stream-driver.ts';
import { runTableJob } from './table-driver.ts';
import { runTrainJob } from './train-driver.ts';
import { runValueJob } from './value-driver.ts';

/** What the jobs of a run have come to. */
export type RunParts = Pick<RunSummary, 'stages' | 'reports' | 'models' | 'sinks' | 'left'>;

/**
 * Runs the jobs of a plan: each as soon as what it needs has been made, independent ones side by side. The first failure ends
 * the others; jobs behind a branch that ended well are left out.
 */
export class Scheduler {
  readonly #plan: PhysicalPlan;
  readonly #ready: Record<string, Ready> = {};
  readonly #skipped = new Set<string>();
  readonly #given = new Set<string>();
  /** Sinks of branches that are left out, by binding. */
  readonly #leftOut = new Set<string>();
  readonly #outcomes = new Map<string, JobOutcome>();
  readonly #makers = new Map<string, Job>();

  constructor(plan: PhysicalPlan) {
    this.#plan = plan;
    for (const job of plan.jobs) for (const ref of madeBy(job)) this.#makers.set(portKey(ref), job);
  }
  /** Filled as jobs end; tasks are handed a copy. */
  get ready(): Readonly<Record<string, Ready>> {
    return this.#ready;
  }

  /** Something that stands for what a job would make; the job is not run. */
  give(ref: PortRef, made: Ready): void {
    this.#ready[portKey(ref)] = made;
    this.#given.add(portKey(ref));
  }

  async run(context: JobContext, abort: () => void): Promise<void> {
    const running = new Map<Job, Promise<void>>();
    for (const job of this.#plan.jobs) {
      const before = job.needs.flatMap(ref => {
        const maker = this.#makers.get(portKey(ref));
        const made = maker === undefined || maker === job ? undefined : running.get(maker);
        return made === undefined ? [] : [made];
      });
      const done = Promise.all(before).then(() => this.#one(context, job));
      done.catch(abort);
      running.set(job, done);
    }
    const settled = await Promise.allSettled(running.values());
    const failed = settled.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (failed.length > 0) throw failed.find(reason => !isStop(reason)) ?? failed[0];
  }

  async #one(context: JobContext, job: Job): Promise<void> {
    context.signal.throwIfAborted();
    if (job.needs.some(ref => this.#skipped.has(portKey(ref)))) {
      // The branches of a stream are one job; those that lack nothing run all the same.
      const rest = job.kind === 'stream' ? withoutMissing(job, this.#skipped) : null;
      const kept = new Set(rest === null ? [] : sinkBindings(rest));
      for (const sink of sinkBindings(job)) if (!kept.has(sink)) this.#leftOut.add(sink);
      if (rest === null) this.#skip(job);
      else await this.#run(context, rest);
      return;
    }
    await this.#run(context, job);
  }
  async #run(context: JobContext, job: Job): Promise<void> {
    if (madeBy(job).some(ref => this.#given.has(portKey(ref)))) return;
    const started = context.clock.elapsed();
    context.tell({ event: 'job', job: job.id, state: 'running' });
    const outcome = await runJob(context, job);
    Object.assign(this.#ready, outcome.ready);
    this.#outcomes.set(job.id, outcome);
    if (outcome.skipped) this.#skip(job);
    const seconds = Math.round(context.clock.elapsed() - started) / 1000;
    context.tell({ event: 'job', job: job.id, state: outcome.reused ? 'reused' : 'done', seconds });
  }
  #skip(job: Job): void {
    for (const ref of madeBy(job)) this.#skipped.add(portKey(ref));
  }

  /** What is known so far; stages in the order their `bindings` were written. */
  parts(bindings: readonly string[]): RunParts {
    const counts = new StageCounts();
    const made = new Set<string>();
    const reports: Record<string, RunSummary['reports'][string]> = {};
    const models: Record<string, RunSummary['models'][string]> = {};
    const sinks: Record<string, RunSummary['sinks'][string]> = {};
    for (const job of this.#plan.jobs) {
      const outcome = this.#outcomes.get(job.id);
      if (outcome === undefined) continue;
      counts.addAll(outcome.counts);
      if (!outcome.reused) for (const count of outcome.counts) made.add(count.name);
      Object.assign(reports, outcome.reports);
      Object.assign(sinks, outcome.sinks);
      for (const [name, model] of Object.entries(outcome.models ?? {})) {
        for (const [other, known] of Object.entries(models)) {
          if (known.hash === model.hash && model.version !== null) models[other] = model;
        }
        models[name] = model;
      }
    }
    for (const sink of this.#leftOut) sinks[sink] = { outcome: 'left out' };
    const place = (name: string) => bindings.indexOf(name);
    const inOrder = [...counts.list()].sort((a, b) => place(a.name) - place(b.name));
    const stages = inOrder.map(({ name, rowsIn, rowsOut, rejected, expired }) => ({
      name,
      rows_in: rowsIn,
      rows_out: rowsOut,
      rejected,
      ...(expired === undefined ? {} : { expired }),
      ...(made.has(name) ? {} : { reused: true as const }),
    }));
    const left = [...this.#outcomes.values()].find(outcome => outcome.left !== undefined)?.left;
    return { stages, reports, models, sinks, ...(left === undefined ? {} : { left }) };
  }
}

function runJob(context: JobContext, job: Job): Promise<JobOutcome> {
  switch (job.kind) {
    case 'table':
      return runTableJob(context, job);
    case 'value':
      return runValueJob(context, job);
    case 'train':
      return runTrainJob(context, job);
    case 'control':
      return runControlJob(context, job);
    case 'registry':
      return runRegistryJob(context, job);
    case 'stream':
      return runStreamJob(context, job);
  }
}

/** Bindings of the sinks a job writes. */
function sinkBindings(job: Job): readonly string[] {
  if (job.kind === 'control') return job.node.kind === 'sink' ? [job.node.binding] : [];
  const chains = job.kind === 'stream' ? job.chains : job.kind === 'table' ? [job.chain] : [];
  return sinksOf(chains).map(sink => sink.binding);
}

function isStop(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || (error as { code?: unknown }).code === 'R511');
}
