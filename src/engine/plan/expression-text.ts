import type { AggregateAssignment, Expression } from '../contract/expression.ts';

const INFIX: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  mod: '%',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  and: 'and',
  or: 'or',
  coalesce: '??',
  in_list: 'in',
  in_range: 'in',
};

/** An expression as a user would write it, with every pair of operands in brackets where it matters. */
export function expressionText(expression: Expression, inside = false): string {
  switch (expression.op) {
    case 'literal':
      return literalText(expression.value);
    case 'column':
      return expression.name;
    case 'item':
      return 'it';
    case 'call': {
      const sign = INFIX[expression.fn];
      const args = expression.args.map(argument => expressionText(argument, true));
      if (expression.fn === 'field') return `${args[0]}.${JSON.parse(args[1] ?? '""')}`;
      if (expression.fn === 'is_null') return `${args[0]} == null`;
      if (expression.fn === 'is_not_null') return `${args[0]} != null`;
      if (expression.fn === 'not') return `not ${args[0]}`;
      if (expression.fn === 'in_range') return `${args[0]} in ${args[1]}..${args[2]}`;
      if (sign === undefined || args.length < 2) return `${expression.fn}(${args.join(', ')})`;
      return inside ? `(${args.join(` ${sign} `)})` : args.join(` ${sign} `);
    }
  }
}

function literalText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(literalText).join(', ')}]` : JSON.stringify(value);
}

/** Any value of a plan's `params` on one line, expressions as text; cut at `limit` characters. */
export function parameterText(value: unknown, limit = 60): string {
  const text = plainText(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainText).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const record = value as Record<string, unknown>;
  if (typeof record['op'] === 'string' && 'type' in record) return expressionText(value as Expression);
  if (typeof record['rule'] === 'string') return callText(record['rule'], record['params']);
  if (typeof record['connector'] === 'string') return callText(record['connector'], record['options']);
  if (Array.isArray(record['stages'])) return String(record['name']);
  if ('name' in record && 'value' in record) {
    const assigned = plainText(assignedValue(record));
    return assigned === record['name'] ? assigned : `${record['name']} = ${assigned}`;
  }
  return `{ ${Object.entries(record)
    .map(([name, member]) => `${name}: ${plainText(member)}`)
    .join(', ')} }`;
}

/** What an assignment of a block computes, with the calls of an aggregating one put back in where they were written. */
export function assignedValue(assignment: Readonly<Record<string, unknown>>): unknown {
  const { calls, value } = assignment as unknown as AggregateAssignment;
  return calls === undefined ? value : withCalls(value, calls);
}

function withCalls(expression: Expression, calls: AggregateAssignment['calls']): Expression {
  if (expression.op === 'call') {
    return { ...expression, args: expression.args.map(argument => withCalls(argument, calls)) };
  }
  const call = expression.op === 'column' ? calls[Number(/^\$(\d+)$/.exec(expression.name)?.[1])] : undefined;
  if (call === undefined || expression.op !== 'column') return expression;
  return { op: 'call', fn: call.fn, args: call.args, type: expression.type, nullable: expression.nullable };
}

function callText(name: string, args: unknown): string {
  const members = Object.entries((args ?? {}) as Record<string, unknown>);
  return members.length === 0
    ? name
    : `${name}(${members.map(([key, value]) => `${key}: ${plainText(value)}`).join(', ')})`;
}
