import type { Expression, LiteralExpression } from '../engine/contract/expression.ts';
import type { Type } from '../engine/contract/types.ts';
import { makeCall, widened, widenTogether } from './calls.ts';
import { nearest } from './diagnostics/nearest.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import type { BinaryNode, ExpressionNode } from './syntax.ts';
import { describeType, isNumber, joinTypes, NULL_TYPE } from './types.ts';

const COMPARISONS: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

export function checkComparison(node: BinaryNode, context: ExpressionContext): Checked | null {
  const left = context.check(node.left, context);
  const right = context.check(node.right, context);
  if (left === null || right === null) return null;
  const fn = COMPARISONS[node.sign] ?? 'eq';
  const nullSide = isBareNull(right) ? left : isBareNull(left) ? right : null;
  if (nullSide !== null && (fn === 'eq' || fn === 'ne')) return nullTest(fn, nullSide, node, context);
  return compare(fn, left, right, node, context);
}

/** `x in 0..120`, `x in ["a", "b"]`, and `not in`. */
export function checkMembership(node: BinaryNode, context: ExpressionContext): Checked | null {
  const inside = node.right.kind === 'range' ? inRange(node, node.right, context) : inList(node, context);
  if (inside === null || node.sign === 'in') return inside;
  return makeCall('not', [inside], node, context, 'not in');
}

/** A condition: bool and never null. */
export function checkCondition(node: ExpressionNode, context: ExpressionContext, where: string): Checked | null {
  const checked = context.check(node, context);
  if (checked === null) return null;
  const { type, nullable } = checked.expression;
  if (type.kind !== 'bool') {
    const text = context.reporter.textOf(node.span);
    context.reporter.report('E301', node.span, {
      found: describeType(type, nullable),
      expected: 'a condition (bool)',
      where,
      hint: isNumber(type) ? `Compare it: \`${text} > 0\`.` : `Compare it: \`${text} == …\`.`,
    });
    return null;
  }
  return refuseNull(checked, where, context) ? null : checked;
}

/** Reports a value that may be null where none may stand. */
export function refuseNull(checked: Checked, where: string, context: ExpressionContext): boolean {
  if (!checked.expression.nullable) return false;
  const text = context.reporter.textOf(checked.node.span);
  const { type } = checked.expression;
  context.reporter.report('E310', checked.node.span, {
    text,
    type: describeType(type, true),
    where,
    default: defaultFor(type),
    grouped: /^[\w.]+$/.test(text) || /^\w+\([^()]*\)$/.test(text) ? text : `(${text})`,
  });
  return true;
}

/** A literal an enum may be compared with, as that enum; reports one that is not among its values. */
export function asEnumValue(literal: Checked, type: Type, context: ExpressionContext): Checked | null {
  const { expression } = literal;
  if (type.kind !== 'enum' || expression.op !== 'literal' || typeof expression.value !== 'string') return literal;
  if (type.values.includes(expression.value)) return { ...literal, expression: { ...expression, type } };
  reportNotInEnum(expression.value, type.values, literal.node, context);
  return null;
}

export function reportNotInEnum(
  value: string,
  values: readonly string[],
  node: ExpressionNode,
  context: Pick<ExpressionContext, 'reporter'>,
): void {
  const near = nearest(value, values);
  const shown = values.slice(0, 8).map(each => JSON.stringify(each));
  const list = values.length > 8 ? `${shown.join(', ')}, …` : shown.join(', ');
  context.reporter.report('E320', node.span, {
    value: JSON.stringify(value),
    values: list,
    hint: near === null ? `Its values are ${list}.` : `Did you mean ${JSON.stringify(near)}? Its values are ${list}.`,
  });
}

function nullTest(fn: 'eq' | 'ne', side: Checked, node: BinaryNode, context: ExpressionContext): Checked | null {
  if (isBareNull(side)) {
    context.reporter.report('E311', node.span, { what: `\`${node.sign}\`` });
    return null;
  }
  return makeCall(fn === 'eq' ? 'is_null' : 'is_not_null', [side], node, context, `${node.sign} null`);
}

function compare(
  fn: string,
  left: Checked,
  right: Checked,
  node: BinaryNode,
  context: ExpressionContext,
): Checked | null {
  const a = asEnumValue(left, right.expression.type, context);
  const b = asEnumValue(right, left.expression.type, context);
  if (a === null || b === null) return null;
  const where = `\`${node.sign}\``;
  if (isBareNull(a) || isBareNull(b)) {
    context.reporter.report('E311', (isBareNull(b) ? b : a).node.span, { what: where });
    return null;
  }
  const [aNull, bNull] = [refuseNull(a, where, context), refuseNull(b, where, context)];
  if (aNull || bNull || !comparable(a, b, node.sign, context)) return null;
  return makeCall(fn, widenTogether([a, b], context), node, context, node.sign);
}

function comparable(a: Checked, b: Checked, sign: string, context: ExpressionContext): boolean {
  if (joinTypes(a.expression.type, b.expression.type) !== null) return true;
  context.reporter.report('E301', b.node.span, {
    found: describeType(b.expression.type, b.expression.nullable),
    expected: describeType(a.expression.type),
    where: `\`${context.reporter.textOf(a.node.span)} ${sign}\``,
    hint: comparisonHint(a, b, context),
  });
  return false;
}

function comparisonHint(a: Checked, b: Checked, context: ExpressionContext): string {
  const literal = b.expression.op === 'literal' ? b.expression : null;
  const kind = a.expression.type.kind;
  if (literal !== null && typeof literal.value === 'number' && (kind === 'string' || kind === 'enum')) {
    return `Write the value as a text: \`"${literal.value}"\`.`;
  }
  if (literal !== null && typeof literal.value === 'string' && isNumber(a.expression.type)) {
    return /^-?\d+(\.\d+)?$/.test(literal.value)
      ? `Write the number without quotes: \`${literal.value}\`.`
      : `\`${context.reporter.textOf(a.node.span)}\` is a number.`;
  }
  if (literal !== null && kind === 'bool') {
    return `Use it as it is: \`${context.reporter.textOf(a.node.span)}\`, or \`not ${context.reporter.textOf(a.node.span)}\`.`;
  }
  if (literal !== null && (kind === 'timestamp' || kind === 'date')) {
    const day = /\d{4}-\d\d-\d\d/.exec(context.reporter.textOf(b.node.span))?.[0] ?? '2026-01-31';
    return kind === 'date' ? `Write a date: \`@${day}\`.` : `Write an instant: \`@${day}T00:00:00Z\`.`;
  }
  return 'Convert one side, so that both are of one type.';
}

function inRange(
  node: BinaryNode,
  range: Extract<ExpressionNode, { kind: 'range' }>,
  context: ExpressionContext,
): Checked | null {
  const value = context.check(node.left, context);
  const low = range.low === null ? undefined : context.check(range.low, context);
  const high = range.high === null ? undefined : context.check(range.high, context);
  if (value === null || low === null || high === null) return null;
  let wrong = refuseNull(value, '`in`', context);
  for (const bound of [low, high]) {
    if (bound === undefined) continue;
    wrong = refuseNull(bound, 'a range', context) || !comparable(value, bound, 'in', context) || wrong;
  }
  if (wrong) return null;
  if (low !== undefined && high !== undefined) {
    return makeCall('in_range', widenTogether([value, low, high], context), node, context, 'in');
  }
  if (low !== undefined) return makeCall('ge', widenTogether([value, low], context), node, context, 'in');
  if (high !== undefined) return makeCall('le', widenTogether([value, high], context), node, context, 'in');
  return null;
}

function inList(node: BinaryNode, context: ExpressionContext): Checked | null {
  const value = context.check(node.left, context);
  const list = context.check(node.right, context);
  if (value === null || list === null) return null;
  const refused = refuseNull(value, '`in`', context);
  const { expression } = list;
  if (expression.op !== 'literal' || expression.type.kind !== 'list' || !Array.isArray(expression.value)) {
    context.reporter.report('E301', list.node.span, {
      found: describeType(expression.type, expression.nullable),
      expected: 'a list or a range',
      where: '`in`',
      hint: 'Write the values: `x in ["a", "b"]`, or a range: `x in 0..120`.',
    });
    return null;
  }
  if (refused) return null;
  return listMembership(node, value, list, expression, context);
}

function listMembership(
  node: BinaryNode,
  value: Checked,
  list: Checked,
  literal: LiteralExpression,
  context: ExpressionContext,
): Checked | null {
  const { type } = value.expression;
  const items = Array.isArray(literal.value) ? (literal.value as readonly (null | boolean | number | string)[]) : [];
  const nodes = list.node.kind === 'list' ? list.node.items : [];
  if (type.kind === 'enum') {
    const strange = items.findIndex(item => typeof item === 'string' && !type.values.includes(item));
    if (strange >= 0) {
      reportNotInEnum(String(items[strange]), type.values, nodes[strange] ?? list.node, context);
      return null;
    }
  }
  const item = literal.type.kind === 'list' ? literal.type.item : NULL_TYPE;
  if (joinTypes(type, item) === null) {
    const first: Checked = {
      expression: { op: 'literal', type: item, nullable: false, value: items[0] ?? null },
      unit: null,
      node: nodes[0] ?? list.node,
    };
    comparable(value, first, 'in', context);
    return null;
  }
  const float = isNumber(type) && isNumber(item) && (type.kind === 'float' || item.kind === 'float');
  const left: Expression = float ? widened(value.expression, context) : value.expression;
  const right: Expression = { ...literal, type: { kind: 'list', item: left.type } };
  return makeCall(
    'in_list',
    [
      { ...value, expression: left },
      { ...list, expression: right },
    ],
    node,
    context,
    'in',
  );
}

function isBareNull(checked: Checked): boolean {
  return checked.expression.type === NULL_TYPE;
}

/** A default a person might mean, for the hint. */
function defaultFor(type: Type): string {
  switch (type.kind) {
    case 'bool':
      return 'false';
    case 'int':
      return '0';
    case 'float':
      return '0.0';
    case 'enum':
      return JSON.stringify(type.values[0] ?? '');
    case 'string':
      return '""';
    case 'duration':
      return '0s';
    case 'date':
      return '@1970-01-01';
    case 'timestamp':
      return '@1970-01-01T00:00:00Z';
    default:
      return '…';
  }
}
