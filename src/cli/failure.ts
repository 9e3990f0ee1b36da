import { AssertionError } from '../engine/base/assert.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import { systemErrorOf } from '../engine/base/system-error.ts';
import { LogError } from '../engine/contract/log.ts';
import { safeError } from '../engine/observe/redact.ts';
import { EXIT } from './exit-codes.ts';
import type { Paint } from './terminal/color.ts';

/** Ends a command with a message already written. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Which of the three kinds of failure an error is. The world's errors have codes; anything else is a bug of ours. */
export function failureOf(given: unknown): Failure {
  const error = systemErrorOf(given) ?? given;
  if (error instanceof OperationalError) {
    return { exitCode: EXIT.world, code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof LogError) {
    const { code, message, hint } = safeError(error);
    return { exitCode: EXIT.world, code, message, hint };
  }
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof AssertionError ? 'a broken invariant' : 'an unexpected error';
  return {
    exitCode: EXIT.bug,
    code: 'BUG',
    message: `${kind}: ${message}`,
    hint: 'this is a bug of Weir: run again with WEIR_DEBUG=1 and report the stack with the flow (never with patient data)',
  };
}

export function failureText(failure: Failure, paint: Paint): string {
  const hint = failure.hint === null ? '' : `  ${paint('cyan', 'help')}: ${failure.hint}\n`;
  return `${paint('red', 'error')} ${failure.code}: ${failure.message}\n${hint}`;
}
