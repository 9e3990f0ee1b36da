import { OperationalError } from '../base/operational-error.ts';
import type { Job, PhysicalPlan } from '../plan/physical.ts';
import { madeBy } from '../plan/physical-plan.ts';
import { portKey } from '../plan/port-key.ts';

/** The stream of a plan, and what has to be made for it. Throws R547 where there is none. */
export function streamOnly({ jobs }: PhysicalPlan, flow: string): PhysicalPlan {
  const makers = new Map(jobs.flatMap(job => madeBy(job).map(ref => [portKey(ref), job] as const)));
  const kept = new Set<Job>();
  const keep = (job: Job): void => {
    if (kept.has(job)) return;
    kept.add(job);
    for (const ref of job.needs) {
      const maker = makers.get(portKey(ref));
      if (maker !== undefined) keep(maker);
    }
  };
  for (const job of jobs) if (job.kind === 'stream') keep(job);
  if (kept.size > 0) return { jobs: jobs.filter(job => kept.has(job)) };
  throw new OperationalError('R547', `there is nothing to drain: flow ${flow} has no stream`, {
    hint: 'its stages end by themselves; Ctrl-C stops it',
  });
}
