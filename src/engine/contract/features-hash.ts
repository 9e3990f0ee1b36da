import { sha256 } from '../base/sha256.ts';
import type { PipelineSpec } from './parameter.ts';
import type { Schema } from './types.ts';

/**
 * What makes two feature pipelines the same, whatever flow they stand in: their stages with their parameters, the names and
 * types of the columns they read, and the features. Not the pipeline's name, not annotations, and not whether a column happens
 * to be known not to be null where it is used. Lower-case hex SHA-256.
 */
export function featuresHash(spec: PipelineSpec): string {
  const stages = spec.stages.map(stage => ({ op: stage.op, params: withoutNullability(stage.params) }));
  return sha256({ stages, input: columnsOf(spec.stages[0]?.input), features: spec.features });
}

function columnsOf(schema: Schema | undefined): readonly object[] {
  return (schema?.fields ?? []).map(field => ({ name: field.name, type: withoutNullability(field.type) }));
}

/** Of fields and expressions, which have a type beside it; a parameter may have that name. */
function withoutNullability(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullability);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key]) => !(key === 'nullable' && 'type' in value));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNullability(member)]));
}
