import { fieldOf } from '../../engine/contract/types.ts';
import type { StageNode } from '../../engine/plan/plan.ts';
import type { FlowContext } from '../flow-context.ts';
import {
  type ColumnOrigins,
  columnOrigins,
  type Feature,
  type Origin,
  type Origins,
  pipelineOf,
} from './column-origins.ts';

/**
 * Features that were made of an `@id` or `@entity`, or of what the label was made of (E502). A label that is marked `@label`, or made of a column that is, is
 * followed by the mark itself, which definitions hand on; only what nobody marked is looked for here.
 */
export function refuseTellingFeatures(context: FlowContext): void {
  const columns = columnOrigins(id => context.nodes.get(id), context.catalog);
  for (const stage of context.nodes.values()) {
    if (stage.kind !== 'stage') continue;
    refuseIdentifiers(stage, columns, context);
    const rows = context.nodes.get(stage.input.node)?.ports[stage.input.port];
    for (const [param, spec] of Object.entries(context.catalog.operators.get(stage.op)?.params ?? {})) {
      const label = spec.learned === true ? stage.params[param] : undefined;
      if (typeof label !== 'string' || rows?.kind !== 'rows') continue;
      if (fieldOf(rows.schema, label)?.label !== true) refuseFeatures(stage, { param, label }, columns, context);
    }
  }
}

/** Where a pipeline is handed over: what is applied later was fitted there. */
function refuseIdentifiers(stage: StageNode, columns: ColumnOrigins, context: FlowContext): void {
  const operator = context.catalog.operators.get(stage.op);
  if (pipelineOf(stage, operator) === null) return;
  for (const [name, feature] of columns.featuresOf(stage)) {
    const id = [...feature.origins.values()].find(origin => origin.mark !== undefined);
    if (id === undefined || isMarked(name, feature)) continue;
    const place = context.places.get(stage.id);
    const learned = place?.op ?? stage.span;
    const made = context.featurePlaces.get(feature.spec)?.get(name);
    const related = made === undefined ? [] : [{ span: learned, message: 'a feature of what is learned here' }];
    context.reporter.report(
      'E502',
      made ?? learned,
      { field: name, what: `is made of the \`${id.mark}\` \`${id.column}\`` },
      related,
    );
  }
}

function refuseFeatures(
  stage: StageNode,
  { param, label }: { readonly param: string; readonly label: string },
  columns: ColumnOrigins,
  context: FlowContext,
): void {
  const told = columns.of(stage.input).columns.get(label) ?? new Map<string, Origin>();
  for (const [name, feature] of columns.featuresOf(stage)) {
    const shared = [...feature.origins.keys()].flatMap(key => told.get(key) ?? [])[0];
    if (shared === undefined || isMarked(name, feature)) continue;
    const what =
      name === label
        ? 'is the label'
        : shared.column === label
          ? `is made of the label \`${label}\``
          : shared.column === name
            ? `is what the label \`${label}\` is made of`
            : `is made of \`${shared.column}\`, as the label \`${label}\` is,`;
    const place = context.places.get(stage.id);
    const learned = place?.args.get(param) ?? place?.op ?? stage.span;
    const made = context.featurePlaces.get(feature.spec)?.get(name);
    const related = made === undefined ? [] : [{ span: learned, message: `\`${label}\` is learned here` }];
    context.reporter.report('E502', made ?? learned, { field: name, what, more: moreHint(label, told) }, related);
  }
}

/** Of several columns a label was made of, most often only one was not known beforehand. */
function moreHint(label: string, told: Origins): string {
  const raw = [...told.values()].filter(origin => origin.raw).map(origin => `\`${origin.column}\``);
  if (raw.length < 2) return '';
  return `\nOr mark which of ${raw.join(', ')} holds the outcome: \`@label\` in the schema. What else \`${label}\` is made of may then be a feature.`;
}

/** What is marked has been refused where the pipeline is handed over. */
function isMarked(name: string, { spec }: Feature): boolean {
  const output = spec.stages.at(-1)?.output;
  const field = output === undefined ? undefined : fieldOf(output, name);
  return field?.label === true || field?.id === true || field?.entity === true;
}
