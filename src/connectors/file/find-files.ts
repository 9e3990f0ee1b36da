import { glob, readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemCode } from '../../engine/base/system-error.ts';
import { nearestName } from '../nearest-name.ts';

/**
 * The files a path or a pattern (`*`, `**`, `?`, `[…]`, `{…}`) names, in the order of their names' code units. A file that is
 * called exactly as the pattern is that file. Throws R201–R204.
 */
export async function findFiles(pattern: string): Promise<string[]> {
  const kind = await kindOf(pattern);
  if (kind === 'file') return [pattern];
  if (kind === 'folder') {
    throw new OperationalError('R202', `${pattern} is a folder`, {
      hint: `name its files with a pattern, as in ${JSON.stringify(`${pattern.replace(/\/+$/, '')}/*.csv`)}`,
    });
  }
  if (!/[*?[{]/.test(pattern)) throw await missing('R201', `the file ${pattern} does not exist`, pattern);
  const found: string[] = [];
  for await (const entry of glob(pattern))
    if ((await kindOf(entry)) === 'file') found.push(entry.replaceAll('\\', '/'));
  if (found.length === 0) throw await missing('R204', `no file matches ${pattern}`, pattern);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EACCES') {
      throw new OperationalError('R203', `${path} may not be read`, {
        hint: 'check the permissions of its folder',
        cause,
      });
    }
    return null;
  }
}

/** The error for a path nothing lies at, with the nearest name in the folder it would be in. */
async function missing(code: 'R201' | 'R204', message: string, pattern: string): Promise<OperationalError> {
  let folder = dirname(pattern);
  while (/[*?[{]/.test(folder)) folder = dirname(folder);
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch {
    return new OperationalError(code, message, {
      hint: `its folder ${folder} does not exist either; paths are taken from the folder the command is run in`,
    });
  }
  const near = nearestName(basename(pattern), names);
  const hint =
    near !== null
      ? `did you mean ${folder === '.' ? near : `${folder}/${near}`}?`
      : names.length === 0
        ? `the folder ${folder} is empty`
        : `the folder ${folder} has ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  return new OperationalError(code, message, { hint });
}
