import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../connectors/nearest-name.ts';
import { OperationalError } from '../engine/base/operational-error.ts';

/** The text of a file named on the command line; an error that says which flows there are where it cannot be read. */
export function flowFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new OperationalError('R201', `there is no file ${path}`, { hint: hintFor(path), cause });
    }
    if (code === 'EISDIR') {
      throw new OperationalError('R202', `${path} is a folder`, { hint: flowsIn(path, 'name a flow in it'), cause });
    }
    throw new OperationalError('R203', `${path} may not be read (${code ?? 'unknown'})`, { cause });
  }
}

function hintFor(path: string): string {
  const names = flowNames(dirname(path));
  const near = nearestName(basename(path), names);
  return near === null
    ? flowsIn(dirname(path), 'give the path of a .flow file')
    : `did you mean ${join(dirname(path), near)}?`;
}

function flowsIn(folder: string, otherwise: string): string {
  const names = flowNames(folder);
  return names.length === 0
    ? `${otherwise}; weir init my-flow writes a first one`
    : `there are: ${names
        .slice(0, 6)
        .map(name => join(folder, name))
        .join(', ')}`;
}

function flowNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.flow'))
      .sort();
  } catch {
    return [];
  }
}
