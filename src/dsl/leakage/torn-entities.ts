import type { OperatorDefinition } from '../../engine/contract/operator.ts';
import type { PortRef, StageNode } from '../../engine/plan/plan.ts';
import type { FlowContext } from '../flow-context.ts';
import { type ColumnOrigins, columnOrigins } from './column-origins.ts';

/**
 * Stages that deal rows into parts after the `@entity` of those rows was dropped (E501). Where it is still there the stage's own
 * definition insists on it; once it is gone only the plan tells that there was one.
 */
export function refuseTornEntities(context: FlowContext): void {
  const columns = columnOrigins(id => context.nodes.get(id), context.catalog);
  for (const stage of context.nodes.values()) {
    const operator = stage.kind === 'stage' ? context.catalog.operators.get(stage.op) : undefined;
    if (stage.kind !== 'stage' || operator?.parts !== true || entitiesOf(stage.input, context).length > 0) continue;
    const lost = lostBefore(stage.input, context);
    if (lost === null || keepsWhole(stage, operator, columns)) continue;
    const entity = lost.entities.length === 1 ? lost.entities[0] : `[${lost.entities.join(', ')}]`;
    const place = context.places.get(stage.id);
    const by = context.places.get(lost.by.id)?.op ?? lost.by.span;
    context.reporter.report(
      'E501',
      place?.args.get(groupOf(operator) ?? '') ?? place?.op ?? stage.span,
      {
        entity,
        otherwise: `for that keep \`${entity}\` up to here, and drop it after. Or write \`group: none\` if each row is someone else.`,
      },
      [{ span: by, message: `\`${entity}\` is gone from here on` }],
    );
  }
}

/** The stage that lost the `@entity` on the way to these rows; null where none did. */
function lostBefore(
  to: PortRef,
  context: FlowContext,
): { readonly entities: readonly string[]; readonly by: StageNode } | null {
  const passed = new Set<string>();
  for (let ref = to; !passed.has(ref.node); ) {
    passed.add(ref.node);
    const node = context.nodes.get(ref.node);
    const operator = node?.kind === 'stage' ? context.catalog.operators.get(node.op) : undefined;
    // A group's row is about the group; whether that tears people is not to be told.
    if (node?.kind !== 'stage' || operator === undefined || operator.block?.kind === 'aggregates') return null;
    ref = node.input;
    const entities = entitiesOf(ref, context);
    if (entities.length > 0) return { entities, by: node };
  }
  return null;
}

function entitiesOf(ref: PortRef, context: FlowContext): readonly string[] {
  const type = context.nodes.get(ref.node)?.ports[ref.port];
  if (type?.kind !== 'rows') return [];
  return type.schema.fields.flatMap(field => (field.entity === true ? [field.name] : []));
}

/** The parameter that says which rows stay together. */
function groupOf(operator: OperatorDefinition): string | undefined {
  return Object.entries(operator.params).find(([, spec]) => spec.kind === 'columns' && spec.none === true)?.[0];
}

/** What was computed from who a row is about and from nothing else (a hash of it) is the same in all rows of one person. */
function keepsWhole(stage: StageNode, operator: OperatorDefinition, columns: ColumnOrigins): boolean {
  const param = groupOf(operator);
  const group = param === undefined ? undefined : (stage.params[param] as readonly string[] | undefined);
  if (group === undefined) return false;
  const known = columns.of(stage.input).columns;
  return group.every(name => {
    const raw = [...(known.get(name)?.values() ?? [])].filter(origin => origin.raw);
    return raw.length > 0 && raw.every(origin => origin.mark === '@entity');
  });
}
