import { judgeState } from '../contract/judge-state.ts';
import {
  type ChainOutline,
  type InputOutline,
  isSameInput,
  type StageOutline,
  type TableOutline,
  type WorkOutline,
} from './work-outline.ts';

/** What becomes of one thing that an earlier plan's stream has left, under another plan. */
export interface Finding {
  readonly kind: 'state' | 'source' | 'exchange' | 'sink';
  /** The binding it is of, as a user knows it. */
  readonly name: string;
  /** A table's whole name, a chain's or a sink's id. */
  readonly id: string;
  readonly what: 'kept' | 'migrated' | 'dropped' | 'changed' | 'new';
  /** In a user's words. */
  readonly why: readonly string[];
  /** It goes on only where the user says so by name: something that cannot be had again is lost. */
  readonly loses: boolean;
}

/** What is found, state first, then in the order of the plans. An exchange that is `changed` or `dropped` must hold no rows. */
export function compareWork(before: WorkOutline, now: WorkOutline): readonly Finding[] {
  return [...stateFindings(before, now), ...inputFindings(before, now), ...sinkFindings(before, now)];
}

interface Placed {
  readonly chain: string;
  readonly table: TableOutline;
}
const placed = ({ chains }: WorkOutline): readonly Placed[] =>
  chains.flatMap(({ id, tables }) => tables.map(table => ({ chain: id, table })));

function stateFindings(before: WorkOutline, now: WorkOutline): readonly Finding[] {
  const [saved, wanted] = [placed(before), placed(now)];
  const found = saved.map(({ chain, table }): Finding => {
    const about = { kind: 'state', name: table.binding, id: table.name } as const;
    const next = wanted.find(one => one.table.name === table.name);
    const lost = (why: string): Finding => ({ ...about, what: 'dropped', why: [why], loses: true });
    if (next === undefined) return lost(`no stage keeps state under this name${renamed(table, saved, wanted)}`);
    if (next.chain !== chain) return lost('its rows come to it by another exchange');
    const { what, why } = judgeState(table, next.table);
    if (what === 'dropped') return { ...about, what, why, loses: true };
    const changed = [...why, ...changesOfRows(table.stage, next.table.stage, before, now, what === 'kept')];
    return { ...about, what: changed.length === 0 ? 'kept' : 'migrated', why: changed, loses: false };
  });
  const isNew = wanted.filter(one => saved.every(({ table }) => table.name !== one.table.name));
  return [
    ...found,
    ...isNew.map(({ table }): Finding => {
      const why = ['it begins with the rows after the change'];
      return { kind: 'state', name: table.binding, id: table.name, what: 'new', why, loses: false };
    }),
  ];
}

/** How rows are made into state in another way, though it has the same shape. `alsoItself`: the shape does not tell of the stage's own change. */
function changesOfRows(
  was: string,
  is: string,
  { stages: before }: WorkOutline,
  { stages: now }: WorkOutline,
  alsoItself: boolean,
): readonly string[] {
  if (before === undefined || now === undefined) return [];
  const why: string[] = [];
  const came = changesBefore(ancestors(was, before), ancestors(is, now));
  if (came.length > 0)
    why.push(`what comes in has changed (${came.join(', ')}): rows before the change are in it as they came`);
  const [earlier, later] = [before.find(one => one.id === was), now.find(one => one.id === is)];
  if (alsoItself && earlier?.does !== later?.does)
    why.push('its stage is another: rows before the change are in it by the old one');
  return why;
}
/** Each in a few words. */
function changesBefore(earlier: readonly StageOutline[], later: readonly StageOutline[]): readonly string[] {
  const changes = earlier.flatMap(stage => {
    const next = later.find(one => one.id === stage.id);
    if (next === undefined) return [`${stage.id} is gone`];
    return isAsBefore(stage, next) ? [] : [`${stage.id} is another`];
  });
  const came = later.filter(stage => earlier.every(one => one.id !== stage.id));
  return [...changes, ...came.map(stage => `${stage.id} is new`)];
}
function ancestors(of: string, stages: readonly StageOutline[]): readonly StageOutline[] {
  const wanted = new Set(stages.find(one => one.id === of)?.from);
  for (const { id, from } of stages.toReversed()) if (wanted.has(id)) for (const one of from) wanted.add(one);
  return stages.filter(({ id }) => wanted.has(id));
}
/** Columns that are read by one of them alone are of no matter: whoever uses them has changed, too. */
function isAsBefore(was: StageOutline, is: StageOutline): boolean {
  const columns = Object.entries(was.columns ?? {});
  return was.does === is.does && columns.every(([name, how]) => (is.columns?.[name] ?? how) === how);
}

/** Where a stage of the binding keeps the like under a new name, the name is what has changed. */
function renamed(table: TableOutline, saved: readonly Placed[], wanted: readonly Placed[]): string {
  const like = wanted.find(
    one =>
      one.table.binding === table.binding &&
      saved.every(other => other.table.name !== one.table.name) &&
      judgeState(table, one.table).what !== 'dropped',
  );
  return like === undefined ? '' : `: the stage is now ${like.table.stage}; a let of its own keeps its name`;
}

function inputFindings(before: WorkOutline, now: WorkOutline): readonly Finding[] {
  const found = before.chains.map((chain): Finding => {
    const next = now.chains.find(one => one.id === chain.id);
    return chain.input.kind === 'exchange'
      ? exchangeFinding(chain, next)
      : readFinding(chain.id, chain.input, next, now);
  });
  const isNew = now.chains.filter(chain => before.chains.every(one => one.id !== chain.id));
  return [
    ...found,
    ...isNew.flatMap(({ id, input }): readonly Finding[] => {
      if (input.kind === 'exchange') return [];
      return [
        { kind: 'source', name: input.binding, id, what: 'new', why: ['it is read from its start'], loses: false },
      ];
    }),
  ];
}

type ReadInput = Exclude<InputOutline, { kind: 'exchange' }>;

function readFinding(id: string, input: ReadInput, next: ChainOutline | undefined, now: WorkOutline): Finding {
  const about = { kind: 'source', name: input.binding, id } as const;
  if (next === undefined) {
    const again = now.chains.find(
      one => one.input.kind === input.kind && 'of' in one.input && one.input.of === input.of,
    );
    const why =
      again === undefined || again.input.kind === 'exchange'
        ? 'nothing reads it any more'
        : `${input.of} is read by ${again.input.binding} now, from its start: its rows come again`;
    return { ...about, what: 'dropped', why: [why], loses: again !== undefined };
  }
  if (isSameInput(input, next.input)) return { ...about, what: 'kept', why: ['it goes on where it was'], loses: false };
  return { ...about, what: 'changed', why: ['it reads another input, from its start'], loses: false };
}

function exchangeFinding({ id, input }: ChainOutline, next: ChainOutline | undefined): Finding {
  const about = { kind: 'exchange', name: id, id, loses: false } as const;
  if (next === undefined) return { ...about, what: 'dropped', why: ['nothing reads it any more'] };
  const why = exchangeChanges(input, next.input);
  return { ...about, what: why.length === 0 ? 'kept' : 'changed', why };
}

function exchangeChanges(was: InputOutline, is: InputOutline): readonly string[] {
  if (was.kind !== 'exchange' || is.kind !== 'exchange') return ['its rows come from somewhere else'];
  const placing = ({ by, single }: typeof was) =>
    single ? 'all in one place' : by.length === 0 ? 'in turn' : by.join(', ');
  const why: string[] = [];
  if (placing(was) !== placing(is)) why.push(`its rows were placed by ${placing(was)} and are by ${placing(is)}`);
  if (`${was.upstreams}` !== `${is.upstreams}`) why.push('its rows come from other stages');
  const came = is.fields.filter(field => !was.fields.includes(field));
  const went = was.fields.filter(field => !is.fields.includes(field));
  if (came.length > 0) why.push(`its rows have ${came.join(', ')}`);
  if (went.length > 0) why.push(`its rows had ${went.join(', ')}`);
  if (came.length + went.length === 0 && `${was.fields}` !== `${is.fields}`)
    why.push('its rows have another order of fields');
  return why;
}

function sinkFindings(before: WorkOutline, now: WorkOutline): readonly Finding[] {
  const found = before.sinks.map((sink): Finding => {
    const about = { kind: 'sink', name: sink.binding, id: sink.id, loses: false } as const;
    const next = now.sinks.find(one => one.id === sink.id);
    if (next === undefined) return { ...about, what: 'dropped', why: ['what it has written stays'] };
    if (next.to === sink.to) return { ...about, what: 'kept', why: [] };
    return { ...about, what: 'changed', why: [`it wrote ${sink.to} and writes ${next.to}`] };
  });
  const isNew = now.sinks.filter(sink => before.sinks.every(one => one.id !== sink.id));
  return [
    ...found,
    ...isNew.map(({ id, binding }): Finding => {
      return { kind: 'sink', name: binding, id, what: 'new', why: ['it gets the rows after the change'], loses: false };
    }),
  ];
}
