import type { Type } from '../engine/contract/types.ts';
import { conversionHint, makeAggregate, makeCall, widened } from './calls.ts';
import { asEnumValue, refuseNull } from './comparisons.ts';
import { checkCase, checkIf } from './conditionals.ts';
import type { Checked, ExpressionContext, ExpressionNames } from './expression-context.ts';
import { laterFunction } from './later.ts';
import { MAX_EXPRESSION_NODES, sizeOf } from './limits.ts';
import { mentionsAggregate } from './mentions-aggregate.ts';
import { otherFunction } from './other-words.ts';
import { didYouMean, listed } from './suggest.ts';
import type { CallNode, ExpressionNode, FunctionStatement } from './syntax.ts';
import { assignable, describeType, NULL_TYPE, UNKNOWN_TYPE } from './types.ts';

const MAX_INLINED_DEPTH = 64;

/** `name(…)` in an expression: a `fn`, an aggregate, a function of the catalogue, or one of a model. */
export function checkCall(node: CallNode, context: ExpressionContext): Checked | null {
  const name = node.callee.text;
  const fn = context.names.fn(name);
  if (fn !== undefined) return inline(node, fn.statement, fn.names, context);
  const aggregate = context.catalog.aggregates.get(name);
  const definition = context.catalog.functions.get(name);
  // What has a sign is written with it: its checks for nulls and enums hang on the sign.
  const scalar = definition?.sign === undefined ? definition : undefined;
  if (aggregate !== undefined && context.aggregates !== null && (scalar === undefined || node.args.length <= 1)) {
    const given = inOrder(node, undefined, context);
    const args = given === null ? null : checkArguments(given, [], { ...context, aggregates: null, aggregating: true });
    return args === null
      ? null
      : makeAggregate(aggregate, args, node, context as ExpressionContext & { aggregates: object });
  }
  if (name === 'if' && scalar !== undefined) return checkIf(node, context);
  if (name === 'case' && scalar !== undefined) return checkCase(node, context);
  if (scalar !== undefined && !(aggregate !== undefined && node.args.length <= 1)) {
    const given = inOrder(node, scalar.parameters, context);
    const args = given === null ? null : checkArguments(given, scalar.bodies ?? [], context);
    return args === null ? null : makeCall(name, args, node, context);
  }
  const ofModel = context.modelFunction?.(node);
  if (ofModel !== undefined) return ofModel;
  if (aggregate !== undefined) {
    context.reporter.report(context.aggregating ? 'E317' : 'E316', node.span, { name });
    return null;
  }
  return unknownFunction(node, context);
}

function functionHint(name: string, names: readonly string[], sign: string | undefined): string {
  if (sign !== undefined) return `Write it by its sign: \`${sign}\`.`;
  return (
    otherFunction(name, names) ??
    didYouMean(name, names, 'Declare it with `fn`, or look it up in the reference of functions.')
  );
}

function unknownFunction(node: CallNode, context: ExpressionContext): null {
  const name = node.callee.text;
  const later = laterFunction(name);
  if (later !== null) {
    context.reporter.report('E190', node.span, { what: later });
    return null;
  }
  if (name === 'env') {
    context.reporter.report('E217', node.span, { name: 'env(…)' });
    return null;
  }
  const { functions, aggregates } = context.catalog;
  const known = [...functions.values()].filter(each => each.sign === undefined).map(each => each.name);
  const names = [...known, ...(context.aggregates === null ? [] : aggregates.keys()), ...context.names.fnNames];
  context.reporter.report('E201', node.callee.span, {
    kind: 'function',
    name,
    hint: functionHint(name, names, functions.get(name)?.sign),
  });
  return null;
}

/** The arguments in order, named ones at their places. Null: reported. */
function inOrder(
  node: CallNode,
  parameters: readonly string[] | undefined,
  context: ExpressionContext,
): readonly ExpressionNode[] | null {
  if (node.named.length === 0) return node.args;
  const places: (ExpressionNode | undefined)[] = [...node.args];
  const of = `\`${node.callee.text}\``;
  for (const arg of node.named) {
    const at = parameters?.indexOf(arg.name.text) ?? -1;
    if (at < 0) {
      const names = parameters ?? [];
      const otherwise = names.length === 0 ? 'It takes its arguments by place.' : `It takes ${listed(names)}.`;
      const hint = didYouMean(arg.name.text, names, otherwise);
      context.reporter.report('E208', arg.name.span, { name: arg.name.text, of, hint });
      return null;
    }
    if (places[at] !== undefined) {
      context.reporter.report('E205', arg.name.span, { name: arg.name.text, where: of });
      return null;
    }
    places[at] = arg.value;
  }
  const gap = Array.from(places).indexOf(undefined);
  if (gap >= 0) {
    const name = parameters?.[gap] ?? '';
    context.reporter.report('E207', node.span, {
      name,
      of,
      shown: `${name}: …`,
      doc: 'it stands before others that are given.',
    });
    return null;
  }
  return places.filter(place => place !== undefined);
}

function checkArguments(
  nodes: readonly ExpressionNode[],
  bodies: readonly number[],
  context: ExpressionContext,
): readonly Checked[] | null {
  const args: Checked[] = [];
  let failed = false;
  nodes.forEach((arg, at) => {
    const list = args[0]?.expression;
    const item =
      list?.type.kind === 'list' ? { type: list.type.item, nullable: false } : { type: UNKNOWN_TYPE, nullable: false };
    const checked = context.check(arg, bodies.includes(at) ? { ...context, item } : context);
    if (checked === null) failed = true;
    else args.push(checked);
  });
  return failed ? null : args;
}

/** A `fn` call becomes its body, with the arguments in place of the parameters. */
function inline(
  node: CallNode,
  statement: FunctionStatement,
  names: ExpressionNames,
  context: ExpressionContext,
): Checked | null {
  if (context.inlining.includes(statement) || context.inlining.length >= MAX_INLINED_DEPTH) {
    context.reporter.report('E214', node.span, { name: statement.name.text });
    return null;
  }
  const given = argumentNodes(node, statement, context);
  if (given === null) return null;
  const rowLocals = mentionsAggregate(statement.body, names, context, []);
  const locals = new Map<string, Checked | null>();
  let failed = false;
  statement.params.forEach((param, at) => {
    const declared = names.parameterType(statement, at);
    const arg = given[at];
    const value = arg === undefined ? null : context.check(arg, rowLocals ? { ...context, aggregates: null } : context);
    const fitted = value === null || declared === null ? null : asDeclared(value, declared, param.name.text, context);
    if (fitted === null) failed = true;
    locals.set(param.name.text, fitted);
  });
  if (failed) return null;
  const body = context.check(statement.body, {
    ...context,
    names,
    locals,
    rowLocals,
    item: null,
    inlining: [...context.inlining, statement],
  });
  if (body !== null && sizeOf(body.expression) > MAX_EXPRESSION_NODES) {
    context.reporter.report('E357', node.span, { what: `\`${statement.name.text}\`, put in here,` });
    return null;
  }
  return body === null ? null : { ...body, node };
}

function argumentNodes(
  node: CallNode,
  statement: FunctionStatement,
  context: ExpressionContext,
): readonly ExpressionNode[] | null {
  const names = statement.params.map(param => param.name.text);
  const given: (ExpressionNode | undefined)[] = names.map(
    (name, at) => node.args[at] ?? node.named.find(arg => arg.name.text === name)?.value,
  );
  const strange = node.named.find(
    arg => !names.includes(arg.name.text) || names.indexOf(arg.name.text) < node.args.length,
  );
  if (strange !== undefined) {
    context.reporter.report('E208', strange.span, {
      name: strange.name.text,
      of: `\`${statement.name.text}\``,
      hint: `It takes ${names.map(name => `\`${name}\``).join(', ')}.`,
    });
    return null;
  }
  if (node.args.length > names.length || given.includes(undefined)) {
    const expected = names.length === 1 ? '1 argument' : `${names.length} arguments`;
    const found = String(node.args.length + node.named.length);
    context.reporter.report('E215', node.span, { name: statement.name.text, expected, found });
    return null;
  }
  return given.filter(arg => arg !== undefined);
}

/** An argument as its parameter's type: the body is checked with what was declared, and sees a null only where it may. */
function asDeclared(
  value: Checked,
  declared: { readonly type: Type; readonly nullable: boolean },
  name: string,
  context: ExpressionContext,
): Checked | null {
  const text = asEnumValue(value, declared.type, context);
  if (text === null) return null;
  const { expression } = text;
  if (expression.type === NULL_TYPE && declared.nullable) {
    return { ...text, expression: { ...expression, type: declared.type } };
  }
  if (!assignable(expression.type, declared.type) || expression.type === NULL_TYPE) {
    context.reporter.report('E301', value.node.span, {
      found: describeType(expression.type, expression.nullable),
      expected: describeType(declared.type, declared.nullable),
      where: `\`${name}\``,
      hint: conversionHint(expression.type, describeType(declared.type), context.reporter.textOf(value.node.span)),
    });
    return null;
  }
  if (!declared.nullable && refuseNull(text, `\`${name}\``, context)) return null;
  return declared.type.kind === 'float' ? { ...text, expression: widened(expression, context) } : text;
}
