import { canonicalJson } from '../../engine/base/json.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import type { OperatorDefinition } from '../../engine/contract/operator.ts';
import type { PlanNode, PortRef, StageNode } from '../../engine/plan/plan.ts';

/** Rows as a set: where they began, and through which cuts they came. Two with one `key` are the same rows. */
export interface RowSet {
  readonly key: string;
  /** The rows it was cut out of; null: all a source has. */
  readonly of: RowSet | null;
  /** The deal that cut it, the same text for all its parts; null where a filter or a limit did. */
  readonly deal: string | null;
}

/** The sets of rows behind each port of rows. A stage that may leave rows out makes a set within the one it takes. */
export interface RowOrigins {
  of(ref: PortRef): readonly RowSet[];
}

/** `node` gives the nodes of the plan by id; undefined where a mistake left one out. */
export function rowOrigins(node: (id: string) => PlanNode | undefined, catalog: Catalog): RowOrigins {
  const known = new Map<string, readonly RowSet[]>();
  const of = (ref: PortRef): readonly RowSet[] => {
    const key = `${ref.node}:${ref.port}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    // A circle has been reported, and ends here.
    known.set(key, []);
    const sets = setsOf(ref, node(ref.node), catalog, of);
    known.set(key, sets);
    return sets;
  };
  return { of };
}

function setsOf(
  ref: PortRef,
  node: PlanNode | undefined,
  catalog: Catalog,
  of: (ref: PortRef) => readonly RowSet[],
): readonly RowSet[] {
  if (node?.kind === 'source') {
    // Two sources of one file have the same rows.
    return [{ key: `${canonicalJson(node.connector)} ${ref.port}`, of: null, deal: null }];
  }
  const operator = node?.kind === 'stage' ? catalog.operators.get(node.op) : undefined;
  if (node?.kind !== 'stage' || operator === undefined || node.ports[ref.port]?.kind !== 'rows') return [];
  const taken = of(node.input);
  if (operator.parts === true) {
    const deal = canonicalJson([node.op, node.params as never]);
    return taken.map(set => ({ key: `${set.key} ${deal} ${ref.port}`, of: set, deal }));
  }
  const added = Object.entries(node.sides).flatMap(([name, refs]) =>
    operator.params[name]?.added === true ? refs.flatMap(of) : [],
  );
  const all = [...taken, ...added];
  return keepsRows(operator, node) ? all : all.map(set => ({ key: `${set.key} ${node.id}`, of: set, deal: null }));
}

function keepsRows(operator: OperatorDefinition, node: StageNode): boolean {
  const { execution } = operator;
  if (operator.addsColumnsOnly === true) return true;
  if (Object.values(operator.params).some(spec => spec.added === true)) return true;
  if (execution.mode !== 'expressions') return false;
  // What a stage of expressions does to rows shows without their fields.
  return execution.lower(node.params as never, { fields: [] }).filter === undefined;
}

/**
 * Whether rows of one set are, to all that can be told, among those of the other. Cut out of the same rows by two filters, they
 * may well be two halves (years before and after); the parts of one deal are.
 */
export function overlap(a: RowSet, b: RowSet): boolean {
  const above = new Map<string, RowSet | null>();
  let child: RowSet | null = null;
  for (let set: RowSet | null = a; set !== null; child = set, set = set.of) above.set(set.key, child);
  let mine: RowSet | null = null;
  for (let set: RowSet | null = b; set !== null; mine = set, set = set.of) {
    const other = above.get(set.key);
    if (other === undefined) continue;
    // One holds the other.
    if (other === null || mine === null) return true;
    return other.deal !== mine.deal;
  }
  return false;
}
