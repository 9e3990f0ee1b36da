import { OperationalError } from '../../base/operational-error.ts';
import type { CommitRecord } from '../../contract/log.ts';
import { OTHER_INPUT_HINT } from '../prefix-check.ts';
import type { Inputs } from './left-out-inputs.ts';
import { splitInput } from './splits-reader.ts';

/**
 * Whether a stream that has begun, with the last commits of its tasks, may read `now` what it read `before`; true where that
 * is other content. What has been read must be the same, what has not may be anything: the names and order of files never
 * change, for positions name them by number; a file read to its end does not change; of one in the middle, whoever reads it on
 * compares what was read (`PrefixCheck`). Throws R540.
 */
export function assertReadOn(before: Inputs, now: Inputs, last: readonly (CommitRecord | null)[]): boolean {
  for (const port of namesIn(before.tables, now.tables)) {
    if (before.tables[port] !== now.tables[port]) throw otherInput('the rows this stream reads from a table');
  }
  const files = ({ splits }: Inputs, source: string) => JSON.stringify(splits[source]?.map(split => split.name));
  for (const source of namesIn(before.splits, now.splits)) {
    if (files(before, source) !== files(now, source)) throw otherInput('the list of files this stream reads');
  }
  const positions = new Map(last.flatMap(record => record?.positions ?? []).map(at => [at.input, at]));
  let isOther = false;
  for (const [source, splits] of Object.entries(now.splits)) {
    splits.forEach((split, index) => {
      if (split.hash === before.splits[source][index].hash) return;
      isOther = true;
      const at = positions.get(splitInput(source, index));
      if (at === undefined || (at.offset === 0n && (at.row === 0 || at.prefix !== undefined))) return;
      throw otherInput(at.offset === 0n ? split.name : `${split.name}, which this stream has read to its end,`);
    });
  }
  return isOther;
}

function namesIn(one: object, other: object): ReadonlySet<string> {
  return new Set([...Object.keys(one), ...Object.keys(other)]);
}
function otherInput(what: string): OperationalError {
  return new OperationalError('R540', `${what} has changed since it began`, { hint: OTHER_INPUT_HINT });
}
