import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import type { Log } from '../../contract/log.ts';
import type { JobContext } from '../job-context.ts';
import { appendFrame, type ManifestState, readManifests } from './manifest-log.ts';

// A stream goes from one plan, or number of partitions, to another while none of its tasks runs. The manifest says so, and who is at work: one process,
// for of two manifests that follow one the first counts. The others wait until it has come to an end, or gives no sign any more.

/** How often whoever is at work gives a sign. */
const SIGN_MS: Millis = 2_000;
/** Who has given none for so long is taken for dead. Where it is not, its next manifest does not count. */
const SILENT_MS: Millis = 10_000;
const LOOK_MS: Millis = 500;

/** Gives signs until the function it returns is called. Nobody waits for one that is alone with its log. */
export function giveSigns({ clock, signal, alone }: JobContext, log: Log, flow: string, by: string): () => void {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const give = async (): Promise<void> => {
    let at = clock.elapsed();
    while (!ends.aborted) {
      await clock.sleep(SIGN_MS, ends);
      if (ends.aborted || clock.elapsed() - at < SIGN_MS) continue;
      at = clock.elapsed();
      // The next one says the same.
      await appendFrame(log, flow, { sign: by }).catch(() => undefined);
    }
  };
  if (alone !== true) void give();
  return () => over.abort();
}

/** Waits while the manifest in force is held by another process. True: it gives no sign any more. False: another manifest is in force. */
export async function waitForOther(
  { clock, signal, alone }: Pick<JobContext, 'clock' | 'signal' | 'alone'>,
  log: Log,
  flow: string,
  held: ManifestState,
): Promise<boolean> {
  const by = held.manifest?.settling;
  // One that was alone has died; one of before signs were given is not waited for.
  if (alone === true || by === undefined) return true;
  let state = held;
  let heardAt = clock.elapsed();
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
    state = await readManifests(log, flow, state, frame => {
      if ('sign' in frame && frame.sign === by) heardAt = clock.elapsed();
    });
    if (state.revision !== held.revision) return false;
    if (clock.elapsed() - heardAt >= SILENT_MS) return true;
  }
}

/** Names a process among all that might be at work on a flow. */
export function settlerName({ process }: Pick<JobContext, 'process'>, clock: Clock): string {
  return `${process}, ${clock.now()}`;
}
