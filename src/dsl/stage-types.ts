import { assert } from '../engine/base/assert.ts';
import type { Schema } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { CheckedBlock } from './block-entries.ts';
import { factsWhen, narrowedSchema } from './narrowing.ts';
import { currentSchema, currentType } from './pipe.ts';
import type { StageContext } from './stage-context.ts';

/** What the compiler knows beside the operator: roles stay, filters narrow, computed fields have units. */
export function finishType(
  type: BindingType,
  of: StageContext,
  block: CheckedBlock | null,
  params: Readonly<Record<string, unknown>>,
): BindingType {
  const input = currentType(of.pipe);
  if (type.kind !== 'rows' || input.kind !== 'rows') return type;
  const role = type.role ?? input.role;
  const schema = annotated(narrowedBy(type.schema, of, params), block);
  return { ...type, schema, ...(role === undefined ? {} : { role }) };
}

function narrowedBy(schema: Schema, of: StageContext, params: Readonly<Record<string, unknown>>): Schema {
  const { execution } = of.operator;
  if (execution.mode !== 'expressions') return schema;
  const program = execution.lower(params as never, currentSchema(of.pipe));
  if (program.filter === undefined) return schema;
  assert(program.filter !== null, 'a filter is an expression');
  const changed = new Set((program.assign ?? []).map(assignment => assignment.name));
  return narrowedSchema(schema, factsWhen(program.filter, true), changed);
}

function annotated(schema: Schema, block: CheckedBlock | null): Schema {
  if (block === null || block.units.size === 0) return schema;
  const computed = new Map<string, boolean>();
  for (const entry of block.value) {
    if (!('name' in entry) || !('value' in entry)) continue;
    computed.set(entry.name, 'calls' in entry ? true : entry.value.op === 'call' && entry.value.fn !== 'field');
  }
  const fields = schema.fields.map(field => {
    if (computed.get(field.name) !== true) return field;
    const { unit: _unit, ...rest } = field;
    const unit = block.units.get(field.name) ?? null;
    return unit === null ? rest : { ...rest, unit };
  });
  return { fields };
}
