import type { CallExpression, Expression } from '../engine/contract/expression.ts';
import type {
  AggregateDefinition,
  ArgumentType,
  FunctionDefinition,
  SignatureResult,
} from '../engine/contract/function.ts';
import { typeText } from '../engine/contract/types.ts';
import { refusesConstant } from './constant-calls.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import type { ExpressionNode } from './syntax.ts';
import { describeType, FLOAT, isNumber, NULL_TYPE } from './types.ts';
import { unitClash, unitOf } from './units.ts';

/** A call of the catalogue's function `fn`, widened where that makes it fit. `shown` is how the user wrote it. */
export function makeCall(
  fn: string,
  args: readonly Checked[],
  node: ExpressionNode,
  context: ExpressionContext,
  shown = fn,
): Checked | null {
  const definition = context.catalog.functions.get(fn);
  if (definition === undefined) {
    context.reporter.report('E190', node.span, { what: `\`${shown}\`` });
    return null;
  }
  if (clashes(definition, args, context) || hasBareNull(args, shown, context)) return null;
  const fitted = widenedToFit(definition.signature.bind(definition), args, context);
  if ('argument' in fitted.result) {
    reportMismatch(fitted.result, args, node, shown, context);
    return null;
  }
  const { type, nullable } = fitted.result;
  const passes = definition.nulls === 'pass' && fitted.args.some(arg => arg.nullable);
  const expression: CallExpression = { op: 'call', fn, args: fitted.args, type, nullable: nullable || passes };
  if (refusesConstant(expression, definition, node, context)) return null;
  return { expression, unit: unitOf(definition, args), node };
}

/** A call of an aggregate: its number in the collector's list, as a column. */
export function makeAggregate(
  definition: AggregateDefinition,
  args: readonly Checked[],
  node: ExpressionNode,
  context: ExpressionContext & { readonly aggregates: object },
): Checked | null {
  if (hasBareNull(args, definition.name, context)) return null;
  const fitted = widenedToFit(definition.signature.bind(definition), args, context);
  if ('argument' in fitted.result) {
    reportMismatch(fitted.result, args, node, definition.name, context);
    return null;
  }
  const { type, nullable } = fitted.result;
  const calls = context.aggregates?.calls ?? [];
  const call = { fn: definition.name, args: fitted.args, type, nullable };
  const key = JSON.stringify(call);
  let at = calls.findIndex(other => JSON.stringify(other) === key);
  if (at < 0) at = calls.push(call) - 1;
  const expression: Expression = { op: 'column', name: `$${at}`, type, nullable };
  return { expression, unit: unitOf(definition, args), node };
}

/** The expression as a float: a literal is rewritten, anything else goes through `float`. */
export function widened(expression: Expression, context: ExpressionContext): Expression {
  if (expression.type.kind !== 'int') return expression;
  if (expression.op === 'literal') return { ...expression, type: FLOAT };
  if (!context.catalog.functions.has('float')) return { ...expression, type: FLOAT };
  return { op: 'call', fn: 'float', args: [expression], type: FLOAT, nullable: expression.nullable };
}

/** Numbers of mixed kinds made all float; anything else as it is. */
export function widenTogether(args: readonly Checked[], context: ExpressionContext): readonly Checked[] {
  const mixed = args.some(arg => arg.expression.type.kind === 'float');
  if (!mixed || !args.every(arg => isNumber(arg.expression.type) || arg.expression.type === NULL_TYPE)) return args;
  return args.map(arg => ({ ...arg, expression: widened(arg.expression, context) }));
}

function widenedToFit(
  signature: (args: readonly ArgumentType[]) => SignatureResult,
  args: readonly Checked[],
  context: ExpressionContext,
): { readonly args: readonly Expression[]; readonly result: SignatureResult } {
  const fitted = args.map(arg => arg.expression);
  const first = signature(fitted.map(argumentType));
  let result = first;
  // An int where only a float will do, one argument at a time: the signature says which.
  for (let tries = 0; tries < args.length && 'argument' in result; tries += 1) {
    const at = result.argument;
    const argument = fitted[at];
    if (argument?.type.kind !== 'int') break;
    fitted[at] = widened(argument, context);
    result = signature(fitted.map(argumentType));
  }
  if ('argument' in result) return { args: args.map(arg => arg.expression), result: first };
  return { args: fitted, result };
}

function argumentType(expression: Expression): ArgumentType {
  const base = { type: expression.type, nullable: expression.nullable };
  if (expression.op !== 'literal' || Array.isArray(expression.value)) return base;
  return { ...base, literal: expression.value as null | boolean | number | string };
}

function clashes(definition: FunctionDefinition, args: readonly Checked[], context: ExpressionContext): boolean {
  const clash = unitClash(definition, args);
  if (clash === null) return false;
  const [a, b] = clash;
  context.reporter.report('E340', b.node.span, {
    unit: b.unit ?? '',
    other: a.unit ?? '',
    text: context.reporter.textOf(b.node.span),
    other_text: context.reporter.textOf(a.node.span),
  });
  return true;
}

function hasBareNull(args: readonly Checked[], shown: string, context: ExpressionContext): boolean {
  const bare = args.find(arg => arg.expression.type === NULL_TYPE);
  if (bare === undefined) return false;
  context.reporter.report('E311', bare.node.span, { what: `\`${shown}\`` });
  return true;
}

function reportMismatch(
  result: { readonly argument: number; readonly expected: string },
  args: readonly Checked[],
  node: ExpressionNode,
  shown: string,
  context: ExpressionContext,
): void {
  const argument = args[result.argument];
  if (argument === undefined) {
    context.reporter.report('E215', node.span, { name: shown, expected: result.expected, found: String(args.length) });
    return;
  }
  const why = result.expected.includes('regular expression') ? patternError(argument.expression) : null;
  if (why !== null) {
    context.reporter.report('E350', argument.node.span, { why });
    return;
  }
  const { type, nullable } = argument.expression;
  context.reporter.report('E301', argument.node.span, {
    found: describeType(type, nullable),
    expected: result.expected,
    where: `\`${shown}\``,
    hint:
      shown === '+' && args.every(arg => TEXTS.has(arg.expression.type.kind))
        ? CONCAT
        : textHint(argument, result.expected, context),
  });
}

const TEXTS: ReadonlySet<string> = new Set(['string', 'enum']);
const CONCAT = 'Texts are joined by `concat(a, b)`.';

function textHint(argument: Checked, expected: string, context: ExpressionContext): string {
  return conversionHint(argument.expression.type, expected, context.reporter.textOf(argument.node.span));
}

/** What is wrong with a pattern, in a few words; null where it is none, or is right. */
function patternError(expression: Expression): string | null {
  if (expression.op !== 'literal' || typeof expression.value !== 'string') return null;
  try {
    new RegExp(expression.value, 'u');
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return message.slice(message.lastIndexOf(': ') + 2).toLowerCase() || 'it cannot be read';
  }
}

/** What to write instead, where a conversion would do. */
export function conversionHint(found: Checked['expression']['type'], expected: string, text: string): string {
  const wantsNumber = /\b(number|int|float)\b/.test(expected);
  if (wantsNumber && found.kind === 'string')
    return `Convert it first: \`float(${text})\`, null where it is no number.`;
  if (wantsNumber && found.kind === 'bool') return `Make it a number: \`if(${text}, 1, 0)\`.`;
  if (/\bint\b/.test(expected) && found.kind === 'float') return `Make it whole first: \`int(${text})\`.`;
  if (/\b(string|text)\b/.test(expected) && found.kind !== 'string') return `Convert it first: \`string(${text})\`.`;
  if (/\bbool|condition\b/.test(expected) && isNumber(found)) return `Compare it: \`${text} > 0\`.`;
  if (/\border\b/.test(expected) && found.kind === 'enum') {
    const values = found.values.slice(-2).map(value => JSON.stringify(value));
    return `Name the values that are meant: \`${text} in [${values.join(', ')}]\`.`;
  }
  return `\`${text}\` is ${typeText(found)}.`;
}
