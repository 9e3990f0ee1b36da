import { OperationalError } from '../../base/operational-error.ts';
import { LogError, type LogReader } from '../../contract/log.ts';
import { compareWork, type Finding } from '../../plan/compare-work.ts';
import type { WorkOutline } from '../../plan/work-outline.ts';
import { exchangeTopic } from './own-topics.ts';
import { type DroppedTable, generationName, type StreamManifest } from './stream-manifest.ts';

/** What becomes of what a stream has left, for rows in exchanges as well: `why` says so where there are any. */
export interface Judged extends Finding {
  /** Rows lie in an exchange that a changed plan cannot read. */
  readonly undrained: boolean;
}

/** The judgement of `weir plan` and of runs: what a stream in the middle leaves to another plan. Throws R562. */
export async function judgeUpgrade(
  log: LogReader,
  flow: string,
  before: StreamManifest,
  now: WorkOutline,
): Promise<readonly Judged[]> {
  if (before.work === undefined) {
    throw new OperationalError('R562', `what the stream of flow ${flow} keeps is not known: an older Weir began it`, {
      hint: 'end it with the version that began it, or begin anew with --fresh',
    });
  }
  const judged: Judged[] = [];
  for (const finding of compareWork(before.work, now)) {
    const mustBeEmpty = finding.kind === 'exchange' && finding.what !== 'kept';
    const undrained = mustBeEmpty && (await holdsRows(log, flow, before, finding.id));
    const rows = undrained ? ['rows lie in it that its stage has not taken yet'] : [];
    judged.push({ ...finding, why: [...finding.why, ...rows], undrained });
  }
  return judged;
}

/** Whether a reader of an exchange has something before it. */
async function holdsRows(log: LogReader, flow: string, manifest: StreamManifest, chain: string): Promise<boolean> {
  const topic = exchangeTopic(flow, manifest.generation, chain);
  const info = (await log.topics()).find(one => one.name === topic);
  if (info === undefined) return false;
  for (const [partition, { first, stableEnd }] of info.ends.entries()) {
    const last = await log.last({ flow: generationName(flow, manifest.generation), chain, partition });
    const position = last?.positions.find(at => at.input === topic && at.partition === partition);
    const offset = position === undefined || position.offset < first ? first : position.offset;
    if (offset >= stableEnd) continue;
    const { frames } = await log.read({ topic, partition, offset }, { bytes: 1, waitMs: 0 }).catch(nothingThere);
    if (frames.length > 0) return true;
  }
  return false;
}
function nothingThere(error: unknown): { readonly frames: readonly never[] } {
  if (error instanceof LogError && error.code === 'no-topic') return { frames: [] };
  throw error;
}

/** Throws R561 where rows would be lost in an exchange, R560 where state would be that nobody has said may go. `allowed`: bindings or stages. */
export function assertUpgrade(flow: string, judged: readonly Judged[], allowed: readonly string[]): void {
  const undrained = judged.filter(one => one.undrained);
  if (undrained.length > 0) {
    const names = undrained.map(one => one.name).join(', ');
    throw new OperationalError('R561', `flow ${flow} has changed around rows that are on their way to ${names}`, {
      hint: 'let the flow take them as it was: weir stop FLOW --drain, FLOW being the file with its old text; or begin anew with --fresh',
    });
  }
  const lost = judged.filter(one => one.loses && !isAllowed(one, allowed));
  if (lost.length === 0) return;
  const told = lost.map(
    ({ name, kind, why }) => `${kind === 'state' ? 'the state' : 'the position'} of ${name} (${why.join('; ')})`,
  );
  throw new OperationalError('R560', `flow ${flow} has changed, and would drop ${told.join(', ')}`, {
    hint: `change it otherwise, or say that it may go: ${[...new Set(lost.map(one => `--allow-drop ${one.name}`))].join(' ')}`,
  });
}
function isAllowed({ name, id }: Finding, allowed: readonly string[]): boolean {
  return allowed.some(one => one === name || one === id || `${id}`.startsWith(`${one}/`));
}

/** What the manifest of the changed plan says of it. */
export function upgradeOf(
  before: Pick<StreamManifest, 'upgrade' | 'drops' | 'work'>,
  judged: readonly Judged[],
): Required<Pick<StreamManifest, 'upgrade' | 'drops'>> {
  const upgrade = (before.upgrade ?? 0) + 1;
  const dropped = (before.work?.chains ?? []).flatMap(({ id, tables }) =>
    tables.flatMap(({ name }): readonly DroppedTable[] => {
      const isDropped = judged.some(one => one.kind === 'state' && one.id === name && one.what === 'dropped');
      return isDropped ? [{ chain: id, table: name, upgrade }] : [];
    }),
  );
  return { upgrade, drops: [...(before.drops ?? []), ...dropped] };
}

/** Tables that a task has still to give up. `last`: the upgrade its last commit was made under. */
export function pendingDrops(drops: readonly DroppedTable[], chain: string, last: number): readonly string[] {
  return drops.flatMap(one => (one.chain === chain && one.upgrade > last ? [one.table] : []));
}

/**
 * The manifest of a plan that has changed in mid-stream. The plan may also be the same, and a part of it left out for want of a model, or there
 * again: what is left out keeps what it has. Throws R560, R561, R562.
 */
export async function upgradedManifest(
  log: LogReader,
  flow: string,
  before: StreamManifest,
  now: StreamManifest & Required<Pick<StreamManifest, 'work'>>,
  allowed: readonly string[],
): Promise<StreamManifest> {
  if (before.planHash === now.planHash) {
    const out = (before.work?.chains ?? []).filter(chain => now.work.chains.every(one => one.id !== chain.id));
    return { ...now, work: { ...now.work, chains: [...now.work.chains, ...out] } };
  }
  const judged = await judgeUpgrade(log, flow, before, now.work);
  assertUpgrade(flow, judged, allowed);
  return { ...now, ...upgradeOf(before, judged) };
}

/** R542: `version` is that of the flow whose stream has begun. */
export function changedWithoutVersion(flow: string, version: number): OperationalError {
  return new OperationalError('R542', `flow ${flow} has changed since this stream began, and its version has not`, {
    hint: `raise it to v${version + 1} to go on with what the stream holds, or begin anew with --fresh`,
  });
}
