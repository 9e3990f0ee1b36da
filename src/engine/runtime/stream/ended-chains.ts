import { OperationalError } from '../../base/operational-error.ts';
import { type ChainOutline, type InputOutline, isSameInput, type WorkOutline } from '../../plan/work-outline.ts';

/**
 * Chains of `now` that have ended for good (`ended`: of which any task has) and to which, or from which, rows would have to come again: a `limit` that is
 * full and is another now, a topic that nobody needed and somebody reads now, a new stage behind input that has ended, which would wait for its end.
 * `returning`: those of an earlier version that the last one did not have; where they read files or tables, they cannot go on.
 */
export function endedForNew(
  before: WorkOutline,
  now: WorkOutline,
  ended: ReadonlySet<string>,
  returning: ReadonlySet<string>,
): readonly string[] {
  const isLate = (chain: ChainOutline) => {
    const was = before.chains.find(one => one.id === chain.id);
    if (was === undefined) return true;
    if (upstreamsOf(chain.input).some(one => !upstreamsOf(was.input).includes(one))) return true;
    const readers = now.chains.filter(one => upstreamsOf(one.input).includes(chain.id));
    if (readers.some(one => !readsAsBefore(one.id, chain.id, before))) return true;
    if (!isSameInput(was.input, chain.input)) return true;
    // Input that has come to its end brings nothing, whatever is made of it.
    if (hasCome(was.input, chain.id, before, ended)) return false;
    return (
      hasOtherTables(was, chain, before, now) ||
      writesFirst(chain.id, before, now) ||
      (chain.input.kind === 'topic' && readers.some(one => !ended.has(one.id)))
    );
  };
  const isOver = (chain: ChainOutline) =>
    (ended.has(chain.id) && isLate(chain)) || (returning.has(chain.id) && readsWhatEnds(chain.input));
  return now.chains.filter(isOver).map(({ id }) => id);
}

/** Positions in files and tables are by their number: which they were is not kept where nobody reads them any more. */
function readsWhatEnds({ kind }: InputOutline): boolean {
  return kind === 'source' || kind === 'table';
}
function upstreamsOf(input: InputOutline): readonly string[] {
  return input.kind === 'exchange' ? input.upstreams : [];
}
function readsAsBefore(reader: string, of: string, before: WorkOutline): boolean {
  return before.chains.some(({ id, input }) => id === reader && upstreamsOf(input).includes(of));
}
/** Whether all of its input has been read. Topics have no end. */
function hasCome(input: InputOutline, id: string, work: WorkOutline, ended: ReadonlySet<string>): boolean {
  if (!ended.has(id) || input.kind === 'topic') return false;
  return upstreamsOf(input).every(up => {
    const chain = work.chains.find(one => one.id === up);
    return chain !== undefined && hasCome(chain.input, up, work, ended);
  });
}
function hasOtherTables(was: ChainOutline, is: ChainOutline, before: WorkOutline, now: WorkOutline): boolean {
  return is.tables.some(({ name, stage }) => {
    const saved = was.tables.find(one => one.name === name);
    if (saved === undefined) return true;
    const [earlier, later] = [before.stages, now.stages].map(stages => stages?.find(one => one.id === stage)?.does);
    return earlier !== later;
  });
}
/** It has a sink where it had none. Manifests made before that was kept do not tell. */
function writesFirst(chain: string, { sinks: before }: WorkOutline, { sinks: now }: WorkOutline): boolean {
  const isKnown = before.every(sink => sink.chain !== undefined);
  return isKnown && now.some(one => one.chain === chain) && before.every(one => one.chain !== chain);
}

export function endedRefusal(flow: string, chains: readonly string[]): OperationalError | null {
  if (chains.length === 0) return null;
  return new OperationalError(
    'R564',
    `flow ${flow} has changed around parts of its stream that are over, to which no row comes any more: ${chains.join(', ')}`,
    { hint: 'give it another name, under which it begins with the rows after the change; or begin anew with --fresh' },
  );
}
