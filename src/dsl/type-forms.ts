import type { Type } from '../engine/contract/types.ts';
import { constantOf } from './constant-values.ts';
import type { FlowContext } from './flow-context.ts';
import type { ExpressionNode, TypeNode } from './syntax.ts';
import { isNumber, UNKNOWN_TYPE } from './types.ts';

const SIMPLE_TYPES = {
  bool: 'True or false.',
  int: 'A whole number, exact to ±(2^53 − 1).',
  float: 'A number.',
  string: 'A text.',
  timestamp: 'An instant, in UTC milliseconds.',
  date: 'A day of the calendar.',
  duration: 'A span of time, in milliseconds.',
  secret: 'A text that never shows: for options of connectors only.',
};
/** The types by name, with what each holds. */
export const TYPES: Readonly<Record<string, string>> = {
  ...SIMPLE_TYPES,
  enum: 'One of the texts named: `enum("F", "M")`.',
  list: 'Values of one type: `list<string>`.',
  tensor: 'Numbers in a grid: `tensor<f32>[h, w, c]`.',
};
/** Types that are their name and nothing more. */
export const SIMPLE: ReadonlySet<string> = new Set(Object.keys(SIMPLE_TYPES));

/** What stands behind the name of a type and does not belong there, or is missing there. */
export function refusesForm(node: TypeNode, context: FlowContext): boolean {
  const name = node.name.text;
  const { item, values, brackets } = node;
  const extra = item !== null || values.length > 0 || brackets;
  const written = context.reporter.textOf(node.name.span);
  let instead: string | null = null;
  if (name === 'enum' && (values.length === 0 || item !== null || brackets)) instead = 'enum("a", "b")';
  else if (name === 'list' && (item === null || values.length > 0 || brackets)) instead = 'list<string>';
  else if (SIMPLE.has(name) && brackets && item === null && values.length === 0) instead = `list<${name}>`;
  else if (SIMPLE.has(name) && extra) instead = name;
  if (instead === null) return false;
  const found = extra ? `${written}${item === null ? (brackets ? '[…]' : '(…)') : '<…>'}` : written;
  context.reporter.report('E331', node.span, { found, hint: `Write \`${instead}\`.` });
  return true;
}

export function enumType(node: TypeNode, context: FlowContext): Type {
  const values: string[] = [];
  for (const each of node.values) {
    if (each.kind !== 'literal' || typeof each.value !== 'string') {
      context.reporter.report('E304', each.span, {
        expected: 'a text',
        hint: `Write it in quotes: \`"${context.reporter.textOf(each.span)}"\`.`,
      });
    } else if (values.includes(each.value)) {
      context.reporter.report('E205', each.span, { name: each.value, where: 'this enum' });
    } else values.push(each.value);
  }
  return values.length === 0 ? UNKNOWN_TYPE : { kind: 'enum', values };
}

export function tensorType(node: TypeNode, context: FlowContext): Type {
  const element = node.item?.name.text ?? node.values[0]?.kind;
  if (element !== 'f32') {
    context.reporter.report('E330', node.span, {
      what: 'The elements of a tensor are `f32`',
      hint: 'Write `tensor<f32>[h, w, c]`.',
    });
    return UNKNOWN_TYPE;
  }
  const shape = node.shape.map(size => (typeof size === 'number' ? size : size.text));
  const wrong = shape.find(size => typeof size === 'number' && !(Number.isSafeInteger(size) && size > 0));
  if (shape.length === 0 || wrong !== undefined) {
    const what =
      wrong === undefined
        ? 'A tensor has at least one dimension'
        : `A dimension of a tensor is 1 or more, not ${wrong}`;
    context.reporter.report('E330', node.span, { what, hint: 'Write `tensor<f32>[h, w, c]`.' });
    return UNKNOWN_TYPE;
  }
  return { kind: 'tensor', dtype: 'f32', shape };
}

export function resolveRange(
  node: TypeNode,
  type: Type,
  context: FlowContext,
): { low?: number; high?: number } | undefined {
  const { range } = node;
  if (range === null || type === UNKNOWN_TYPE) return undefined;
  if (!isNumber(type)) {
    context.reporter.report('E301', range.span, {
      found: node.name.text,
      expected: 'int or float',
      where: 'A range',
      hint: 'Only numbers have a range.',
    });
    return undefined;
  }
  const low = bound(range.low, type, context);
  const high = bound(range.high, type, context);
  if (low !== undefined && high !== undefined && low > high) {
    context.reporter.report('E303', range.span, {
      what: 'The low end of a range',
      value: String(low),
      range: `at most ${high}`,
    });
    return undefined;
  }
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

function bound(node: ExpressionNode | null, type: Type, context: FlowContext): number | undefined {
  if (node === null) return undefined;
  const constant = constantOf(node, { reporter: context.reporter, parameter: () => ({ kind: 'binding' }) }, 'a number');
  if (constant === null) return undefined;
  if (typeof constant.value === 'number' && (constant.type.kind === 'int' || constant.type.kind === type.kind)) {
    return constant.value;
  }
  context.reporter.report('E301', node.span, {
    found: constant.type.kind,
    expected: type.kind,
    where: 'A range',
    hint: '',
  });
  return undefined;
}
