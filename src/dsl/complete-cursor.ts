import type { IToken, TokenType } from 'chevrotain';
import { lex } from './lexer.ts';
import { meaning } from './token-meaning.ts';
import * as t from './tokens.ts';

/** A bracket and what is in it; without `open`, the statement itself. The last one of a list may still be open. */
export interface Group {
  readonly open: IToken | null;
  readonly nodes: SyntaxNode[];
}
export type SyntaxNode = IToken | Group;

/** A place in a text, and the statement it is in as far as it is written there. */
export interface Cursor {
  readonly text: string;
  /** Where the word being typed begins; the place itself where there is none. */
  readonly start: number;
  /** What is typed of the word, with its `@` or `$`. */
  readonly word: string;
  /** Nothing but blanks before the word on its line. */
  readonly lineStart: boolean;
  /** `let`, `source` …; null before the first statement. */
  readonly keyword: IToken | null;
  /** What follows the keyword, up to the place. */
  readonly root: Group;
  /** The brackets around the place, the statement first. */
  readonly path: readonly Group[];
  /** Where the next statement begins, its comments included. */
  readonly next: number;
  /** The tokens from the place to the next statement. */
  readonly after: readonly IToken[];
}

const OPENERS: ReadonlySet<TokenType> = new Set([t.BraceOpen, t.BracketOpen, t.ParenOpen]);
const CLOSERS: ReadonlySet<TokenType> = new Set([t.BraceClose, t.BracketClose, t.ParenClose]);
/** After a statement's word: a name, a test's title, an import's brace. */
const AFTER_WORD: ReadonlySet<TokenType> = new Set([t.Name, t.StringLiteral, t.BraceOpen]);

export function isGroup(node: SyntaxNode | undefined): node is Group {
  return node !== undefined && 'nodes' in node;
}
export function isToken(node: SyntaxNode | undefined, type: TokenType): node is IToken {
  return node !== undefined && !isGroup(node) && meaning(node) === type;
}
export function opensWith(group: Group | undefined, type: TokenType): boolean {
  return group?.open !== null && group?.open !== undefined && meaning(group.open) === type;
}

/** The word of a node that is one. */
export function wordOf(node: SyntaxNode | undefined): string | null {
  return isToken(node, t.Name) ? node.image : null;
}

/** Where a place is, or null where nothing is completed: in a text, a comment, a number. */
export function cursorAt(path: string, text: string, offset: number): Cursor | null {
  const { tokens, comments, starts } = lexed(path, text);
  const start = wordStart(text, offset);
  const word = text.slice(start, offset);
  const inside = (token: IToken): boolean => holds(token, offset);
  if (/^\d/.test(word) || tokens.some(inside) || comments.some(inside)) return null;
  const own = starts.findLastIndex(at => (tokens[at]?.startOffset ?? 0) < start);
  const nextAt = starts[own + 1] ?? tokens.length;
  const first = own < 0 ? 0 : (starts[own] ?? 0);
  const ofStatement = tokens.slice(first, nextAt);
  const before = ofStatement.filter(token => token.startOffset < start);
  const keyword = own < 0 ? null : (before[0] ?? null);
  const groups = openGroups(keyword === null ? before : before.slice(1));
  const next = tokens[nextAt]?.startOffset ?? text.length;
  return {
    text,
    start,
    word,
    lineStart: text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() === '',
    keyword,
    root: groups[0] ?? { open: null, nodes: [] },
    path: groups,
    next: Math.max(offset, commentsAbove(text, next)),
    after: ofStatement.filter(token => token.startOffset >= offset),
  };
}

interface LexedText {
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  /** Indexes of the tokens that begin a statement. */
  readonly starts: readonly number[];
}
let last: LexedText | null = null;

/** An editor asks about one text many times. */
function lexed(path: string, text: string): LexedText {
  if (last !== null && last.text === text && last.path === path) return last;
  const { tokens, comments } = lex(path, text);
  last = { path, text, tokens, comments, starts: statementStarts(tokens) };
  return last;
}

function wordStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && /\w/.test(text[at - 1] ?? '')) at--;
  return at > 0 && /[@$]/.test(text[at - 1] ?? '') ? at - 1 : at;
}

/** Whether a place is inside of a text or comment, where words mean nothing. */
function holds(token: IToken, offset: number): boolean {
  const end = token.endOffset ?? token.startOffset;
  if (offset <= token.startOffset || offset > end + 1) return false;
  const { image } = token;
  if (image.startsWith('//')) return true;
  if (!/^["'`\u2018\u2019\u201c\u201d]/.test(image)) return false;
  return offset <= end || token.tokenType.name === 'OpenString';
}

/** A statement's word at the edge of a line, or on any line outside of brackets. */
function statementStarts(tokens: readonly IToken[]): readonly number[] {
  const starts: number[] = [];
  let depth = 0;
  tokens.forEach((token, at) => {
    if (OPENERS.has(token.tokenType)) depth++;
    else if (CLOSERS.has(token.tokenType)) depth = Math.max(0, depth - 1);
    else if (t.STATEMENT_WORDS.has(token.image)) {
      const following = tokens[at + 1];
      const begins = (tokens[at - 1]?.endLine ?? 0) < (token.startLine ?? 0);
      if (!begins || (depth > 0 && token.startColumn !== 1)) return;
      if (following !== undefined && !AFTER_WORD.has(following.tokenType)) return;
      starts.push(at);
      depth = 0;
    }
  });
  return starts;
}

function openGroups(tokens: readonly IToken[]): readonly Group[] {
  const path: Group[] = [{ open: null, nodes: [] }];
  for (const token of tokens) {
    const current = path.at(-1);
    if (OPENERS.has(token.tokenType)) {
      const group: Group = { open: token, nodes: [] };
      current?.nodes.push(group);
      path.push(group);
    } else if (!CLOSERS.has(token.tokenType)) current?.nodes.push(token);
    else if (path.length > 1) path.pop();
  }
  return path;
}

/** The lines of comments right above a place belong to what stands there. */
function commentsAbove(text: string, at: number): number {
  return at - (/(?:^[ \t]*\/\/[^\n]*\n)+$/m.exec(text.slice(0, at))?.[0].length ?? 0);
}

/** The parts of a list between its commas; the last is the one being typed. */
export function parts(nodes: readonly SyntaxNode[]): readonly (readonly SyntaxNode[])[] {
  const found: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (isToken(node, t.Comma)) found.push([]);
    else found.at(-1)?.push(node);
  }
  return found;
}

/** Entries of a block, which a line end parts as well. `lineStart`: the one being typed begins its line. */
export function entries(nodes: readonly SyntaxNode[], lineStart: boolean): readonly (readonly SyntaxNode[])[] {
  const found: SyntaxNode[][] = [[]];
  let before: SyntaxNode | undefined;
  for (const node of nodes) {
    if (isToken(node, t.Comma)) found.push([]);
    else {
      if (before !== undefined && lineOf(node) > lastLineOf(before) && isWhole(before) && mayBegin(node))
        found.push([]);
      found.at(-1)?.push(node);
    }
    before = node;
  }
  if (lineStart && isWhole(before) && (found.at(-1)?.length ?? 0) > 0) found.push([]);
  return found;
}

function mayBegin(node: SyntaxNode): boolean {
  return isGroup(node) ? opensWith(node, t.BracketOpen) : isToken(node, t.Name) || isToken(node, t.Star);
}

const OPERANDS: ReadonlySet<TokenType> = new Set([
  t.Name,
  t.Parameter,
  t.StringLiteral,
  t.IntLiteral,
  t.FloatLiteral,
  t.DurationLiteral,
  t.SizeLiteral,
  t.DateLiteral,
  t.AnnotationName,
  t.Question,
  t.True,
  t.False,
  t.Null,
]);

/** Whether something may be over after this: an operand, a bracket. */
export function isWhole(node: SyntaxNode | undefined): boolean {
  return node !== undefined && (isGroup(node) || OPERANDS.has(meaning(node)));
}

function lineOf(node: SyntaxNode): number {
  return (isGroup(node) ? node.open?.startLine : node.startLine) ?? 0;
}
function lastLineOf(node: SyntaxNode): number {
  if (!isGroup(node)) return node.endLine ?? 0;
  const inner = node.nodes.at(-1);
  return Math.max(lineOf(node), inner === undefined ? 0 : lastLineOf(inner));
}
export function startOf(node: SyntaxNode): number {
  return (isGroup(node) ? node.open?.startOffset : node.startOffset) ?? 0;
}

/** Names given by `name:` behind the place, in the same list. */
export function namesAfter(cursor: Cursor): ReadonlySet<string> {
  const names = new Set<string>();
  let depth = 0;
  for (const [at, token] of cursor.after.entries()) {
    const type = meaning(token);
    if (OPENERS.has(type)) depth++;
    else if (CLOSERS.has(type)) depth--;
    if (depth < 0 || (depth === 0 && type === t.Pipe)) break;
    if (depth === 0 && type === t.Name && cursor.after[at + 1]?.tokenType === t.Colon) names.add(token.image);
  }
  return names;
}
