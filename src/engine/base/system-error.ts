import { OperationalError } from './operational-error.ts';

/** Codes of writes for which there is no room: of the disk, of a quota, or under a limit on the size of files. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];
/** Codes of what may not be, and of files and folders in each other's place: nobody's write will do, now or later. */
const REFUSED = ['EACCES', 'EPERM', 'EROFS', 'ENOENT'];
const MISPLACED = ['EISDIR', 'ENOTDIR', 'EEXIST'];

/** The system's short code of a failed call: `ENOENT`, `Z_DATA_ERROR`; '' where it has none. */
export function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && NO_ROOM.includes(code);
}

/**
 * What a failed write of an output means: a full disk (R212), one that may not be (R211), or any other (R213). `what` is
 * its path or name. Never retriable: a person has to mend it first. An OperationalError passes.
 */
export function writeError(what: string, cause: unknown, operator?: string): OperationalError {
  if (cause instanceof OperationalError) return cause;
  const code = systemCode(cause);
  const options = { ...(operator === undefined ? {} : { operator }), cause };
  if (isDiskFull(cause)) {
    return new OperationalError('R212', `the disk is full: ${what} was not written (${code})`, {
      ...options,
      hint: 'free some space, then run again: nothing was published',
    });
  }
  if (REFUSED.includes(code)) {
    return new OperationalError('R211', `${what} may not be written (${code})`, {
      ...options,
      hint: 'check the permissions of the file and of its folder',
    });
  }
  if (MISPLACED.includes(code)) {
    const why = 'a folder is in the place of a file, or the reverse';
    return new OperationalError('R211', `${what} cannot be written: ${why}`, {
      ...options,
      hint: 'write to another path',
    });
  }
  return new OperationalError('R213', `writing ${what} failed${code === '' ? '' : ` (${code})`}`, {
    ...options,
    hint: 'run again; if it stays, look at the disk or the mount',
  });
}

/**
 * What the operating system refused, wherever it was, as an error of the world: the same codes as a failed write's, by the
 * system's own. Null for other errors. The path is left out: it may name a person.
 */
export function systemErrorOf(error: unknown): OperationalError | null {
  const code = systemCode(error);
  const { syscall } = (error ?? {}) as { syscall?: unknown };
  if (code === '' || typeof syscall !== 'string') return null;
  if (isDiskFull(error)) {
    return new OperationalError('R212', `there is no space left on the disk (${code})`, {
      hint: 'free some space, then run again: nothing committed is lost',
      cause: error,
    });
  }
  const isRefused = REFUSED.includes(code) || MISPLACED.includes(code);
  return new OperationalError(isRefused ? 'R211' : 'R213', `the system refused to ${syscall} (${code})`, {
    hint: 'check that the folder exists and may be written; weir doctor looks at it',
    cause: error,
  });
}
