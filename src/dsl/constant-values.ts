import type { Span } from '../engine/base/span.ts';
import type { Type } from '../engine/contract/types.ts';
import { reportNotInEnum } from './comparisons.ts';
import type { Constant, ConstantValue } from './constants.ts';
import type { ParameterMeaning } from './expression-context.ts';
import type { Reporter } from './reporter.ts';
import type { ExpressionNode, ParameterNode } from './syntax.ts';
import { assignable, describeType, joinTypes, NULL_TYPE } from './types.ts';

export interface LiteralNames {
  readonly reporter: Reporter;
  parameter(node: ParameterNode): ParameterMeaning;
}

/** What is known at once: a literal, `$parameter`, a list of them, `env("X")`. Null: reported. */
export function constantOf(node: ExpressionNode, names: LiteralNames, expected = 'a plain value'): Constant | null {
  switch (node.kind) {
    case 'literal': {
      if (node.type === 'int' && !Number.isSafeInteger(node.value)) {
        names.reporter.report('E302', node.span, { text: node.raw });
        return null;
      }
      const type: Type = node.type === 'null' ? NULL_TYPE : { kind: node.type === 'size' ? 'int' : node.type };
      return { type, value: node.value, known: true };
    }
    case 'unary': {
      if (node.sign !== '-') break;
      const of = constantOf(node.of, names, expected);
      if (of === null) return null;
      if (typeof of.value === 'number') return { ...of, value: of.type.kind === 'float' ? -of.value : 0 - of.value };
      break;
    }
    case 'parameter': {
      const meaning = names.parameter(node);
      if (meaning === null) return null;
      if (meaning.kind === 'constant') return meaning.constant;
      break;
    }
    case 'list':
      return listConstant(node.items, names, expected);
    case 'call': {
      const [name] = node.args;
      if (node.callee.text !== 'env' || name?.kind !== 'literal' || typeof name.value !== 'string') break;
      return { type: { kind: 'secret' }, value: null, known: true, secret: { from: 'env', name: name.value } };
    }
    default:
  }
  const hint =
    node.kind === 'name'
      ? `A text is written in quotes: \`"${node.name}"\`, a parameter with a \`$\`; fields are not known before a run.`
      : 'Only what is written out, or a `$parameter`, is known before a run.';
  names.reporter.report('E304', node.span, { expected, hint });
  return null;
}

function listConstant(items: readonly ExpressionNode[], names: LiteralNames, expected: string): Constant | null {
  let item: Type = NULL_TYPE;
  let known = true;
  const values: (null | boolean | number | string)[] = [];
  let failed = false;
  for (const node of items) {
    const constant = constantOf(node, names, expected);
    const joined = constant === null ? null : joinTypes(item, constant.type);
    if (constant === null || joined === null || Array.isArray(constant.value)) {
      if (constant !== null) {
        names.reporter.report('E301', node.span, {
          found: describeType(constant.type),
          expected: describeType(item),
          where: 'this list',
          hint: 'All values of a list are of one type.',
        });
      }
      failed = true;
      continue;
    }
    item = joined;
    known &&= constant.known;
    values.push(constant.value as null | boolean | number | string);
  }
  return failed ? null : { type: { kind: 'list', item }, value: values, known };
}

/** The constant as a value of `type`, or null after a report. */
export function fitConstant(
  constant: Constant,
  type: Type,
  nullable: boolean,
  place: { readonly node: ExpressionNode; readonly where: string },
  reporter: Reporter,
): Constant | null {
  const { node, where } = place;
  if (constant.value === null && constant.secret === undefined && nullable) return { ...constant, type };
  if (type.kind === 'enum' && constant.type.kind === 'string' && typeof constant.value === 'string') {
    if (!constant.known || type.values.includes(constant.value)) return { ...constant, type };
    reportNotInEnum(constant.value, type.values, node, { reporter });
    return null;
  }
  const bare = constant.type === NULL_TYPE && type !== NULL_TYPE;
  if (bare || !assignable(constant.type, type)) {
    reporter.report('E301', node.span, {
      found: describeType(constant.type),
      expected: describeType(type, nullable),
      where,
      hint: literalHint(constant.value, type),
    });
    return null;
  }
  return { ...constant, type };
}

function literalHint(value: ConstantValue, type: Type): string {
  if (typeof value === 'string' && (type.kind === 'int' || type.kind === 'float')) {
    return /^-?\d+(\.\d+)?$/.test(value) ? `Write it without quotes: \`${value}\`.` : '';
  }
  if (type.kind === 'bool') return 'Write `true` or `false`.';
  if (typeof value !== 'number') return '';
  if (type.kind === 'string' || type.kind === 'enum') return `Write it in quotes: \`"${value}"\`.`;
  if (type.kind === 'int') return `Write a whole number: \`${Math.round(value)}\`.`;
  return type.kind === 'duration'
    ? `Give it a unit: \`${value}s\`, \`${value}m\`, \`${value}h\` or \`${value}d\`.`
    : '';
}

/** Whether a number keeps to its declared bounds; reports it where not. */
export function keepsRange(
  value: ConstantValue,
  range: { readonly low?: number; readonly high?: number } | undefined,
  place: { readonly span: Span; readonly what: string },
  reporter: Reporter,
): boolean {
  if (range === undefined || typeof value !== 'number') return true;
  const { low, high } = range;
  if ((low === undefined || value >= low) && (high === undefined || value <= high)) return true;
  reporter.report('E303', place.span, { what: place.what, value: String(value), range: rangeText(range) });
  return false;
}

export function rangeText(range: { readonly low?: number; readonly high?: number }): string {
  const { low, high } = range;
  if (low === undefined) return `at most ${high}`;
  return high === undefined ? `at least ${low}` : `between ${low} and ${high}`;
}
