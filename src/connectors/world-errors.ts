import { OperationalError } from '../engine/base/operational-error.ts';
import { isDiskFull } from '../engine/base/system-error.ts';

/** Codes of what can be wrong with sources, sinks and files as a whole. */
export const WORLD_ERRORS = {
  R201: 'The file does not exist.',
  R202: 'The path is a folder, and a file is needed.',
  R203: 'The file may not be read.',
  R204: 'No file matches the pattern.',
  R205: 'The compressed file is damaged or cut short.',
  R206: 'Reading failed.',
  R207: 'The file changed while it was read.',
  R211: 'The output may not be written.',
  R212: 'The disk is full.',
  R213: 'Writing failed.',
  R214: 'Standard output was closed by its reader.',
  R221: 'The header lacks a column the flow needs.',
  R222: 'The header has a column the flow needs twice.',
  R223: 'The file is UTF-16 text.',
  R224: 'The header is too long.',
  R225: 'The file is empty and should have a header.',
  R226: 'A file without a header needs its columns named.',
  R227: 'The delimiter is no single ASCII character.',
  R228: 'The time zone does not exist.',
  R231: 'The file is not in the Arrow format, or damaged.',
  R232: 'The Arrow file lacks a column the flow needs, or has it with another type.',
  R233: 'The format cannot be told from the file name.',
  R241: 'Rows of this type cannot be generated.',
} as const;

export type WorldErrorCode = keyof typeof WORLD_ERRORS;

/** The system's short code of a failed call: `ENOENT`, `Z_DATA_ERROR`; '' where it has none. */
export function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** What a failed write means. */
export function writeError(path: string, cause: unknown): OperationalError {
  if (cause instanceof OperationalError) return cause;
  const code = systemCode(cause);
  if (isDiskFull(cause)) {
    return new OperationalError('R212', `the disk is full: ${path} was not written (${code})`, {
      retriable: true,
      hint: 'free some space and run again; nothing was published',
      cause,
    });
  }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
      return new OperationalError('R211', `${path} may not be written (${code})`, {
        hint: 'check the permissions of the file and of its folder',
        cause,
      });
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EEXIST':
      return new OperationalError(
        'R211',
        `${path} cannot be written: a folder is in the place of a file, or the reverse`,
        {
          hint: 'write to another path',
          cause,
        },
      );
    default:
      return new OperationalError('R213', `writing ${path} failed${code === '' ? '' : ` (${code})`}`, { cause });
  }
}
