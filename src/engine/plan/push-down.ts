import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import { columnNeeds, columnsOf, rowsSchema, wantedFields } from './column-needs.ts';
import type { Plan, PlanNode, PortRef, StageNode } from './plan.ts';
import { portKey } from './port-key.ts';
import { retype } from './retype.ts';

/**
 * The plan with less to do and the same rows out: filters run before stages that only add columns, and sources decode only
 * the columns somebody reads. Every stage's types are then worked out anew by its own definition. `wanted` are ports that are
 * looked at though no node reads them: they give the same rows, whole.
 */
export function pushDown(plan: Plan, catalog: Catalog, wanted: readonly PortRef[] = []): Plan {
  return pruneColumns(pushFilters(plan, catalog, wanted), catalog, wanted);
}

function pushFilters(plan: Plan, catalog: Catalog, wanted: readonly PortRef[]): Plan {
  let nodes = plan.nodes;
  for (let moved = true; moved; ) {
    moved = false;
    for (const filter of nodes) {
      // Where it has been passed, a port holds other columns; before that, other rows.
      if (filter.kind !== 'stage' || wanted.some(ref => same(ref, filter.input) || ref.node === filter.id)) continue;
      const swapped = swapWithStageBefore({ ...plan, nodes }, catalog, filter);
      if (swapped !== null) {
        nodes = retype({ ...plan, nodes: swapped }, catalog).nodes;
        moved = true;
        break;
      }
    }
  }
  return { ...plan, nodes };
}

/** `… | adds | filter | …` becomes `… | filter | adds | …` when nobody else reads in between. */
function swapWithStageBefore(plan: Plan, catalog: Catalog, filter: StageNode): readonly PlanNode[] | null {
  const definition = catalog.operators.get(filter.op);
  if (definition?.execution.mode !== 'expressions') return null;
  const before = plan.nodes.find(node => node.id === filter.input.node);
  if (before?.kind !== 'stage' || catalog.operators.get(before.op)?.addsColumnsOnly !== true) return null;
  const schema = rowsSchema(plan, filter.input);
  const earlier = rowsSchema(plan, before.input);
  if (schema === null || earlier === null || readersOf(plan, filter.input) !== 1) return null;
  const program = definition.execution.lower(filter.params as never, schema);
  if (program.filter === undefined || program.assign !== undefined || program.keep !== undefined) return null;
  const known = new Set(earlier.fields.map(field => field.name));
  if ([...columnsOf(program.filter)].some(name => !known.has(name))) return null;

  // Rows are counted where they come from one binding into another: a filter that leaves its binding's other stages behind
  // belongs to the binding it goes into.
  const binding = filter.id === filter.binding ? filter.binding : before.binding;
  const newFilter: StageNode = { ...filter, binding, input: before.input };
  const newBefore: StageNode = { ...before, input: { node: filter.id, port: filter.input.port } };
  return plan.nodes.flatMap((node): PlanNode[] => {
    if (node.id === before.id) return [newFilter, newBefore];
    if (node.id === filter.id) return [];
    return [redirect(node, { node: filter.id, port: 'out' }, { node: before.id, port: filter.input.port })];
  });
}

function readersOf(plan: Plan, ref: PortRef): number {
  let readers = 0;
  for (const node of plan.nodes) {
    if ((node.kind === 'stage' || node.kind === 'sink') && same(node.input, ref)) readers++;
    if (node.kind === 'stage')
      readers += Object.values(node.sides)
        .flat()
        .filter(side => same(side, ref)).length;
  }
  return readers;
}

function redirect(node: PlanNode, from: PortRef, to: PortRef): PlanNode {
  const turn = (ref: PortRef) => (same(ref, from) ? to : ref);
  if (node.kind === 'sink') return { ...node, input: turn(node.input) };
  if (node.kind !== 'stage') return node;
  const sides = Object.fromEntries(Object.entries(node.sides).map(([name, refs]) => [name, refs.map(turn)]));
  return { ...node, input: turn(node.input), sides };
}

const same = (a: PortRef, b: PortRef) => a.node === b.node && a.port === b.port;

function pruneColumns(plan: Plan, catalog: Catalog, wanted: readonly PortRef[]): Plan {
  const needs = columnNeeds(plan, catalog, wanted);
  const nodes = plan.nodes.map((node): PlanNode => {
    if (node.kind !== 'source' || node.format === null) return node;
    const wanted = needs.get(portKey({ node: node.id, port: 'out' })) ?? { all: false, names: new Set<string>() };
    if (wanted.all) return node;
    const schema = wantedFields(node.schema, wanted);
    const out = node.ports['out'];
    assert(out?.kind === 'rows', `source ${node.id} has no rows`);
    return { ...node, schema, ports: { ...node.ports, out: { ...out, schema } } };
  });
  return { ...plan, nodes: retype({ ...plan, nodes }, catalog).nodes };
}
