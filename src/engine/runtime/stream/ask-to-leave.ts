import type { Clock } from '../../base/clock.ts';
import type { Millis } from '../../base/units.ts';
import { type Log, LogError } from '../../contract/log.ts';
import { appendFrame, type LeaveRequest, type ManifestState, readManifests } from './manifest-log.ts';
import { generationName } from './stream-manifest.ts';

/** A process of the flow that was asked, and how it left; `silent`: it has the flow's tasks and does not answer, or stopped saying that it is leaving. */
export interface Left {
  readonly process: string;
  readonly how: string;
}
export interface Asking {
  readonly log: Log;
  readonly clock: Clock;
  readonly flow: string;
  readonly request: LeaveRequest;
  readonly signal: AbortSignal;
  /** Told of each that is leaving, once. */
  onLeaving?(process: string): void;
}

const LOOK_MS: Millis = 200;
/** Running processes look for requests every half second, and say that they have heard. */
const HEARD_MS: Millis = 5_000;
/** Whoever is still in the group then, and has not answered, would have heard. */
const ANSWER_MS: Millis = 2_000;
/** They say so again every two seconds until they have left. */
const SILENT_MS: Millis = 15_000;

/**
 * Asks the processes of a flow, of a log that many share, to leave, and waits until all that answer have; none where none does. Null where
 * the flow has never run. A drain that was asked for before is waited for as if it had been asked for now. Throws LogError; ends early, with
 * what is known, when `signal` says so.
 */
export async function askToLeave({
  log,
  clock,
  flow,
  request,
  signal,
  onLeaving,
}: Asking): Promise<readonly Left[] | null> {
  let state: ManifestState;
  try {
    state = await readManifests(log, flow);
  } catch (error) {
    if (error instanceof LogError && error.code === 'no-topic') return null;
    throw error;
  }
  const group = state.manifest === null ? null : generationName(flow, state.manifest.generation);
  const members = async () => (group === null ? [] : ((await log.members?.(group)) ?? []));
  const isUnderWay = request.request === 'drain' && state.drain !== null;
  const id = isUnderWay ? (state.drain?.id ?? request.id) : request.id;
  if (!isUnderWay) await appendFrame(log, flow, request);
  const heard = new Map<string, { how: string | null; at: Millis }>();
  const there = new Set<string>();
  const started = clock.elapsed();
  for (;;) {
    const now = clock.elapsed();
    state = await readManifests(log, flow, state, frame => {
      if (!('answer' in frame) || frame.answer !== id) return;
      if (!heard.has(frame.process) && frame.is === 'leaving') onLeaving?.(frame.process);
      heard.set(frame.process, { how: frame.is === 'left' ? (frame.how ?? 'left') : null, at: now });
    });
    const all = [...heard.values()];
    const isWaiting = all.some(({ how, at }) => how === null && now - at < SILENT_MS);
    const had = now - started;
    const inGroup = isWaiting || (all.length === 0 && had < ANSWER_MS) ? [] : await members();
    if (had >= ANSWER_MS) for (const name of inGroup) there.add(name);
    const isComplete = all.length > 0 && inGroup.every(name => heard.has(name));
    if ((!isWaiting && (isComplete || had >= HEARD_MS)) || signal.aborted) {
      const left = [...heard].map(([process, { how }]) => ({ process, how: how ?? 'silent' }));
      const silent = [...there].filter(name => !heard.has(name));
      return [...left, ...silent.map(process => ({ process, how: 'silent' }))];
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
