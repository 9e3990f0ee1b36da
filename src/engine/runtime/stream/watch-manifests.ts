import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import type { Log } from '../../contract/log.ts';
import { isOutOfReach, LeaveAnswers, LOOK_MS } from './leave-answers.ts';
import type { Leaving } from './leaving.ts';
import { appendFrame, type LeaveRequest, type ManifestState, readManifests, whyNotInForce } from './manifest-log.ts';
import type { StreamManifest } from './stream-manifest.ts';

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
  const answers = new LeaveAnswers(watch);
  let state = watch.state;
  let request: LeaveRequest | null = null;

  const look = async (): Promise<void> => {
    // It is told once: kept until the log has it.
    request ??= await watch.takeRequest();
    if (request !== null) await appendFrame(log, flow, request);
    request = null;
    state = await readManifests(log, flow, state, (frame, now) => {
      if ('answer' in frame || 'sign' in frame) return;
      if ('request' in frame) {
        answers.take(frame.id);
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
    await answers.leaving();
  };
  const watching = (async () => {
    while (!signal.aborted) {
      try {
        await look();
      } catch (error) {
        // Else nothing would ever be heard again.
        if (!isOutOfReach(error)) {
          if (!signal.aborted) leaving.lose(error as Error);
          return;
        }
      }
      await clock.sleep(watch.lookMs ?? LOOK_MS, signal);
    }
  })();
  return async how => {
    await watching;
    await answers.left(how);
  };
}
