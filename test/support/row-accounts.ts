import type { Plan, PlanNode, PortRef } from '../../src/engine/plan/plan.ts';

/** Rows in, out and rejected. */
export type Account = readonly [number, number, number];

/** Stages that let each row through or refuse it; `union` gives out all it takes in. */
const KEEP_ALL = new Set([
  'derive',
  'select',
  'drop',
  'union',
  'sort',
  'split',
  'apply',
  'score',
  'attribute',
  'fragile',
]);
/** Stages that may let rows go, or fold them. */
const LET_GO = new Set(['where', 'limit', 'sample', 'join', 'aggregate']);

/**
 * What does not add up in a run's counts, by binding: rows a stage took in that none before it gave out, or the other way
 * round, and rows that went missing within a stage. `plan` as it ran: pushed down.
 */
export function unaccounted(plan: Plan, accounts: Readonly<Record<string, Account>>): string[] {
  const nodes = new Map(plan.nodes.map(node => [node.id, node]));
  const complaints: string[] = [];
  for (const [binding, [rowsIn, rowsOut, rejected]] of Object.entries(accounts)) {
    const own = plan.nodes.filter(node => node.binding === binding);
    const entries = own.flatMap(node => rowsInto(node)).filter(ref => nodes.get(ref.node)?.binding !== binding);
    const given = entries.map(ref => accounts[nodes.get(ref.node)?.binding ?? '']?.[ref.port === 'bad' ? 2 : 1] ?? NaN);
    const most = given.reduce((sum, rows) => sum + rows, 0);
    const readsAll =
      entries.every(ref => ref.port === 'out' || ref.port === 'bad') &&
      !own.some(node => node.kind === 'stage' && node.op === 'limit');
    if (entries.length > 0 && (readsAll ? rowsIn !== most : !(rowsIn <= most)))
      complaints.push(`${binding} takes ${rowsIn} in, and ${given.join(' + ')} come`);
    const ops = own.flatMap(node => (node.kind === 'stage' ? [node] : []));
    if (own.some(node => Object.values(node.ports).some(type => type.kind !== 'rows' && type.kind !== 'done')))
      continue;
    const known = ops.every(({ op }) => KEEP_ALL.has(op) || LET_GO.has(op));
    if (!known) complaints.push(`${binding}: say in row-accounts.ts what its stages do with rows`);
    if (ops.some(({ op, params }) => op === 'join' && params['match'] === 'many')) continue;
    const exact = ops.every(({ op, params }) => KEEP_ALL.has(op) || (op === 'join' && params['kind'] === 'left'));
    const left = rowsIn - rowsOut - rejected;
    if (exact ? left !== 0 : left < 0)
      complaints.push(`${binding}: ${rowsIn} in, ${rowsOut} out, ${rejected} rejected`);
  }
  return complaints;
}

/** The rows that go through a node: its input, and what a union adds; a table that is looked up in is not among them. */
function rowsInto(node: PlanNode): readonly PortRef[] {
  if (node.kind === 'sink') return [node.input];
  if (node.kind !== 'stage') return [];
  return node.op === 'union' ? [node.input, ...node.sides['with']] : [node.input];
}
