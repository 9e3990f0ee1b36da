import type { AggregateAssignment, Expression } from '../contract/expression.ts';
import type { Type } from '../contract/types.ts';

/** Signs of calls, with how tightly they bind: the tightest has the highest number, as the language has it. */
const INFIX: Readonly<Record<string, readonly [sign: string, binding: number]>> = {
  or: ['or', 1],
  and: ['and', 2],
  in_list: ['in', 4],
  in_range: ['in', 4],
  eq: ['==', 5],
  ne: ['!=', 5],
  lt: ['<', 5],
  le: ['<=', 5],
  gt: ['>', 5],
  ge: ['>=', 5],
  is_null: ['==', 5],
  is_not_null: ['!=', 5],
  coalesce: ['??', 7],
  add: ['+', 8],
  sub: ['-', 8],
  mul: ['*', 9],
  div: ['/', 9],
  mod: ['%', 9],
};
const NOT = 3;
const RANGE = 6;
const MINUS = 10;
const MEMBER = 11;
/** Of one level and associative: no brackets on the right either. */
const ASSOCIATIVE: ReadonlySet<string> = new Set(['and', 'or', 'add', 'mul']);
/** `(cost ?? 0) > 50` needs no brackets, but few know that. */
const BRACKETED = 0.5;

/** An expression as a user would write it: brackets only where they matter. `least`: how tightly its surroundings bind. */
export function expressionText(expression: Expression, least = 0): string {
  switch (expression.op) {
    case 'literal':
      return literalText(expression.value, expression.type);
    case 'column':
      return expression.name;
    case 'item':
      return 'it';
    case 'call': {
      const [text, binding] = callText(expression);
      return binding < least ? `(${text})` : text;
    }
  }
}

function callText({ fn, args }: Extract<Expression, { op: 'call' }>): readonly [text: string, binding: number] {
  const [sign, binding] = INFIX[fn] ?? ['', MEMBER];
  const operand = (index: number, least: number): string => expressionText(args[index], least);
  if (fn === 'not') return [`not ${operand(0, NOT)}`, NOT];
  if (fn === 'neg') return [`-${operand(0, MINUS)}`, MINUS];
  if (fn === 'field' && args[1]?.op === 'literal') return [`${operand(0, MEMBER)}.${args[1].value}`, MEMBER];
  if (fn === 'is_null' || fn === 'is_not_null') return [`${operand(0, binding + 1)} ${sign} null`, binding];
  if (fn === 'in_range') {
    return [`${operand(0, binding + 1)} in ${operand(1, RANGE + 1)}..${operand(2, RANGE + 1)}`, binding];
  }
  if (sign === '') return [`${fn}(${args.map(argument => expressionText(argument)).join(', ')})`, MEMBER];
  const right = ASSOCIATIVE.has(fn) ? binding : binding + 1;
  // Comparisons do not chain.
  const left = binding === 4 || binding === 5 ? binding + 1 : binding;
  const text = args.map((_, index) => operand(index, index === 0 ? left : right)).join(` ${sign} `);
  return [text, fn === 'coalesce' ? BRACKETED : binding];
}

const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

function literalText(value: unknown, type: Type): string {
  if (Array.isArray(value)) {
    const item = type.kind === 'list' ? type.item : type;
    return `[${value.map(one => literalText(one, item)).join(', ')}]`;
  }
  if (typeof value !== 'number') return JSON.stringify(value);
  if (type.kind === 'timestamp') return `@${new Date(value).toISOString().replace('.000Z', 'Z')}`;
  if (type.kind === 'date') return `@${new Date(value * 86_400_000).toISOString().slice(0, 10)}`;
  if (type.kind === 'duration') {
    const [unit, ms] = DURATIONS.find(([, size]) => value % size === 0) ?? ['ms', 1];
    return `${value / ms}${unit}`;
  }
  return type.kind === 'float' && Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}

/** What an assignment of a block computes, with the calls of an aggregating one put back in where they were written. */
export function assignedValue(assignment: { readonly value?: unknown; readonly calls?: unknown }): unknown {
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
