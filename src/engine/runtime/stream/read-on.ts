import { OperationalError } from '../../base/operational-error.ts';
import type { CommitRecord } from '../../contract/log.ts';
import { OTHER_INPUT_HINT } from '../prefix-check.ts';
import { splitInput } from './splits-reader.ts';
import type { StreamManifest } from './stream-manifest.ts';

/**
 * Whether a stream that has begun, with the last commits of its tasks, may read `now` what it read `before`; true where that
 * is other content. What has been read must be the same, what has not may be anything: the names and order of files never
 * change, for positions name them by number; a file read to its end does not change; of one in the middle, whoever reads it on
 * compares what was read (`PrefixCheck`). Throws R540.
 */
export function assertReadOn(
  before: StreamManifest,
  now: StreamManifest,
  last: readonly (CommitRecord | null)[],
): boolean {
  // A source that is new has no positions, and those of one that has gone are of no matter.
  const both = <T>(was: Readonly<Record<string, T>>, is: Readonly<Record<string, T>>) =>
    Object.keys(is).filter(name => name in was);
  if (both(before.tables, now.tables).some(port => before.tables[port] !== now.tables[port]))
    throw otherInput('a table this stream reads');
  const known = both(before.splits, now.splits);
  const names = ({ splits }: StreamManifest, source: string) => JSON.stringify(splits[source].map(split => split.name));
  if (known.some(source => names(before, source) !== names(now, source)))
    throw otherInput('the list of files this stream reads');
  const positions = new Map(last.flatMap(record => record?.positions ?? []).map(at => [at.input, at]));
  let isOther = false;
  for (const source of known) {
    now.splits[source].forEach((split, index) => {
      if (split.hash === before.splits[source][index].hash) return;
      isOther = true;
      const at = positions.get(splitInput(source, index));
      if (at === undefined || (at.offset === 0n && (at.row === 0 || at.prefix !== undefined))) return;
      throw otherInput(at.offset === 0n ? split.name : `${split.name}, which this stream has read to its end,`);
    });
  }
  return isOther;
}

function otherInput(what: string): OperationalError {
  return new OperationalError('R540', `${what} has changed since it began`, { hint: OTHER_INPUT_HINT });
}
