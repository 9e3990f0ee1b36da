import type { OperatorDefinition } from '../../engine/contract/operator.ts';
import type { Role } from '../../engine/contract/value.ts';
import type { PortRef, StageNode } from '../../engine/plan/plan.ts';
import { portKey } from '../../engine/plan/port-key.ts';
import { inputRefs } from '../../engine/plan/refs.ts';
import type { FlowContext } from '../flow-context.ts';
import { overlap, type RowOrigins, type RowSet, rowOrigins } from './row-origins.ts';

/** Rows a stage takes for a role: those that come in, or a stream it is given (`early_stop`). */
interface Taken {
  readonly at: string | null;
  readonly ref: PortRef;
  readonly role: Role;
}
/** Rows that something was learned from, or chosen by. */
interface Seen {
  readonly rows: RowSet;
  readonly by: StageNode;
  readonly role: Role;
}
interface Looking {
  readonly context: FlowContext;
  readonly origins: RowOrigins;
  readonly seen: Map<string, readonly Seen[]>;
}

/** Stages on rows of the wrong role, or on rows that what they measure or choose has seen before (E503). */
export function refuseSeenRows(context: FlowContext): void {
  const origins = rowOrigins(id => context.nodes.get(id), context.catalog);
  const looking: Looking = { context, origins, seen: new Map() };
  for (const stage of context.nodes.values()) {
    const operator = stage.kind === 'stage' ? context.catalog.operators.get(stage.op) : undefined;
    if (stage.kind !== 'stage' || operator === undefined) continue;
    refuseLookedUp(stage, operator, context);
    for (const taken of takenBy(stage, operator)) {
      const found = roleOf(taken.ref, context);
      if (found === null || found === taken.role) refuseSeen(stage, operator, taken, looking);
      else {
        const part = partNamed(taken, context);
        const hint = part === null ? {} : { hint: `Write \`${part}\`.` };
        report(stage, taken, { expected: `\`${taken.role}\``, found: `\`${found}\` rows`, ...hint }, null, context);
      }
    }
  }
}

const ORDER: readonly Role[] = ['train', 'val', 'test'];

/**
 * Rows that are looked up in come from no later part: what a training row takes from test rows, a model has learned of them.
 * The other way about is what scoring does.
 */
function refuseLookedUp(stage: StageNode, operator: OperatorDefinition, context: FlowContext): void {
  const own = roleOf(stage.input, context);
  if (own === null) return;
  for (const [at, refs] of Object.entries(stage.sides)) {
    const spec = operator.params[at];
    if (spec?.kind !== 'stream' || spec.added === true || spec.role !== undefined) continue;
    for (const ref of refs) {
      const role = roleOf(ref, context);
      if (role === null || ORDER.indexOf(role) <= ORDER.indexOf(own)) continue;
      const hint = `Look up in \`${own}\` rows, or in rows that are not part of the split.`;
      report(stage, { at, ref, role: own }, { expected: `\`${own}\``, found: `\`${role}\` rows`, hint }, null, context);
    }
  }
}

function takenBy(stage: StageNode, operator: OperatorDefinition): readonly Taken[] {
  const own = operator.role === undefined ? [] : [{ at: null, ref: stage.input, role: operator.role }];
  const sides = Object.entries(stage.sides).flatMap(([at, refs]) => {
    const role = operator.params[at]?.role;
    return role === undefined ? [] : refs.map(ref => ({ at, ref, role }));
  });
  return [...own, ...sides];
}

function roleOf(ref: PortRef, context: FlowContext): Role | null {
  const type = context.nodes.get(ref.node)?.ports[ref.port];
  return type?.kind === 'rows' ? (type.role ?? null) : null;
}

/** The part of the same split that is meant; null where stages stand between. */
function partNamed({ ref, role }: Taken, context: FlowContext): string | null {
  const node = context.nodes.get(ref.node);
  const part = Object.entries(node?.ports ?? {}).find(([, type]) => type.kind === 'rows' && type.role === role);
  return node === undefined || part === undefined || part[0] === ref.port ? null : `${node.binding}.${part[0]}`;
}

/** What is measured on rows has not seen them at all; what is chosen by rows has not learned from them. */
function refuseSeen(stage: StageNode, operator: OperatorDefinition, taken: Taken, looking: Looking): void {
  if (taken.role === 'train') return;
  const mine = takenBy(stage, operator).filter(each => each.role === 'train');
  const before = [...inputRefs(stage).flatMap(ref => seenBehind(ref, looking)), ...seenBy(stage, mine, looking)];
  const counts = before.filter(each => taken.role === 'test' || each.role === 'train');
  const rows = looking.origins.of(taken.ref);
  const seen = counts.find(each => rows.some(set => overlap(set, each.rows)));
  if (seen === undefined) return;
  const found = `rows that \`${seen.by.op}\` ${seen.role === 'train' ? 'has learned from' : 'has chosen by'}`;
  const hint =
    'Split the rows first, and once: what learns takes the part `train`, what chooses `val`, what measures `test`.';
  report(stage, taken, { expected: 'unseen', found, hint }, seen.by, looking.context);
}

/** What has been seen on the way to a port: by the model behind it, or by the transform that made its features. */
function seenBehind(ref: PortRef, looking: Looking): readonly Seen[] {
  const key = portKey(ref);
  const known = looking.seen.get(key);
  if (known !== undefined) return known;
  // A circle has been reported, and ends here.
  looking.seen.set(key, []);
  const { context } = looking;
  const stage = context.nodes.get(ref.node);
  const operator = stage?.kind === 'stage' ? context.catalog.operators.get(stage.op) : undefined;
  if (stage?.kind !== 'stage' || operator === undefined) return [];
  const before = inputRefs(stage).flatMap(each => seenBehind(each, looking));
  const all = [...before, ...seenBy(stage, takenBy(stage, operator), looking)];
  const once = [...new Map(all.map(each => [`${each.role} ${each.rows.key}`, each])).values()];
  looking.seen.set(key, once);
  return once;
}

function seenBy(stage: StageNode, taken: readonly Taken[], { context, origins }: Looking): readonly Seen[] {
  return taken.flatMap(({ ref, role }) => {
    // Rows of a wrong role are reported at the stage that takes them, and not again at those after it.
    const found = roleOf(ref, context);
    if (found !== null && found !== role) return [];
    return origins.of(ref).map(rows => ({ rows, by: stage, role }));
  });
}

function report(
  stage: StageNode,
  { at }: Taken,
  what: { readonly expected: string; readonly found: string; readonly hint?: string },
  by: StageNode | null,
  context: FlowContext,
): void {
  const place = context.places.get(stage.id);
  const span = (at === null ? undefined : place?.args.get(at)) ?? place?.op ?? stage.span;
  const shown = at === null ? `\`${stage.op}\`` : `\`${at}\` of \`${stage.op}\``;
  const seen = by === null || by === stage ? undefined : (context.places.get(by.id)?.op ?? by.span);
  const related = seen === undefined ? [] : [{ span: seen, message: 'they were seen here' }];
  context.reporter.report('E503', span, { stage: shown, ...what }, related);
}
