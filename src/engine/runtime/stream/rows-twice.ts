import type { Log } from '../../contract/log.ts';
import type { StreamJob } from '../../plan/physical.ts';
import { sinksOf } from '../../plan/refs.ts';
import type { JobContext } from '../job-context.ts';

/** Warns (R543) of a run that begins anew after a finished one, where a topic it writes holds rows already. */
export async function warnOfRowsTwice(
  context: JobContext,
  job: StreamJob,
  log: Log,
  isSameFlow: boolean,
): Promise<void> {
  const { sinks } = context.host.catalog;
  const named = sinksOf(job.chains)
    .filter(({ connector }) => sinks.get(connector.connector)?.nature === 'log')
    .map(({ connector }) => connector.options['name']);
  const filled = (await log.topics())
    .filter(({ name, ends }) => named.includes(name) && ends.some(end => end.stableEnd > end.first))
    .map(({ name }) => `"${name}"`)
    .sort();
  if (filled.length === 0) return;
  const what = isSameFlow
    ? 'the input is not what the finished run read'
    : 'the flow, or a parameter, is another than in the finished run';
  const where = `topic${filled.length === 1 ? '' : 's'} ${filled.join(', ')}`;
  context.tell({
    event: 'warning',
    code: 'R543',
    message: `${what}: all of it is read anew, and added to the rows of ${where} (a folder of its own, --log DIR, has each row once)`,
    stage: null,
  });
}
