import type { CallExpression, Expression } from '../engine/contract/expression.ts';
import { type FunctionDefinition, RowError, type RowValue } from '../engine/contract/function.ts';
import type { TypeKind } from '../engine/contract/types.ts';
import type { ExpressionContext } from './expression-context.ts';
import type { ExpressionNode } from './syntax.ts';

const WHOLE: ReadonlySet<TypeKind> = new Set(['int', 'timestamp', 'date', 'duration']);
/** What calls of constants give; they are asked for again by the calls around them. */
const values = new WeakMap<Expression, RowValue>();

/**
 * A call of nothing but constants gives the same in every row. Where that is no value, it is a mistake of the flow, and said
 * before a row is read: an overflow of whole numbers (E302), or of a float (E318). True: reported.
 */
export function refusesConstant(
  call: CallExpression,
  definition: FunctionDefinition,
  node: ExpressionNode,
  { reporter }: ExpressionContext,
): boolean {
  if (definition.nulls !== 'pass' || definition.bodies !== undefined) return false;
  const args = call.args.map(constantValue);
  if (args.length === 0 || args.some(arg => arg === undefined || arg === null)) return false;
  const value = evaluated(definition, args as readonly RowValue[], call);
  const whole = WHOLE.has(call.type.kind);
  const text = reporter.textOf(node.span);
  if (value === 'overflow' || (whole && typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
    reporter.report('E302', node.span, { text });
    return true;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    if (call.nullable) return false;
    reporter.report('E318', node.span, { text });
    return true;
  }
  values.set(call, value);
  return false;
}

function constantValue(expression: Expression): RowValue | undefined {
  return expression.op === 'literal' ? expression.value : values.get(expression);
}

function evaluated(
  definition: FunctionDefinition,
  args: readonly RowValue[],
  call: CallExpression,
): RowValue | 'overflow' {
  try {
    return definition.evaluate(args, call);
  } catch (error) {
    if (error instanceof RowError) return error.code === 'R410' ? 'overflow' : null;
    throw error;
  }
}
