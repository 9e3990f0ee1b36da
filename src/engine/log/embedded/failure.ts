import { isDiskFull } from '../../base/system-error.ts';
import { LogError } from '../../contract/log.ts';

/** What a failed write or sync means for whoever waits for it: LogError `full`, or `unknown`. */
export function writeFailure(error: unknown): LogError {
  if (error instanceof LogError) return error;
  if (isDiskFull(error)) {
    return new LogError('full', 'The disk is full. What was acknowledged is kept; free some space and start again.', {
      cause: error,
    });
  }
  return new LogError(
    'unknown',
    `Writing the log failed (${messageOf(error)}). What was acknowledged is kept; whether the last commits are, opening it again will tell.`,
    { cause: error },
  );
}

/** What whoever comes after a failed write is told. A full disk is told to all: it is the one death that a person can mend. */
export function afterDeath(death: LogError): LogError {
  return new LogError(death.code === 'full' ? 'full' : 'dead', `The log stopped: ${death.message}`);
}

/** What keeps a log from being opened, as an error of the log: `full`, or `dead` for what the system refuses. Ours pass. */
export function openFailure(error: unknown, dir: string): unknown {
  if (isDiskFull(error)) {
    return new LogError(
      'full',
      `The disk is full: the log in ${dir} cannot be opened. Nothing was lost; free some space.`,
      {
        cause: error,
      },
    );
  }
  if (typeof (error as NodeJS.ErrnoException | null)?.syscall !== 'string') return error;
  return new LogError('dead', `The log in ${dir} cannot be opened: ${messageOf(error)}.`, { cause: error });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
