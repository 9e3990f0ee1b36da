import { OperationalError } from '../../base/operational-error.ts';
import type { CommitRecord } from '../../contract/log.ts';
import { compareWork, type Finding } from '../../plan/compare-work.ts';
import type { WorkOutline } from '../../plan/work-outline.ts';
import { endedForNew, endedRefusal } from './ended-chains.ts';
import type { StreamManifest } from './stream-manifest.ts';

/** What becomes of what a stream has left, for rows in exchanges as well: `why` says so where there are any. */
export interface Judged extends Finding {
  /** Rows lie in an exchange that a changed plan cannot read. */
  readonly undrained: boolean;
}

/** What a stream has left in a log. */
export interface Left {
  readonly manifest: StreamManifest;
  /** The last commit of each of its tasks. */
  readonly last: readonly (CommitRecord | null)[];
  /** The same of tasks that are left out for want of a model. */
  readonly leftOut: readonly (CommitRecord | null)[];
  /** Chains before which rows lie in an exchange. */
  readonly undrained: ReadonlySet<string>;
  /** Chains of which a task has ended for good. */
  readonly ended: ReadonlySet<string>;
  /** Chains of the flow that an earlier version had, and the last one not: they go on from their last commits. */
  readonly returning: ReadonlySet<string>;
}
/** The flow that is to go on with it. */
export interface Wanted {
  readonly planHash: string;
  readonly flowVersion: number;
  /** Of the whole flow, also of what is left out for want of a model. */
  readonly work: WorkOutline;
  /** Ids of the sinks that are written; absent: all, as far as is known. */
  readonly sinks?: readonly string[];
}

/** How a flow stands to what its stream has left. */
export interface Standing {
  /**
   * `new`: nothing was committed. `ended`: all its input has ended. In the middle: `same`, the plan has not changed; `parts`, neither, but something is
   * left out for want of a model, or there again; `changed`, the plan has.
   */
  readonly what: 'new' | 'ended' | 'same' | 'parts' | 'changed';
  /** Whether it is the same plan, with the same sinks. */
  readonly isSameWork: boolean;
  /** Of one that has `changed`. */
  readonly judged: readonly Judged[];
  /** Why it may not go on. */
  readonly refusal: OperationalError | null;
}

/**
 * The one judgement, of `weir plan` and of runs, from what both can see. `allowed`: bindings or stages whose state may go. Refusals: R542 where the version has not
 * risen, R544 in the middle of a move to other partitions, R562 where it is not known what the stream keeps, R561 where rows would be lost in an exchange, R564 where
 * rows would have to come to what has ended, R560 where state would be lost that nobody has said may go.
 */
export function standingOf(flow: string, left: Left, wanted: Wanted, allowed: readonly string[] = []): Standing {
  const { manifest, last } = left;
  const isSamePlan = manifest.planHash === wanted.planHash;
  const isSame = isSameWork(manifest, wanted);
  const stands = (what: Standing['what'], refusal: OperationalError | null = null, judged: readonly Judged[] = []) => {
    return { what, isSameWork: isSame, judged, refusal };
  };
  // Nothing rests on a manifest under which nothing was committed.
  if ([...last, ...left.leftOut].every(record => record === null))
    return stands('new', manifest.from === undefined || isSame ? null : halfMoved(flow));
  if (last.every(record => record?.ended === true)) return stands('ended');
  if (isSame) return stands('same');
  if (manifest.from !== undefined) return stands(isSamePlan ? 'parts' : 'changed', halfMoved(flow));
  if (isSamePlan) return stands('parts', last.some(record => record?.ended === true) ? partOfTheEnded(flow) : null);
  if (manifest.work === undefined)
    return stands('changed', versionRefusal(flow, manifest, wanted) ?? unknownWork(flow));
  const judged = judge(manifest.work, wanted.work, left);
  const refusal =
    versionRefusal(flow, manifest, wanted) ??
    undrainedRefusal(flow, judged) ??
    endedRefusal(flow, endedForNew(manifest.work, wanted.work, left.ended, left.returning)) ??
    lossRefusal(flow, judged, allowed);
  return stands('changed', refusal, judged);
}

/** Exchanges that must be empty where `now` is to follow `before`, by the chains that read them. */
export function changedExchanges(before: WorkOutline | undefined, now: WorkOutline): readonly string[] {
  if (before === undefined) return [];
  return compareWork(before, now).flatMap(({ kind, what, id }) => (kind === 'exchange' && what !== 'kept' ? [id] : []));
}

function judge(before: WorkOutline, now: WorkOutline, { undrained, returning }: Left): readonly Judged[] {
  return compareWork(before, now).map(finding => {
    if (finding.kind === 'source' && finding.what === 'new' && returning.has(finding.id))
      return { ...finding, what: 'kept', why: ['it goes on where it was in an earlier version'], undrained: false };
    const holdsRows = finding.kind === 'exchange' && finding.what !== 'kept' && undrained.has(finding.id);
    const rows = holdsRows ? ['rows lie in it that its stage has not taken yet'] : [];
    return { ...finding, why: [...finding.why, ...rows], undrained: holdsRows };
  });
}

/** Whether it is the same plan, with the same sinks. */
export function isSameWork(before: StreamManifest, now: Pick<Wanted, 'planHash' | 'sinks'>): boolean {
  if (before.planHash !== now.planHash) return false;
  return before.sinks === undefined || now.sinks === undefined || `${before.sinks}` === `${now.sinks}`;
}

function versionRefusal(flow: string, before: StreamManifest, now: Wanted): OperationalError | null {
  if (now.flowVersion > before.flowVersion) return null;
  return new OperationalError('R542', `flow ${flow} has changed since this stream began, and its version has not`, {
    hint: `raise it to v${before.flowVersion + 1} to go on with what the stream holds, or begin anew with --fresh`,
  });
}

function undrainedRefusal(flow: string, judged: readonly Judged[]): OperationalError | null {
  const names = judged.filter(one => one.undrained).map(one => one.name);
  if (names.length === 0) return null;
  return new OperationalError(
    'R561',
    `flow ${flow} has changed around rows that are on their way to ${names.join(', ')}`,
    {
      hint: 'let the flow take them as it was: weir stop FLOW --drain, FLOW being the file with its old text; or begin anew with --fresh',
    },
  );
}

function lossRefusal(flow: string, judged: readonly Judged[], allowed: readonly string[]): OperationalError | null {
  const lost = judged.filter(one => one.loses && !isAllowed(one, allowed));
  if (lost.length === 0) return null;
  const told = lost.map(
    ({ name, kind, why }) => `${kind === 'state' ? 'the state' : 'the position'} of ${name} (${why.join('; ')})`,
  );
  return new OperationalError('R560', `flow ${flow} has changed, and would drop ${told.join(', ')}`, {
    hint: `change it otherwise, or say that it may go: ${[...new Set(lost.map(one => `--allow-drop ${one.name}`))].join(' ')}`,
  });
}
function isAllowed({ name, id }: Finding, allowed: readonly string[]): boolean {
  return allowed.some(one => one === name || one === id || `${id}`.startsWith(`${one}/`));
}

function unknownWork(flow: string): OperationalError {
  return new OperationalError('R562', `what the stream of flow ${flow} keeps is not known: an older Weir began it`, {
    hint: 'end it with the version that began it, or begin anew with --fresh',
  });
}
function partOfTheEnded(flow: string): OperationalError {
  return new OperationalError(
    'R542',
    `a model that flow ${flow} left out, or had, is there or gone now that part of its input has ended`,
    { hint: 'begin anew with --fresh' },
  );
}
/** A move to other partitions is brought to its end by the flow that began it. */
export function halfMoved(flow: string): OperationalError {
  return new OperationalError('R544', `flow ${flow} has changed while it was given other partitions`, {
    hint: 'run it once as it was, which brings that to its end; or begin anew with --fresh',
  });
}
