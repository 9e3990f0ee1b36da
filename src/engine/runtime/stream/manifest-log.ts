import { OperationalError } from '../../base/operational-error.ts';
import type { Log, LogReader } from '../../contract/log.ts';
import { manifestTopic } from './own-topics.ts';
import { isHeld, isSameStream, type StreamManifest } from './stream-manifest.ts';

// The topic of a flow's manifests holds what is fixed for its stream, what running processes are asked to do, and what they say to that.

/** Asks all processes of a flow to leave: at a commit, or when they have emptied what is between their tasks. */
export interface LeaveRequest {
  readonly request: 'stop' | 'drain';
  /** Whoever asked knows its request by it. */
  readonly id: string;
}
/** What a process says to a request; `leaving` again and again, until it has left. */
export interface LeaveAnswer {
  readonly answer: string;
  /** Who, for people. */
  readonly process: string;
  readonly is: 'leaving' | 'left';
  /** Of one that has left: how. */
  readonly how?: string;
}
/** Whoever holds the manifest in force is still at work. */
export interface SettlingSign {
  readonly sign: string;
}
export type ManifestFrame = StreamManifest | LeaveRequest | LeaveAnswer | SettlingSign;

/** What the topic comes to. */
export interface ManifestState {
  readonly manifest: StreamManifest | null;
  readonly revision: number;
  /** The highest generation that was ever named: one that was given up is not named again. */
  readonly generations: number;
  /** A drain that was asked for under this manifest, by the offset of the request, and has not come to its end. */
  readonly drain: { readonly offset: number; readonly id: string } | null;
  /** Where to read on. */
  readonly next: bigint;
}
const NOTHING: ManifestState = { manifest: null, revision: 0, generations: 0, drain: null, next: 0n };

function after(state: ManifestState, frame: ManifestFrame, offset: bigint): ManifestState {
  if ('answer' in frame || 'sign' in frame) return state;
  if ('request' in frame) {
    if (frame.request !== 'drain' || state.drain !== null || state.manifest === null) return state;
    return { ...state, drain: { offset: Number(offset), id: frame.id } };
  }
  const generations = Math.max(state.generations, frame.generation);
  const revision = frame.revision ?? state.revision + 1;
  // Made by somebody who did not know of the one in force.
  if (revision !== state.revision + 1) return { ...state, generations };
  return { ...state, manifest: frame, revision, generations, drain: null };
}

/** From `since` on to what is there now. `seen` is handed what is new, in order. Throws LogError. */
export async function readManifests(
  log: Pick<LogReader, 'read'>,
  flow: string,
  since: ManifestState = NOTHING,
  seen: (frame: ManifestFrame, state: ManifestState) => void = () => undefined,
): Promise<ManifestState> {
  let state = since;
  for (;;) {
    const at = { topic: manifestTopic(flow), partition: 0, offset: state.next };
    const { frames, next, stableEnd } = await log.read(at, { bytes: 1 << 20, waitMs: 0 });
    for (const { body, offset } of frames) {
      const frame = JSON.parse(new TextDecoder().decode(body)) as ManifestFrame;
      state = after(state, frame, offset);
      seen(frame, state);
    }
    state = { ...state, next: next.offset };
    if (next.offset >= stableEnd) return state;
  }
}

/** The manifest in force; null where there is none, as where the flow has never run. */
export async function newestManifest(log: Pick<LogReader, 'read'>, flow: string): Promise<StreamManifest | null> {
  return (await readManifests(log, flow)).manifest;
}

export async function ensureManifests(log: Log, flow: string): Promise<ManifestState> {
  await log.ensureTopics([{ name: manifestTopic(flow), partitions: 1, internal: true }]);
  return readManifests(log, flow);
}

/**
 * Puts a manifest in the place of the one in `state`. Null where somebody else has put another there first, which then counts. Appended
 * twice it does no harm.
 */
export async function writeManifest(
  log: Log,
  flow: string,
  state: ManifestState,
  manifest: Omit<StreamManifest, 'revision'>,
): Promise<ManifestState | null> {
  const made: StreamManifest = { ...manifest, revision: state.revision + 1 };
  await appendFrame(log, flow, made);
  const now = await readManifests(log, flow, state);
  return JSON.stringify(now.manifest) === JSON.stringify(made) ? now : null;
}

/** Appends what is no manifest, or is one. */
export async function appendFrame(log: Pick<Log, 'append'>, flow: string, frame: ManifestFrame): Promise<void> {
  await log.append({ topic: manifestTopic(flow), partition: 0 }, [new TextEncoder().encode(JSON.stringify(frame))]);
}

/** Ends whoever goes by a manifest that is no longer in force. */
export function superseded(flow: string): OperationalError {
  return new OperationalError(
    'R545',
    `flow ${flow} has been begun by another process in another way, and goes on there`,
    {
      hint: 'run the same flow, with the same parameters and number of partitions, or leave it to that process',
    },
  );
}

/** The same of one whose stream is held: what comes of that is not known yet. */
function heldByOther(flow: string): OperationalError {
  return new OperationalError(
    'R545',
    `flow ${flow} is being changed by another process, and its tasks have been stopped`,
    {
      hint: 'run it again: it waits for that process, and takes part where it is still the same flow',
    },
  );
}

/** The reason why tasks under `mine` must not run where `now` is in force; null: they may. */
export function whyNotInForce(
  flow: string,
  now: StreamManifest | null,
  mine: Pick<StreamManifest, 'generation' | 'planHash' | 'tasks'>,
): OperationalError | null {
  if (now === null || !isSameStream(now, mine)) return superseded(flow);
  return isHeld(now) ? heldByOther(flow) : null;
}

/**
 * Throws R545 where tasks of a generation and plan must not run any more. To be asked after a task has been opened: whoever changes the stream
 * writes a manifest that says so first and fences the tasks after, so that one of the two sees the other.
 */
export async function assertInForce(
  log: Pick<LogReader, 'read'>,
  flow: string,
  mine: Pick<StreamManifest, 'generation' | 'planHash' | 'tasks'>,
): Promise<void> {
  const why = whyNotInForce(flow, await newestManifest(log, flow), mine);
  if (why !== null) throw why;
}
