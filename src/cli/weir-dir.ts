import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { isKafkaAddress, noScheme } from '../connectors/kafka/kafka-address.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import { unusableFolder } from '../engine/runtime/weir-folder.ts';
import { LogPlace } from './log-place.ts';

/** Where a run keeps its log, artifacts and models, unless `--log` says otherwise. */
const DEFAULT_WEIR_DIR = '.weir';

/** Where things are when nothing is said. */
export const DEFAULT_PLACE = new LogPlace(DEFAULT_WEIR_DIR, DEFAULT_WEIR_DIR);

/**
 * `--log DIR` or `--log kafka://host:9092`, the same for all commands. Throws R215 for a file, R117 for a wrong address or one
 * without its scheme; a folder that is missing is fine.
 */
export function logOption(): Option {
  return placeOption(
    '--log <where>',
    'folder of the log, artifacts and models, or kafka://host:9092[,…] for the log alone',
  );
}

/** The same under another name. */
export function placeOption(flags: string, description: string): Option {
  return new Option(flags, description).default(DEFAULT_PLACE, DEFAULT_WEIR_DIR).env('WEIR_KAFKA').argParser(placeOf);
}

/** Brokers as other programs name them: nobody means a folder of such a name. */
const BARE_BROKERS = /^(?:[^/\s@]*@)?(?:[a-z0-9.-]+|\[[0-9a-f:]+\]):\d{1,5}(?:[,/?]|$)/i;
/** Other schemes (`PLAINTEXT://`, as brokers name their listeners), and ours with something missing or too much. */
const OTHER_SCHEME = /^(?:[a-z][\w+.-]*:\/\/|kafka:)/i;

function placeOf(text: string): LogPlace {
  if (isKafkaAddress(text)) return new LogPlace(text, checkedFolder(DEFAULT_WEIR_DIR));
  const said = text.trim();
  if (BARE_BROKERS.test(said) || OTHER_SCHEME.test(said)) throw noScheme(said);
  return new LogPlace(text, checkedFolder(text));
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
