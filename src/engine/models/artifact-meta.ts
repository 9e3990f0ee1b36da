import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationalError } from '../base/operational-error.ts';

/** What an artifact's folder says of itself; null where there is none. Throws R310 where it cannot be read. */
export async function readMeta<T>(folder: string, name: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw damaged(folder, cause);
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw damaged(folder, cause);
  }
}

export function damaged(folder: string, cause?: unknown): OperationalError {
  return new OperationalError('R310', `the stored result in ${folder} is damaged`, {
    hint: 'run again with --fresh, or remove that folder and run again: it is made anew',
    cause,
  });
}
