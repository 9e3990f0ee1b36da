import { OperationalError } from '../../base/operational-error.ts';
import { leftOutChains } from './left-out-chains.ts';
import type { StreamManifest } from './stream-manifest.ts';

// Why a stream cannot be drained (R547), or take the partitions it is asked to (R544), and what to do instead.

const ONCE_AS_IT_IS =
  'run it without --partitions; then drain it (weir stop FLOW --drain), and run it with the new number';

export function undrained(name: string, before: StreamManifest, now: Pick<StreamManifest, 'tasks'>): OperationalError {
  const chain = Object.keys(before.tasks).find(id => now.tasks[id] !== before.tasks[id]) ?? '';
  const counts = `${chain} has ${before.tasks[chain]} tasks, and would have ${now.tasks[chain]}`;
  return new OperationalError('R544', `flow ${name} is in mid-course with another number of partitions: ${counts}`, {
    hint: 'leave --partitions out to go on as it is; or drain it first (weir stop FLOW --drain), then run it with the new number',
  });
}

/** Its state would stay with the tasks it had, which nobody would look for. */
export function leftOutOfMove(name: string, before: StreamManifest): OperationalError {
  const chains = leftOutChains(before).join(', ');
  return new OperationalError(
    'R544',
    `flow ${name} cannot have another number of partitions while it keeps state or positions of what is left out for want of a model: ${chains}`,
    { hint: `publish the model and ${ONCE_AS_IT_IS}; or begin anew with --fresh` },
  );
}

export function otherParts(name: string): OperationalError {
  return new OperationalError(
    'R544',
    `a model that flow ${name} left out, or had, is there or gone now that it is to have other partitions`,
    { hint: `do one after the other: with the model there, ${ONCE_AS_IT_IS}` },
  );
}

export function otherPlanToSpread(name: string): OperationalError {
  return new OperationalError('R544', `flow ${name} has changed, and is to have other partitions`, {
    hint: 'do one after the other: first the partitions with the flow as it was, then the changed flow',
  });
}

export function nothingToDrain(name: string, why: string): OperationalError {
  return new OperationalError('R547', `there is nothing to drain: flow ${name} ${why}`, {
    hint: 'see that the log is the one it ran with: --log',
  });
}

export function otherPlanToDrain(name: string): OperationalError {
  return new OperationalError(
    'R547',
    `flow ${name} has changed since its stream began, so that this text cannot drain it`,
    {
      hint: 'drain it with the text and the parameters it ran with, then change it',
    },
  );
}
