import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import { type Log, LogError } from '../../contract/log.ts';
import type { Leaving } from './leaving.ts';
import { appendFrame, type LeaveRequest, type ManifestState, readManifests, whyNotInForce } from './manifest-log.ts';
import type { StreamManifest } from './stream-manifest.ts';

/** How often running processes look for what they are asked. */
const LOOK_MS: Millis = 500;
/** One that is leaving says so again and again, so that whoever waits for it can tell it from one that has died. */
const SAY_MS: Millis = 2_000;

export interface Watch {
  readonly log: Log;
  readonly clock: Clock;
  readonly flow: string;
  readonly manifest: StreamManifest;
  /** From here on. */
  readonly state: ManifestState;
  /** This process, for people. */
  readonly process: string;
  readonly leaving: Leaving;
  /** What is asked beside the log: takes it away. Null where nothing is. */
  takeRequest(): Promise<LeaveRequest | null>;
  readonly signal: AbortSignal;
  readonly lookMs?: Millis;
}

/**
 * Watches the topic of a flow's manifests while its tasks run here: passes on what is asked, and ends them where somebody else has begun the
 * flow in another way, or where the log cannot be watched any more. Gives a function that says how this process has left, to whoever asked it to.
 */
export function watchManifests(watch: Watch): (how: string) => Promise<void> {
  const { log, clock, flow, leaving, signal } = watch;
  const asked = new Set<string>();
  let state = watch.state;
  let request: LeaveRequest | null = null;
  let saidAt = Number.NEGATIVE_INFINITY;

  const say = async (is: 'leaving' | 'left', how?: string): Promise<void> => {
    const answer = { process: watch.process, is, ...(how === undefined ? {} : { how }) };
    for (const id of asked) await appendFrame(log, flow, { answer: id, ...answer });
    saidAt = clock.elapsed();
  };
  const look = async (): Promise<void> => {
    // It is told once: kept until the log has it.
    request ??= await watch.takeRequest();
    if (request !== null) await appendFrame(log, flow, request);
    request = null;
    state = await readManifests(log, flow, state, (frame, now) => {
      if ('answer' in frame || 'sign' in frame) return;
      if ('request' in frame) {
        asked.add(frame.id);
        if (frame.request === 'stop') leaving.stop();
        else if (now.drain !== null) leaving.drain(now.drain.offset);
        return;
      }
      const why = whyNotInForce(flow, now.manifest, watch.manifest);
      if (why !== null) leaving.lose(why);
      else if (leaving.draining !== null && now.manifest?.drained !== leaving.draining && now.drain === null) {
        leaving.giveUp();
      }
    });
    if (asked.size > 0 && clock.elapsed() - saidAt >= SAY_MS) await say('leaving');
  };
  const watching = (async () => {
    while (!signal.aborted) {
      try {
        await look();
      } catch (error) {
        // A log that cannot be reached for a moment: the next look tells the same. Else nothing would ever be heard again.
        if (!(error instanceof LogError && (error.code === 'unknown' || error.code === 'dead'))) {
          if (!signal.aborted) leaving.lose(error as Error);
          return;
        }
      }
      await clock.sleep(watch.lookMs ?? LOOK_MS, signal).catch(() => undefined);
    }
  })();
  return async how => {
    await watching;
    if (asked.size > 0) await say('left', how);
  };
}
