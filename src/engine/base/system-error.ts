import { OperationalError } from './operational-error.ts';

/** Codes of writes for which there is no room: of the disk, of a quota, or under a limit on the size of files. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && NO_ROOM.includes(code);
}

/**
 * What the operating system refused, as an error of the world: a full disk (R212), or anything else (R211), by the system's own
 * code. Null for other errors. The path is left out: it may name a person.
 */
export function systemErrorOf(error: unknown): OperationalError | null {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (!(error instanceof Error) || typeof code !== 'string' || typeof syscall !== 'string') return null;
  if (isDiskFull(error)) {
    return new OperationalError('R212', `there is no space left on the disk (${code})`, {
      hint: 'free some space, then run again: nothing committed is lost',
      cause: error,
    });
  }
  return new OperationalError('R211', `the system refused to ${syscall} (${code})`, {
    hint: 'check that the folder exists and may be written; weir doctor looks at it',
    cause: error,
  });
}
