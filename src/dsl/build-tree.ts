import type { CstNode, IToken } from 'chevrotain';
import type { Span } from '../engine/base/span.ts';
import {
  between,
  buildArgument,
  buildCall,
  buildExpression,
  buildExpressions,
  buildNamed,
  name,
  spanOfNode,
} from './build-expression.ts';
import { cstTokens, node, nodes, orderedChildren, token } from './cst.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import { literal, type Problems, text } from './literal-tokens.ts';
import type {
  Annotation,
  BindingNode,
  BlockEntry,
  BlockNode,
  CallNode,
  ExpressionNode,
  FlowFile,
  Name,
  NamedArgument,
  ParameterNode,
  PipelineNode,
  PipeNode,
  SchemaMember,
  StageNode,
  Statement,
  TestStep,
  TypeNode,
} from './syntax.ts';
import * as t from './tokens.ts';

interface Context extends Problems {
  /** The `///` lines right above what begins its line there, without the marks; null where there are none. */
  docAbove(at: Span): string | null;
}
interface Base {
  readonly span: Span;
  readonly doc: string | null;
}
type Parameters = PipelineNode['params'];

export function buildTree(problems: Problems, text: string, cst: CstNode, comments: readonly IToken[]): FlowFile {
  const context: Context = { ...problems, docAbove: docLines(comments, text) };
  const statements: Statement[] = [];
  let flow: FlowFile['flow'] = null;
  for (const child of nodes(cst, 'statement')) {
    const [inner] = orderedChildren(child);
    if (inner === undefined || !('name' in inner)) continue;
    if (inner.name === 'flowLine') {
      const line = flowLine(context, inner);
      if (line === null) continue;
      if (flow !== null || statements.length > 0) {
        const first = flow?.span ?? statements[0]!.span;
        context.diagnostics.push(
          diagnostic('E126', line.span, { name: line.name.text }, [{ span: first, message: 'this stands before it' }]),
        );
      }
      flow ??= line;
      continue;
    }
    const span = spanOfNode(context, inner);
    const built = STATEMENTS[inner.name]?.(context, inner, { span, doc: context.docAbove(span) });
    if (built) statements.push(built);
  }
  return {
    path: problems.path,
    text,
    flow,
    statements,
    comments: comments.map(comment => ({
      text: comment.image,
      span: spanOf(problems.path, comment),
      doc: isDoc(comment),
    })),
  };
}

const isDoc = (comment: IToken): boolean => /^\/\/\/(?!\/)/.test(comment.image);

function docLines(comments: readonly IToken[], text: string): (at: Span) => string | null {
  const byLine = new Map<number, string>();
  for (const comment of comments) {
    // One behind other words documents nothing.
    if (beginsLine(text, comment.startOffset) && isDoc(comment)) {
      byLine.set(comment.startLine ?? 0, comment.image.slice(3).trim());
    }
  }
  return at => {
    const lines: string[] = [];
    if (!beginsLine(text, at.start)) return null;
    for (let above = at.line - 1; byLine.has(above); above--) lines.unshift(byLine.get(above)!);
    return lines.length === 0 ? null : lines.join('\n');
  };
}
function beginsLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '';
}

function flowLine(context: Context, cst: CstNode): FlowFile['flow'] {
  const title = name(context, token(cst, 'Name'));
  const version = token(cst, 'Version');
  if (title === null) return null;
  return { name: title, version: Number(version?.image.slice(1) ?? 1), span: spanOfNode(context, cst) };
}

const STATEMENTS: Readonly<Record<string, (context: Context, cst: CstNode, base: Base) => Statement | null>> =
  Object.freeze({
    importStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const path = token(cst, 'StringLiteral');
      if (path === null) return null;
      const names = cstTokens(cst, 'Name').map(item => name(context, item)!);
      return { kind: 'import', names, path: text(context, path), pathSpan: spanOf(context.path, path), ...base };
    },
    paramStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const built = parameter(context, node(cst, 'parameter'));
      return built === null ? null : { kind: 'param', ...built, ...base };
    },
    schemaStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const title = name(context, token(cst, 'Name'));
      if (title === null) return null;
      const from = connectorCall(context, node(cst, 'connector'));
      const isWhole = from !== null && token(cst, 'BraceOpen') === null;
      const members = nodes(cst, 'member').flatMap(item => member(context, item) ?? []);
      return { kind: 'schema', name: title, from, members: isWhole ? null : members, ...base };
    },
    fnStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const title = name(context, token(cst, 'Name'));
      const body = buildExpression(context, node(cst, 'expression'));
      if (title === null || body === null) return null;
      const params = parameters(context, node(cst, 'parameters'));
      for (const { name, value } of params) {
        if (value !== null)
          context.diagnostics.push(diagnostic('E133', value.span, { name: name.text, function: title.text }));
      }
      return { kind: 'fn', name: title, params: params.map(({ name, type }) => ({ name, type })), body, ...base };
    },
    sourceStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const built = connected(context, node(cst, 'connected'));
      const kind = token(cst, 'SourceWord')?.image === 'table' ? 'table' : 'source';
      return built === null ? null : { kind, ...built, ...base };
    },
    modelStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const built = connected(context, node(cst, 'connected'));
      return built === null ? null : { kind: 'model', ...built, ...base };
    },
    scheduleStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const built = connected(context, node(cst, 'connected'));
      return built === null ? null : { kind: 'schedule', name: built.name, ...base };
    },
    letStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const title = name(context, token(cst, 'Name'));
      const value = pipeline(context, node(cst, 'pipeline')) ?? pipe(context, node(cst, 'pipe'));
      return title === null || value === null ? null : { kind: 'let', name: title, value, ...base };
    },
    sinkStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const title = name(context, token(cst, 'Name'));
      const value = pipe(context, node(cst, 'pipe'));
      return title === null || value === null ? null : { kind: 'sink', name: title, value, ...base };
    },
    testStatement(context: Context, cst: CstNode, base: Base): Statement | null {
      const title = token(cst, 'StringLiteral');
      const steps = nodes(cst, 'step')
        .map(item => step(context, item))
        .filter(item => item !== null);
      return title === null ? null : { kind: 'test', title: text(context, title), steps, ...base };
    },
  });

function connected(
  context: Context,
  cst: CstNode | null,
): { name: Name; connector: CallNode; options: NamedArgument[] } | null {
  const title = name(context, cst && token(cst, 'Name'));
  const connector = connectorCall(context, cst && node(cst, 'connector'));
  if (title === null || connector === null || cst === null) return null;
  const options = node(cst, 'options');
  return {
    name: title,
    connector,
    options: options === null ? [] : nodes(options, 'named').flatMap(item => buildNamed(context, item) ?? []),
  };
}

function connectorCall(context: Context, cst: CstNode | null): CallNode | null {
  const callee = cst && token(cst, 'Name');
  const given = cst && node(cst, 'callArguments');
  return callee && given ? buildCall(context, callee, given) : null;
}

function member(context: Context, cst: CstNode): SchemaMember | null {
  const title = name(context, token(cst, 'Name'));
  const span = spanOfNode(context, cst);
  if (token(cst, 'DotDot') !== null)
    return title === null ? { kind: 'rest', span } : { kind: 'spread', name: title, span };
  if (title === null) return null;
  const type = buildType(context, node(cst, 'type'));
  if (type === null) return null;
  const doc = context.docAbove(span);
  return {
    kind: 'field',
    name: title,
    type,
    annotations: nodes(cst, 'annotation').flatMap(annotation(context)),
    doc,
    span,
  };
}
function annotation(context: Context): (cst: CstNode) => Annotation[] {
  return cst => {
    const mark = token(cst, 'AnnotationName');
    if (mark === null) return [];
    const given = node(cst, 'callArguments');
    const args = given === null ? [] : buildCall(context, mark, given).args;
    return [
      { name: { text: mark.image.slice(1), span: spanOf(context.path, mark) }, args, span: spanOfNode(context, cst) },
    ];
  };
}

function buildType(context: Context, cst: CstNode | null): TypeNode | null {
  const title = cst === null ? null : name(context, token(cst, 'Name'));
  if (cst === null || title === null) return null;
  return {
    name: title,
    values: buildExpressions(context, cst),
    item: buildType(context, node(cst, 'type')),
    shape: nodes(cst, 'dimension').flatMap(item => {
      const size = token(item, 'IntLiteral');
      return size === null ? (name(context, token(item, 'Name')) ?? []) : Number(literal(context, size).value);
    }),
    brackets: token(cst, 'BracketOpen') !== null,
    nullable: token(cst, 'Question') !== null,
    range: typeRange(context, node(cst, 'typeRange')),
    span: spanOfNode(context, cst),
  };
}
function typeRange(context: Context, cst: CstNode | null): TypeNode['range'] {
  const dots = cst && token(cst, 'DotDot');
  if (cst === null || dots === null) return null;
  let low: ExpressionNode | null = null;
  let high: ExpressionNode | null = null;
  for (const bound of nodes(cst, 'bound')) {
    const value = boundValue(context, bound);
    if ((bound.location?.startOffset ?? 0) < dots.startOffset) low = value;
    else high = value;
  }
  return { low, high, span: spanOfNode(context, cst) };
}
function boundValue(context: Context, cst: CstNode): ExpressionNode | null {
  const all = cstTokens(cst);
  const value = all.at(-1);
  if (value === undefined || value.tokenType === t.Minus) return null;
  const span = spanOf(context.path, value);
  const of: ExpressionNode =
    value.tokenType === t.Parameter ? { kind: 'parameter', name: value.image.slice(1), span } : literal(context, value);
  return all.length > 1 ? { kind: 'unary', sign: '-', of, span: between(spanOf(context.path, all[0]!), span) } : of;
}

function parameters(context: Context, cst: CstNode | null): Parameters {
  return cst === null ? [] : nodes(cst, 'parameter').flatMap(item => parameter(context, item) ?? []);
}
function parameter(context: Context, cst: CstNode | null): Parameters[number] | null {
  const title = cst && name(context, token(cst, 'Name'));
  if (!title || cst === null) return null;
  const type = buildType(context, node(cst, 'type')) ?? unwritten(title);
  return { name: title, type, value: buildExpression(context, node(cst, 'expression')) };
}

/** A type that was forgotten: nothing is known of what it would be. */
function unwritten({ span }: Name): TypeNode {
  return {
    name: { text: '', span },
    values: [],
    item: null,
    shape: [],
    brackets: false,
    nullable: false,
    range: null,
    span,
  };
}

function pipeline(context: Context, cst: CstNode | null): PipelineNode | null {
  if (cst === null) return null;
  return {
    kind: 'pipeline',
    params: parameters(context, node(cst, 'parameters')),
    stages: stages(context, node(cst, 'stages')),
    span: spanOfNode(context, cst),
  };
}
function pipe(context: Context, cst: CstNode | null): PipeNode | null {
  const named = binding(context, cst && node(cst, 'binding'));
  if (named === null || cst === null) return null;
  // A call is no stream, and has been refused: nothing is looked up by its name.
  const called = node(cst, 'callArguments') !== null;
  const head = called ? { ...named, name: { ...named.name, text: '' } } : named;
  return { kind: 'pipe', head, stages: stages(context, node(cst, 'stages')), span: spanOfNode(context, cst) };
}
function binding(context: Context, cst: CstNode | null): BindingNode | null {
  const [first, second] = cst === null ? [] : cstTokens(cst, 'Name');
  const title = name(context, first ?? null);
  if (title === null || cst === null) return null;
  return { name: title, part: name(context, second ?? null), span: spanOfNode(context, cst) };
}

function stages(context: Context, cst: CstNode | null): StageNode[] {
  return cst === null ? [] : nodes(cst, 'stage').flatMap(item => stage(context, item) ?? []);
}
function stage(context: Context, cst: CstNode): StageNode | null {
  const op = name(context, token(cst, 'Name'));
  if (op === null) return null;
  const args: ExpressionNode[] = [];
  const named: NamedArgument[] = [];
  const order: number[] = [];
  const given = node(cst, 'stageArguments');
  for (const argument of given === null ? [] : nodes(given, 'argument')) {
    const built = buildArgument(context, argument);
    if (built?.named) {
      order.push(-1 - named.length);
      named.push(built.named);
    } else if (built?.value) {
      order.push(args.length);
      args.push(built.value);
    }
  }
  return { op, args, named, order, block: block(context, node(cst, 'block')), span: spanOfNode(context, cst) };
}
function block(context: Context, cst: CstNode | null): BlockNode | null {
  if (cst === null) return null;
  return {
    entries: nodes(cst, 'entry').flatMap(item => entry(context, item) ?? []),
    stages: stages(context, node(cst, 'stages')),
    span: spanOfNode(context, cst),
  };
}
function entry(context: Context, cst: CstNode): BlockEntry | null {
  const span = spanOfNode(context, cst);
  const assigned = node(cst, 'sets') !== null;
  const value = buildExpression(context, node(cst, 'expression'));
  if (assigned && value === null) return null;
  if (token(cst, 'AllFields') !== null) return { target: { kind: 'star' }, value, span };
  const names = cstTokens(cst, 'Name').map(item => name(context, item)!);
  if (token(cst, 'BracketOpen') !== null) {
    return value === null ? null : { target: { kind: 'names', names }, value, span };
  }
  const [only] = names;
  return only === undefined ? null : { target: { kind: 'name', name: only }, value, span };
}

function step(context: Context, cst: CstNode): TestStep | null {
  const span = spanOfNode(context, cst);
  const value = buildExpression(context, node(cst, 'expression'));
  if (value === null) return null;
  if (token(cst, 'AdvanceWord') !== null) return { kind: 'advance', value, span };
  const parameter = token(cst, 'Parameter');
  if (parameter !== null) {
    const target: ParameterNode = {
      kind: 'parameter',
      name: parameter.image.slice(1),
      span: spanOf(context.path, parameter),
    };
    return { kind: 'given', target, value, span };
  }
  const target = binding(context, node(cst, 'binding'));
  if (target === null) return null;
  return { kind: token(cst, 'GivenWord') === null ? 'expect' : 'given', target, value, span };
}
