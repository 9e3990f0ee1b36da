import type { CstNode, IToken } from 'chevrotain';
import type { Span } from '../engine/base/span.ts';
import { climb, type Operation } from './climb.ts';
import { cstTokens, node, nodes, orderedChildren, token } from './cst.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import { literal, type Problems, text } from './literal-tokens.ts';
import type { BinaryNode, CallNode, ExpressionNode, Name, NamedArgument, RecordNode } from './syntax.ts';
import { meaning } from './token-meaning.ts';
import * as t from './tokens.ts';

/** More operators and operands than this in one expression are refused: trees are walked by recursion. */
const MAX_TERMS = 500;

/** Builders give null where recovery left a hole; whoever holds the part then leaves it out. */
export function name(problems: Problems, token: IToken | null): Name | null {
  return token === null ? null : { text: token.image, span: spanOf(problems.path, token) };
}
export function between(first: Span, last: Span): Span {
  return { ...first, end: Math.max(first.end, last.end) };
}
/** The span of all a node holds. */
export function spanOfNode(problems: Problems, cst: CstNode): Span {
  const at = cst.location;
  const start = at === undefined || Number.isNaN(at.startOffset) ? 0 : at.startOffset;
  const end = at?.endOffset === undefined || Number.isNaN(at.endOffset) ? start : at.endOffset + 1;
  return {
    file: problems.path,
    start,
    end: Math.max(start, end),
    line: at?.startLine || 1,
    column: at?.startColumn || 1,
  };
}

export function buildExpression(problems: Problems, cst: CstNode | null): ExpressionNode | null {
  if (cst === null) return null;
  const terms = Object.values(cst.children).reduce((sum, group) => sum + group.length, 0);
  const prefixes = nodes(cst, 'operand').reduce((sum, operand) => sum + cstTokens(operand).length, 0);
  if (terms + prefixes > 2 * MAX_TERMS) {
    problems.diagnostics.push(diagnostic('E128', spanOfNode(problems, cst), { limit: String(MAX_TERMS) }));
    return null;
  }
  const operation = climb(cst);
  return operation === null ? null : build(problems, operation);
}

function build(problems: Problems, operation: Operation): ExpressionNode | null {
  switch (operation.kind) {
    case 'operand':
      return members(problems, primary(problems, operation.primary), operation.members);
    case 'prefix': {
      const of = build(problems, operation.of);
      if (of === null) return null;
      const sign = meaning(operation.sign) === t.Minus ? '-' : 'not';
      return { kind: 'unary', sign, of, span: between(spanOf(problems.path, operation.sign), of.span) };
    }
    case 'range': {
      const low = operation.low === null ? null : build(problems, operation.low);
      const high = operation.high === null ? null : build(problems, operation.high);
      if ((low === null) !== (operation.low === null) || (high === null) !== (operation.high === null)) return null;
      if (operation.chained) chain(problems, [operation.sign]);
      const sign = spanOf(problems.path, operation.sign);
      return { kind: 'range', low, high, span: between(low?.span ?? sign, high?.span ?? sign) };
    }
    case 'infix': {
      const left = build(problems, operation.left);
      const right = build(problems, operation.right);
      if (left === null || right === null) return null;
      if (operation.chained) chain(problems, operation.signs);
      return { kind: 'binary', sign: sign(operation.signs), left, right, span: between(left.span, right.span) };
    }
  }
}
function chain(problems: Problems, signs: readonly IToken[]): void {
  const [first] = signs;
  if (first)
    problems.diagnostics.push(diagnostic('E123', spanOf(problems.path, first, signs.at(-1)), { found: first.image }));
}
function sign(signs: readonly IToken[]): BinaryNode['sign'] {
  if (signs.length > 1) return 'not in';
  const type = meaning(signs[0]!);
  if (type === t.Assign) return '==';
  const pattern = type.PATTERN;
  return String(pattern) as BinaryNode['sign'];
}

function members(problems: Problems, start: ExpressionNode | null, tokens: readonly IToken[]): ExpressionNode | null {
  let of = start;
  for (const token of tokens) {
    if (of === null || meaning(token) === t.Dot) continue;
    const member = name(problems, token)!;
    of = { kind: 'member', of, member, span: between(of.span, member.span) };
  }
  return of;
}

function primary(problems: Problems, cst: CstNode): ExpressionNode | null {
  const inner = node(cst, 'expression');
  if (inner !== null) return buildExpression(problems, inner);
  if (cst.children['ParenOpen'] !== undefined) return null;
  const list = node(cst, 'list');
  if (list !== null) return buildList(problems, list);
  const record = node(cst, 'record');
  if (record !== null) return buildRecord(problems, record);
  const [first] = cstTokens(cst);
  if (first === undefined) return null;
  const span = spanOf(problems.path, first);
  if (meaning(first) === t.Parameter) return { kind: 'parameter', name: first.image.slice(1), span };
  if (meaning(first) !== t.Name) return literal(problems, first);
  const call = node(cst, 'callArguments');
  return call === null ? { kind: 'name', name: first.image, span } : buildCall(problems, first, call);
}

export function buildCall(problems: Problems, callee: IToken, cst: CstNode): CallNode {
  const args: ExpressionNode[] = [];
  const named: NamedArgument[] = [];
  for (const argument of nodes(cst, 'argument')) {
    const built = buildArgument(problems, argument);
    if (built?.named) named.push(built.named);
    if (built?.value) args.push(built.value);
  }
  const at = spanOf(problems.path, callee);
  return {
    kind: 'call',
    callee: { text: callee.image, span: at },
    args,
    named,
    span: between(at, spanOfNode(problems, cst)),
  };
}

/** `value`, or `name: value`. */
export function buildArgument(
  problems: Problems,
  cst: CstNode,
): { readonly named: NamedArgument | null; readonly value: ExpressionNode | null } | null {
  const named = node(cst, 'named');
  if (named !== null) {
    const built = buildNamed(problems, named);
    return built === null ? null : { named: built, value: null };
  }
  const value = buildExpression(problems, node(cst, 'expression'));
  return value === null ? null : { named: null, value };
}
export function buildNamed(problems: Problems, cst: CstNode): NamedArgument | null {
  const key = name(problems, token(cst, 'Name'));
  const value = buildExpression(problems, node(cst, 'expression'));
  return key === null || value === null ? null : { name: key, value, span: between(key.span, value.span) };
}

function buildList(problems: Problems, cst: CstNode): ExpressionNode {
  const span = spanOfNode(problems, cst);
  const items = nodes(cst, 'expression')
    .map(item => buildExpression(problems, item))
    .filter(item => item !== null);
  const records = items.filter(item => item.kind === 'record');
  if (items.length > 0 && records.length === items.length) return { kind: 'records', records, span };
  return { kind: 'list', items, span };
}

function buildRecord(problems: Problems, cst: CstNode): RecordNode {
  const members: { name: Name; value: ExpressionNode }[] = [];
  for (const pair of nodes(cst, 'pair')) {
    const key = token(pair, 'Name') ?? token(pair, 'StringLiteral');
    const value = buildExpression(problems, node(pair, 'expression'));
    if (key === null || value === null) continue;
    const spelled = meaning(key) === t.StringLiteral ? text(problems, key) : key.image;
    members.push({ name: { text: spelled, span: spanOf(problems.path, key) }, value });
  }
  return { kind: 'record', members, span: spanOfNode(problems, cst) };
}

/** All expressions of a rule that lists them, in order, holes left out. */
export function buildExpressions(problems: Problems, cst: CstNode): ExpressionNode[] {
  return orderedChildren(cst)
    .filter((child): child is CstNode => 'name' in child && child.name === 'expression')
    .map(child => buildExpression(problems, child))
    .filter(item => item !== null);
}
