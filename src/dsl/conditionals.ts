import type { Expression } from '../engine/contract/expression.ts';
import { fieldOf, type Type } from '../engine/contract/types.ts';
import { makeCall, widened } from './calls.ts';
import { checkCondition } from './comparisons.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import { type Facts, factsWhen, withFacts } from './narrowing.ts';
import type { BinaryNode, CallNode, ExpressionNode } from './syntax.ts';
import { describeType, joinTypes, NULL_TYPE, UNKNOWN_TYPE } from './types.ts';

/** `a and b`, `a or b`: the right side is checked knowing how the left came out. */
export function checkLogic(node: BinaryNode, context: ExpressionContext): Checked | null {
  const sign = node.sign === 'and' ? 'and' : 'or';
  const left = checkCondition(node.left, context, `\`${sign}\``);
  const facts = left === null ? context.facts : withFacts(context.facts, factsWhen(left.expression, sign === 'and'));
  const right = checkCondition(node.right, { ...context, facts }, `\`${sign}\``);
  if (left === null || right === null) return null;
  const call = makeCall(sign, [left, right], node, context, sign);
  if (call === null || call.expression.op !== 'call') return call;
  const args = call.expression.args.flatMap(arg => (arg.op === 'call' && arg.fn === sign ? arg.args : [arg]));
  return { ...call, expression: { ...call.expression, args } };
}

/** `if(condition, then, else)`. */
export function checkIf(node: CallNode, context: ExpressionContext): Checked | null {
  const [test, then, otherwise] = node.args;
  if (test === undefined || then === undefined || otherwise === undefined || node.args.length !== 3) {
    return wrongShape(node, 'a condition and two values', context);
  }
  const condition = checkCondition(test, context, '`if`');
  const when = (outcome: boolean): Facts =>
    condition === null ? context.facts : withFacts(context.facts, factsWhen(condition.expression, outcome));
  const yes = context.check(then, { ...context, facts: when(true) });
  const no = context.check(otherwise, { ...context, facts: when(false) });
  if (condition === null || yes === null || no === null) return null;
  const values = unified([yes, no], node, context);
  if (values === null) return null;
  const [a, b] = values.checked;
  if (a === undefined || b === undefined) return null;
  return typed(makeCall('if', [condition, a, b], node, context), values.type);
}

/** `case(condition, value, …, default)`: conditions are tried in turn, each knowing that those before it were false. */
export function checkCase(node: CallNode, context: ExpressionContext): Checked | null {
  if (isSubject(node.args[0], context)) return null;
  if (node.args.length < 3 || node.args.length % 2 === 0) {
    return wrongShape(node, 'pairs of a condition and a value, and a last value for all other rows', context);
  }
  let facts = context.facts;
  let failed = false;
  const conditions: Checked[] = [];
  const values: Checked[] = [];
  const push = (value: Checked | null): void => {
    if (value === null) failed = true;
    else values.push(value);
  };
  for (let at = 0; at + 1 < node.args.length; at += 2) {
    const [test, value] = node.args.slice(at, at + 2) as [ExpressionNode, ExpressionNode];
    const condition = checkCondition(test, { ...context, facts }, '`case`');
    if (condition === null) failed = true;
    else conditions.push(condition);
    const holds = condition === null ? facts : withFacts(facts, factsWhen(condition.expression, true));
    push(context.check(value, { ...context, facts: holds }));
    if (condition !== null) facts = withFacts(facts, factsWhen(condition.expression, false));
  }
  push(context.check(node.args[node.args.length - 1] as ExpressionNode, { ...context, facts }));
  if (failed) return null;
  const unifiedValues = unified(values, node, context);
  if (unifiedValues === null) return null;
  const args: Checked[] = [];
  unifiedValues.checked.forEach((value, at) => {
    const condition = conditions[at];
    if (condition !== undefined) args.push(condition);
    args.push(value);
  });
  return typed(makeCall('case', args, node, context), unifiedValues.type);
}

/** `case(ward, "A", 1, …)`, as elsewhere: what is compared stands in each condition here. */
function isSubject(test: ExpressionNode | undefined, context: ExpressionContext): boolean {
  if (test?.kind !== 'name' || context.aggregates !== null || context.locals !== null) return false;
  const field = fieldOf(context.schema, test.name);
  if (field === undefined || field.type.kind === 'bool' || field.type === UNKNOWN_TYPE) return false;
  context.reporter.report('E301', test.span, {
    found: describeType(field.type, field.nullable),
    expected: 'a condition (bool)',
    where: '`case`',
    hint: `Each pair begins with a condition of its own: \`case(${test.name} == …, …, ${test.name} == …, …, …)\`.`,
  });
  return true;
}

/** `a ?? b`. */
export function checkCoalesce(node: BinaryNode, context: ExpressionContext): Checked | null {
  const left = context.check(node.left, context);
  const right = context.check(node.right, context);
  if (left === null || right === null) return null;
  const values = unified([left, right], node, context);
  return values === null ? null : typed(makeCall('coalesce', values.checked, node, context, '??'), values.type);
}

/**
 * Values of which one is taken, made one type: ints beside floats become floats, nulls take the others' type, and texts become
 * an enum where every one is a literal or already an enum.
 */
function unified(
  values: readonly Checked[],
  node: ExpressionNode,
  context: ExpressionContext,
): { readonly checked: readonly Checked[]; readonly type: Type } | null {
  const literals = values.every(
    value => value.expression.type === NULL_TYPE || isText(value.expression) || value.expression.type.kind === 'enum',
  );
  let type: Type = NULL_TYPE;
  for (const value of values) {
    const own = literals ? asEnum(value.expression) : value.expression.type;
    const joined = joinTypes(type, own);
    if (joined === null) {
      context.reporter.report('E301', value.node.span, {
        found: describeType(value.expression.type, value.expression.nullable),
        expected: describeType(type),
        where: 'this choice of values',
        hint: 'All values of one choice are of one type.',
      });
      return null;
    }
    type = joined;
  }
  if (type === NULL_TYPE) {
    context.reporter.report('E311', node.span, { what: 'this choice of values' });
    return null;
  }
  return { type, checked: values.map(value => ({ ...value, expression: as(value.expression, type, context) })) };
}

function as(expression: Expression, type: Type, context: ExpressionContext): Expression {
  if (type.kind === 'float') {
    if (expression.type === NULL_TYPE) return { ...expression, type };
    return widened(expression, context);
  }
  if (expression.type === NULL_TYPE || (isText(expression) && type.kind === 'enum')) return { ...expression, type };
  return expression;
}

function isText(expression: Expression): boolean {
  return expression.op === 'literal' && typeof expression.value === 'string' && expression.type.kind === 'string';
}

function asEnum(expression: Expression): Type {
  if (!isText(expression) || expression.op !== 'literal') return expression.type;
  return { kind: 'enum', values: [String(expression.value)] };
}

/** The catalogue may say `string`, for texts that are known to be an enum's. */
function typed(checked: Checked | null, type: Type): Checked | null {
  return checked === null ? null : { ...checked, expression: { ...checked.expression, type } };
}

function wrongShape(node: CallNode, expected: string, context: ExpressionContext): null {
  context.reporter.report('E215', node.span, {
    name: node.callee.text,
    expected,
    found: String(node.args.length),
  });
  return null;
}
