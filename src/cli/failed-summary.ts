import type { RunSummary } from '../engine/contract/progress.ts';
import { ExitError, failureOf } from './failure.ts';

/** The summary of a run that never was, or that a bug ended. */
type FailedSummary = Omit<RunSummary, 'flow' | 'error'> &
  Required<Pick<RunSummary, 'error'>> & {
    /** Null where nobody has read it. */
    readonly flow: string | null;
    /** Of a flow that does not compile, as `check --json` gives them. */
    readonly diagnostics?: readonly unknown[];
  };

/** What the last line of `run --json` says where no run could say it; null where one has. */
export function failedSummary(error: unknown, seconds: number): FailedSummary | null {
  const [flow, first, more] = reasonOf(error);
  if (first === null) return null;
  const { code, message, hint } = first;
  return {
    event: 'summary',
    ok: false,
    flow,
    stages: [],
    reports: {},
    models: {},
    sinks: {},
    seconds,
    error: { code, message, hint },
    ...more,
  };
}

type Reason = readonly [
  flow: string | null,
  first: FailedSummary['error'] | null,
  more: Pick<FailedSummary, 'diagnostics'>,
];

function reasonOf(error: unknown): Reason {
  if (!(error instanceof ExitError)) return [null, failureOf(error), {}];
  if (error.wrong === null) return [null, null, {}];
  const { flow, diagnostics } = error.wrong;
  return [flow, diagnostics.find(one => one.severity === 'error') ?? null, { diagnostics }];
}
