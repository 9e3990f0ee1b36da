import { basename } from 'node:path';
import { nearestName } from '../connectors/nearest-name.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import type { LogReader } from '../engine/contract/log.ts';
import { streamFlows } from '../engine/runtime/flow-state.ts';
import type { LogPlace } from './log-place.ts';

/** R130, with what there is instead. `option`: how another log is named. */
export async function noSuchStream(
  view: LogReader,
  flow: string,
  place: LogPlace,
  option = '--log',
): Promise<OperationalError> {
  // It may have been begun, and not come to its stream.
  const flows = (await streamFlows(view)).filter(name => name !== flow);
  // Elsewhere the file is asked for, here its name.
  const near = nearestName(basename(flow, '.flow'), flows);
  const hint =
    flows.length === 0
      ? `no stream has run over this log; ${option} names another one`
      : near === null
        ? `there are: ${flows.join(', ')}`
        : `did you mean ${near}?`;
  return new OperationalError('R130', `no flow ${flow} has run as a stream over ${place}`, { hint });
}
