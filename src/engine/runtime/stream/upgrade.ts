import { KEY_GROUPS, LogError, type LogReader } from '../../contract/log.ts';
import type { WorkOutline } from '../../plan/work-outline.ts';
import { lastRecords, tasksOf } from './generation-tasks.ts';
import { isLeftOutOf } from './left-out-chains.ts';
import { exchangeTopic } from './own-topics.ts';
import { changedExchanges, type Left, type Standing } from './standing.ts';
import { type DroppedTable, generationName, type StreamManifest } from './stream-manifest.ts';

/** What is undecided in an exchange whose writers have been stopped is decided by then. */
const DECIDED_MS = 1_000;

/** What a stream has left, as far as it matters to a flow that does `now`. Of one whose tasks run it may be more at once. */
export async function leftOf(log: LogReader, flow: string, manifest: StreamManifest, now: WorkOutline): Promise<Left> {
  const last = await lastRecords(log, flow, manifest);
  const leftOut = await lastRecords(log, flow, { ...manifest, tasks: manifest.leftOut ?? {} });
  const undrained = new Set<string>();
  for (const chain of changedExchanges(manifest.work, now)) {
    if (await holdsRows(log, flow, manifest, chain)) undrained.add(chain);
  }
  const returning = await returningChains(log, flow, manifest, now);
  const ended = new Set([...returning].flatMap(([chain, hasEnded]) => (hasEnded ? [chain] : [])));
  for (const [at, { chain }] of [...tasksOf(flow, manifest)].entries()) if (last[at]?.ended === true) ended.add(chain);
  return { manifest, last, leftOut, undrained, ended, returning: new Set(returning.keys()) };
}

/** Of a stream that begins anew, whatever it has left. */
export function nothingLeft(manifest: StreamManifest): Left {
  const none = new Set<string>();
  return { manifest, last: [], leftOut: [], undrained: none, ended: none, returning: none };
}

/** Chains whose tasks have committed under this generation, though the last manifest has them no more; and whether any of those has ended. */
async function returningChains(
  log: LogReader,
  flow: string,
  manifest: StreamManifest,
  now: WorkOutline,
): Promise<ReadonlyMap<string, boolean>> {
  const { generation, tasks, leftOut, work } = manifest;
  const found = new Map<string, boolean>();
  if (work === undefined) return found;
  const isNew = now.chains.filter(({ id }) => !(id in tasks) && leftOut?.[id] === undefined);
  if (isNew.length === 0) return found;
  const topics = new Map((await log.topics()).map(info => [info.name, info.partitions]));
  for (const { id, input } of isNew) {
    // Nothing tells how many tasks read files: no more than there may be.
    const topic = input.kind === 'exchange' ? exchangeTopic(flow, generation, id) : input.of;
    const count = input.kind === 'exchange' || input.kind === 'topic' ? (topics.get(topic) ?? 0) : KEY_GROUPS;
    const records = (await lastRecords(log, flow, { generation, tasks: { [id]: count } })).filter(one => one !== null);
    if (records.length > 0)
      found.set(
        id,
        records.some(one => one.ended),
      );
  }
  return found;
}
/** How many tasks chains had that come back: their exchanges are there, and what they have committed is laid out by that number. */
export async function tasksOfReturning(
  log: LogReader,
  flow: string,
  { generation, tasks }: StreamManifest,
  now: WorkOutline,
): Promise<StreamManifest['tasks']> {
  const back = now.chains.filter(({ id, input }) => input.kind === 'exchange' && !(id in tasks));
  if (back.length === 0) return {};
  const partitions = new Map((await log.topics()).map(info => [info.name, info.partitions]));
  const found = back.flatMap(({ id }) => {
    const count = partitions.get(exchangeTopic(flow, generation, id));
    return count === undefined ? [] : [[id, count] as const];
  });
  return Object.fromEntries(found);
}

/** Whether a reader of an exchange has something before it. */
async function holdsRows(log: LogReader, flow: string, manifest: StreamManifest, chain: string): Promise<boolean> {
  const topic = exchangeTopic(flow, manifest.generation, chain);
  const info = (await log.topics()).find(one => one.name === topic);
  if (info === undefined) return false;
  for (const [partition, { first, stableEnd, end }] of info.ends.entries()) {
    const last = await log.last({ flow: generationName(flow, manifest.generation), chain, partition });
    // Whoever has ended (`limit`) needs no more: nobody waits for these rows.
    if (last?.ended === true) continue;
    const position = last?.positions.find(at => at.input === topic && at.partition === partition);
    const offset = position === undefined || position.offset < first ? first : position.offset;
    if (offset >= end) continue;
    const limit = { bytes: 1, waitMs: stableEnd < end ? DECIDED_MS : 0 };
    const { frames } = await log.read({ topic, partition, offset }, limit).catch(nothingThere);
    if (frames.length > 0) return true;
  }
  return false;
}
function nothingThere(error: unknown): { readonly frames: readonly never[] } {
  if (error instanceof LogError && error.code === 'no-topic') return { frames: [] };
  throw error;
}

/** Tables that a task has still to give up. `last`: the upgrade its last commit was made under. */
export function pendingDrops(drops: readonly DroppedTable[], chain: string, last: number): readonly string[] {
  return drops.flatMap(one => (one.chain === chain && one.upgrade > last ? [one.table] : []));
}

/**
 * The manifest of a flow that goes on in the middle, where it has changed or has other parts, and nothing refuses it. What is left out for want of a model keeps
 * what it has: its state, its positions, its number of tasks, and where it began.
 */
export function upgradedManifest(
  before: StreamManifest,
  now: StreamManifest & Required<Pick<StreamManifest, 'work'>>,
  whole: WorkOutline,
  { what, judged }: Standing,
): StreamManifest {
  const isLeftOut = isLeftOutOf(now.work, whole, what);
  const out = (before.work?.chains ?? []).filter(({ id }) => isLeftOut(id));
  const work = { ...now.work, chains: [...now.work.chains, ...out] };
  const kept = <T>(from: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(from).filter(([id]) => isLeftOut(id)));
  const leftOut = kept({ ...before.leftOut, ...before.tasks });
  const ports = new Set(out.flatMap(({ input }) => (input.kind === 'table' ? [input.of] : [])));
  const next = {
    ...now,
    work,
    leftOut,
    topics: { ...kept(before.topics), ...now.topics },
    splits: { ...kept(before.splits), ...now.splits },
    tables: { ...Object.fromEntries(Object.entries(before.tables).filter(([port]) => ports.has(port))), ...now.tables },
  };
  if (what === 'parts') return next;
  const upgrade = (before.upgrade ?? 0) + 1;
  const dropped = (before.work?.chains ?? []).flatMap(({ id, tables }) =>
    tables.flatMap(({ name }): readonly DroppedTable[] => {
      const isDropped = judged.some(one => one.kind === 'state' && one.id === name && one.what === 'dropped');
      return isDropped ? [{ chain: id, table: name, upgrade }] : [];
    }),
  );
  return { ...next, upgrade, drops: [...(before.drops ?? []), ...dropped] };
}
