import { OperationalError } from '../../base/operational-error.ts';
import type { Millis } from '../../base/units.ts';
import type { Log } from '../../contract/log.ts';
import type { JobContext } from '../job-context.ts';
import { type ManifestState, readManifests } from './manifest-log.ts';
import { generationName } from './stream-manifest.ts';

/** A process that says nothing for so long is taken for dead, and its tasks go to others. */
export const SESSION_MS: Millis = 10_000;

const LOOK_MS: Millis = 500;
/** The group takes a little longer than a session to see that somebody is gone. */
const GRACE_MS: Millis = 3_000;

/**
 * Waits until no process runs the stream of a manifest: one that has been killed counts as running until its session is over. False: another
 * manifest has come into force meanwhile. Throws R109 where some go on running. At once where no other process has the log.
 */
export async function waitUntilNoneRuns(context: JobContext, log: Log, state: ManifestState): Promise<boolean> {
  const { clock, signal, tell, host, sessionTimeout = SESSION_MS } = context;
  const { name } = host.plan.flow;
  const { manifest } = state;
  if (log.members === undefined || manifest === null) return true;
  const group = generationName(name, manifest.generation);
  const since = clock.elapsed();
  for (let told = false; ; told = true) {
    const running = await log.members(group);
    if (running.length === 0) return true;
    if (clock.elapsed() - since > sessionTimeout + GRACE_MS) throw stillRuns(name, running);
    if (!told) {
      const message = `flow ${name} runs as it was (${running.join(', ')}): waiting, since what has been killed is told from what runs after ${sessionTimeout / 1000} s`;
      tell({ event: 'warning', code: 'R565', message, stage: null });
    }
    await clock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
    if ((await readManifests(log, name, state)).revision !== state.revision) return false;
  }
}

function stillRuns(flow: string, running: readonly string[]): OperationalError {
  return new OperationalError(
    'R109',
    `flow ${flow} runs as it was, in ${running.join(', ')}, and has not been changed`,
    {
      hint: 'stop it first (weir stop FLOW), or run the text, parameters and partitions that it runs with, to take part',
    },
  );
}
