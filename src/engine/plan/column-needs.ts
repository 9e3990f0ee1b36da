import type { Catalog } from '../contract/catalog.ts';
import type { Expression } from '../contract/expression.ts';
import type { RowProgram } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import type { Plan, PlanNode, PortRef, StageNode } from './plan.ts';
import { portKey } from './port-key.ts';

/** Column names a port's readers want; `all` where a reader cannot say. */
export type Needs = { readonly all: true } | { readonly all: false; readonly names: ReadonlySet<string> };

const ALL: Needs = { all: true };

/** Names of the columns an expression reads. */
export function columnsOf(expression: Expression, into: Set<string> = new Set()): Set<string> {
  if (expression.op === 'column') into.add(expression.name);
  if (expression.op === 'call') for (const argument of expression.args) columnsOf(argument, into);
  return into;
}

/** What each rows port must carry, found from the sinks and the ports `wanted` backwards. Ports nobody reads are absent. */
export function columnNeeds(plan: Plan, catalog: Catalog, wanted: readonly PortRef[] = []): ReadonlyMap<string, Needs> {
  const needs = new Map<string, Needs>();
  const want = (ref: PortRef, what: Needs) => {
    const before = needs.get(portKey(ref));
    needs.set(portKey(ref), before === undefined ? what : union(before, what));
  };
  for (const ref of wanted) want(ref, visibleColumns(plan, ref, null));
  for (const node of [...plan.nodes].reverse()) {
    if (node.kind === 'sink') want(node.input, visibleColumns(plan, node.input, node.key));
    if (node.kind === 'stage') {
      want(node.input, inputNeeds(plan, catalog, node, needs));
      for (const refs of Object.values(node.sides)) for (const ref of refs) want(ref, ALL);
    }
  }
  return needs;
}

/** A sink writes every field that is not hidden. */
function visibleColumns(plan: Plan, ref: PortRef, key: string | null): Needs {
  const schema = rowsSchema(plan, ref);
  if (schema === null) return ALL;
  const names = new Set(schema.fields.filter(field => !field.hidden).map(field => field.name));
  if (key !== null) names.add(key);
  return { all: false, names };
}

function inputNeeds(plan: Plan, catalog: Catalog, node: StageNode, needs: ReadonlyMap<string, Needs>): Needs {
  const input = rowsSchema(plan, node.input);
  const definition = catalog.operators.get(node.op);
  if (input === null || definition === undefined) return ALL;
  const inputNames = new Set(input.fields.map(field => field.name));
  const passed = Object.keys(node.ports)
    .map(port => needs.get(portKey({ node: node.id, port })) ?? { all: false as const, names: new Set<string>() })
    .reduce(union, { all: false, names: new Set<string>() } as Needs);
  if (definition.execution.mode === 'expressions') {
    const program = definition.execution.lower(node.params as never, input);
    return within(programNeeds(program, passed), inputNames);
  }
  if (definition.reads === undefined) return ALL;
  const own = new Set(definition.reads(node.params as never));
  if (definition.execution.mode !== 'rows') return within({ all: false, names: own }, inputNames);
  return within(union(passed, { all: false, names: own }), inputNames);
}

function programNeeds(program: RowProgram, passed: Needs): Needs {
  const names = new Set<string>();
  if (program.filter !== undefined) columnsOf(program.filter, names);
  for (const { value } of program.assign ?? []) columnsOf(value, names);
  const read: Needs = { all: false, names };
  return union(read, program.keep === undefined ? passed : { all: false, names: new Set(program.keep) });
}

function union(a: Needs, b: Needs): Needs {
  if (a.all || b.all) return ALL;
  return { all: false, names: new Set([...a.names, ...b.names]) };
}

function within(needs: Needs, known: ReadonlySet<string>): Needs {
  return needs.all ? ALL : { all: false, names: new Set([...needs.names].filter(name => known.has(name))) };
}

function nodeById(plan: Plan, id: string): PlanNode | undefined {
  return plan.nodes.find(node => node.id === id);
}

/** The schema of a rows port, or null for other bindings. */
export function rowsSchema(plan: Plan, ref: PortRef): Schema | null {
  const type = nodeById(plan, ref.node)?.ports[ref.port];
  return type?.kind === 'rows' ? type.schema : null;
}

/** The fields that are wanted; at least one, for rows are counted by their columns being there. */
export function wantedFields(schema: Schema, wanted: Needs): Schema {
  if (wanted.all) return schema;
  const fields = schema.fields.filter(field => wanted.names.has(field.name));
  return { fields: fields.length > 0 ? fields : schema.fields.slice(0, 1) };
}
