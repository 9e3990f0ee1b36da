import type { Expression } from '../engine/contract/expression.ts';
import type { Schema, Type } from '../engine/contract/types.ts';

/** Bounds on what a few lines may grow into: `fn`s, pipelines and schemas are put in where they are named. */
export const MAX_EXPRESSION_NODES = 20_000;
export const MAX_STAGES = 2_000;
export const MAX_FIELDS = 10_000;

const expressionSizes = new WeakMap<Expression, number>();

/** Nodes of an expression, written out. Shared parts are counted at each place, and looked at once. */
export function sizeOf(expression: Expression): number {
  if (expression.op !== 'call') return 1;
  const known = expressionSizes.get(expression);
  if (known !== undefined) return known;
  const size = expression.args.reduce((sum, arg) => sum + sizeOf(arg), 1);
  expressionSizes.set(expression, size);
  return size;
}

const schemaSizes = new WeakMap<object, number>();

/** Fields of a schema, those of its records included. */
export function fieldCount(schema: Schema): number {
  const known = schemaSizes.get(schema.fields);
  if (known !== undefined) return known;
  const count = schema.fields.reduce((sum, field) => sum + 1 + within(field.type), 0);
  schemaSizes.set(schema.fields, count);
  return count;
}

function within(type: Type): number {
  if (type.kind === 'list') return within(type.item);
  return type.kind === 'record' ? fieldCount(type) : 0;
}
