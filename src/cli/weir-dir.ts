import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { OperationalError } from '../engine/base/operational-error.ts';
import { unusableFolder } from '../engine/runtime/weir-folder.ts';

/** Where a run keeps its log, artifacts and models, unless `--log` says otherwise. */
export const DEFAULT_WEIR_DIR = '.weir';

/** `--log DIR`, the same for all commands. Throws R215 for a file; a folder that is missing is fine. */
export function logOption(): Option {
  return new Option('--log <dir>', 'folder of the log, artifacts and models')
    .default(DEFAULT_WEIR_DIR)
    .argParser(checkedFolder);
}

function checkedFolder(path: string): string {
  if (path === '') throw new InvalidArgumentError('name a folder');
  try {
    // The nearest that is there says whether the others can be made below it.
    for (let at = path; ; at = dirname(at)) {
      const found = statSync(at, { throwIfNoEntry: false });
      if (found === undefined && dirname(at) !== at) continue;
      if (found?.isDirectory() === false) throw unusableFolder(path, 'ENOTDIR', undefined);
      return path;
    }
  } catch (cause) {
    if (cause instanceof OperationalError) throw cause;
    throw unusableFolder(path, (cause as NodeJS.ErrnoException).code ?? '', cause);
  }
}
