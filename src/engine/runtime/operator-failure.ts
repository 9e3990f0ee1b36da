import { AssertionError } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { RowError } from '../contract/function.ts';
import { LogError } from '../contract/log.ts';

/** What an operator's failure is told as. */
export interface FailureText {
  /** Id of the stage. */
  readonly operator: string;
  readonly code: string;
  readonly reason: string;
}

/** Errors that speak of the world, of the log, or of a bug of ours: no row is to blame. */
export function isNoRowsFault(error: unknown): boolean {
  return error instanceof OperationalError || error instanceof LogError || error instanceof AssertionError;
}

/** Kind and place of an operator's error, or a row error's own words. Other messages may hold a row's value. */
export function describeFailure(error: unknown, operator: string): FailureText {
  if (error instanceof RowError) return { operator, code: error.code, reason: error.message };
  const kind = error instanceof Error ? error.name : 'an error';
  const place = error instanceof Error ? placeOf(error) : null;
  return { operator, code: 'R531', reason: `an operator failed with ${kind}${place === null ? '' : ` at ${place}`}` };
}

/** The end of the run, where no row can be set aside for it. */
export function operatorError({ code, reason, operator }: FailureText): OperationalError {
  return new OperationalError(code, reason, {
    operator,
    hint: 'this is a bug of the stage, not of the flow; stages from --with are checked by their examples',
  });
}

/** `sort.ts:45` of the innermost frame that is a file of somebody's. */
function placeOf(error: Error): string | null {
  for (const line of (error.stack ?? '').split('\n')) {
    const found = /([^/\\\s(]+\.[cm]?[jt]s):(\d+):\d+\)?$/.exec(line);
    if (line.trimStart().startsWith('at ') && !line.includes('node:') && found !== null)
      return `${found[1]}:${found[2]}`;
  }
  return null;
}
