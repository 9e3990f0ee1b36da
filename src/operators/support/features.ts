import type { CheckContext } from '../../engine/contract/operator.ts';
import type { PipelineSpec } from '../../engine/contract/parameter.ts';
import { fieldOf, type Schema, type TypeKind, typeText } from '../../engine/contract/types.ts';

/** Types that are numbers to a learner. */
const NUMERIC: ReadonlySet<TypeKind> = new Set(['bool', 'int', 'float', 'duration', 'features']);

/** The columns a pipeline reads, without annotations: what a transform asks of rows. */
export function inputOf(pipeline: PipelineSpec, schema: Schema): Schema {
  const read = pipeline.stages[0]?.input.fields ?? [];
  const fields = read.flatMap(({ name }) => {
    const field = fieldOf(schema, name);
    return field === undefined ? [] : [{ name, type: field.type, nullable: field.nullable }];
  });
  return { fields };
}

/** Reports features that are no numbers, that identify, or that give the label away. */
export function checkFeatures(
  pipeline: PipelineSpec,
  input: Schema,
  at: string,
  report: CheckContext<unknown>['report'],
): void {
  if (pipeline.features.length === 0) report('E506', at, { of: `\`${pipeline.name}\`` });
  const left = pipeline.stages.at(-1)?.output ?? input;
  for (const name of pipeline.features) {
    const field = fieldOf(left, name);
    if (field === undefined) continue;
    const role = field.label ? '`@label`' : field.id ? '`@id`' : field.entity ? '`@entity`' : null;
    if (role !== null) report('E502', `${at}.${name}`, { field: name, what: `is marked ${role}` });
    else if (!NUMERIC.has(field.type.kind)) {
      report('E507', `${at}.${name}`, { field: name, found: typeText(field.type, field.nullable) });
    }
  }
}
