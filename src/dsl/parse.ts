import { type CstNode, EOF, type IRecognitionException, type IToken } from 'chevrotain';
import type { Span } from '../engine/base/span.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { buildTree } from './build-tree.ts';
import { diagnostic, reported } from './diagnostics/diagnostic.ts';
import { EXPECTED_IN } from './error-messages.ts';
import type { Slip } from './forgiving-parser.ts';
import { lex, spanOf } from './lexer.ts';
import { meantHere } from './meant-here.ts';
import { MISTAKES, WHOLE_LINE } from './mistakes.ts';
import { parseTokens } from './parser.ts';
import { retagTokens } from './retag.ts';
import type { FlowFile } from './syntax.ts';
import { Name, Pipe, STATEMENT_WORDS, Version } from './tokens.ts';

/** More are of no help; the first ones, by place, are kept. */
const MAX_DIAGNOSTICS = 100;
/** Characters; a flow is written by a person. */
const MAX_TEXT = 400_000;

/** A file read, with what the formatter needs besides the tree. */
export interface Read {
  readonly file: FlowFile;
  readonly diagnostics: Diagnostic[];
  readonly cst: CstNode;
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  /** Not read at all: longer than a flow may be. */
  readonly tooLarge: boolean;
}

/**
 * Reads a .flow file. Never throws: what cannot be read is left out of the tree and said in `diagnostics`, in the order of
 * their places. A tree with diagnostics may lack stages, entries or whole statements.
 */
export function parseFlow(path: string, text: string): { file: FlowFile; diagnostics: Diagnostic[] } {
  const { file, diagnostics } = readFlow(path, text);
  return { file, diagnostics };
}

export function readFlow(path: string, text: string): Read {
  if (text.length > MAX_TEXT) {
    const span = { file: path, start: 0, end: 0, line: 1, column: 1 };
    const file: FlowFile = { path, text: '', flow: null, statements: [], comments: [] };
    const cst: CstNode = { name: 'file', children: {} };
    const diagnostics = [diagnostic('E129', span, { limit: String(MAX_TEXT) })];
    return { file, diagnostics, cst, tokens: [], comments: [], tooLarge: true };
  }
  const lexed = lex(path, text);
  const retagged = retagTokens(path, lexed.tokens);
  const parsed = parseTokens(retagged.tokens);
  const built: Diagnostic[] = [];
  const file = buildTree({ path, diagnostics: built }, text, parsed.cst, lexed.comments);
  const signs = oneOfLine([...lexed.diagnostics, ...retagged.diagnostics]);
  const generic = parsed.errors.map(error => unexpected(path, text, error));
  const slips = parsed.slips.filter(isNew).map(slip => slipped(path, slip));
  const diagnostics = inOrder([...signs, ...built, ...withoutEchoes([...generic, ...slips], signs)]).slice(
    0,
    MAX_DIAGNOSTICS,
  );
  if (retagged.tokens.length === 0 && diagnostics.length === 0) {
    diagnostics.push(diagnostic('E136', endOf(path, text), {}));
  }
  return {
    file,
    diagnostics,
    cst: parsed.cst,
    tokens: retagged.tokens,
    comments: lexed.comments,
    tooLarge: false,
  };
}

const SLIPS: ReadonlySet<string> = new Set(['E111', 'E112', 'E113', 'E114', 'E115', 'E131', 'E138', 'E140', 'E141']);
/** A foreign sign has been reported as such. */
const isNew = (slip: Slip): boolean => slip.code === 'E131' || !MISTAKES.has(slip.token.tokenType);

function slipped(path: string, slip: Slip): Diagnostic {
  return reported(slip.code, spanOf(path, slip.token), { found: slip.token.image, ...slip.details });
}

/** Rules whose missing part is shown at what stands there instead; for others, right after what it should follow. */
const AT_TOKEN: ReadonlySet<string> = new Set([
  'file',
  'statement',
  'testStatement',
  'step',
  'schemaStatement',
  'member',
  'block',
  'entry',
  'options',
  'record',
  'list',
]);

/** An error of the parser as a diagnostic: a telling code where the place tells what was meant. */
function unexpected(path: string, text: string, error: IRecognitionException): Diagnostic {
  const token = error.token;
  const previous = 'previousToken' in error ? (error.previousToken as IToken) : null;
  const end = token.tokenType === EOF;
  const rule = error.context.ruleStack.at(-1) ?? 'file';
  if (rule === 'flowLine' && error.message === VERSION_WANTED && previous !== null) {
    return diagnostic('E127', spanOf(path, previous), { name: previous.image });
  }
  if (
    rule === 'stage' &&
    previous?.tokenType === Pipe &&
    (end || token.tokenType === Pipe || startsLater(token, previous))
  ) {
    return diagnostic('E130', spanOf(path, previous), {});
  }
  if (error.message === STREAM_WANTED && !end && !startsLater(token, previous)) {
    return diagnostic('E131', spanOf(path, token), { found: shown(token) });
  }
  if ((rule === 'file' || rule === 'statement') && token.tokenType === Name) {
    const piped = /^\s*\|/.test(text.slice((token.endOffset ?? 0) + 1));
    const suggestion = piped ? ROWS_ARE_NAMED : STATEMENTS_ARE;
    return diagnostic('E124', spanOf(path, token), { found: token.image, suggestion });
  }
  const later = previous !== null && startsLater(token, previous) && !AT_TOKEN.has(rule);
  const span = end ? endOf(path, text) : later ? endOfToken(path, previous) : spanOf(path, token);
  const found = end ? 'the end of the file' : later || token.image === '' ? 'the end of the line' : shown(token);
  return diagnostic('E101', span, { expected: error.message, found, hint: hintFor(rule, token, text) });
}

/** What was most likely meant, where the place tells. */
function hintFor(rule: string, token: IToken, text: string): string {
  const before = text.slice(0, token.startOffset).trimEnd().at(-1);
  if (rule === 'importStatement') return 'Write `import { a, b } from "./lib.flow"`.';
  if (token.image === '*' && before === '(') return '`count()` counts rows; it takes no `*`.';
  const meant = meantHere(text, token.startOffset);
  if (meant !== '' || token.image !== ',' || (rule !== 'file' && rule !== 'statement')) return meant;
  if (before === '}') return 'Arguments of a stage stand before its braces.';
  return before === ')' ? 'Options of a source stand in braces: `file("…") { schema: Visit, on_bad: fail }`.' : '';
}

const STREAM_WANTED = EXPECTED_IN['letStatement'];
const VERSION_WANTED = Version.LABEL;
const ROWS_ARE_NAMED = 'Name what comes out: `let NAME = … | …`, or `sink NAME = … | write …`.';
const STATEMENTS_ARE = `Statements begin with one of \`${[...STATEMENT_WORDS.keys()].join(' ')}\`.`;

function startsLater(token: IToken, previous: IToken | null): boolean {
  return previous !== null && (token.startLine ?? 0) > (previous.endLine ?? 0);
}
function shown(token: IToken): string {
  return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image}\``;
}
function endOfToken(path: string, token: IToken): Span {
  const start = (token.endOffset ?? token.startOffset) + 1;
  return { file: path, start, end: start, line: token.endLine ?? 1, column: (token.endColumn ?? 0) + 1 };
}

/** The place after the last character that says something. */
function endOf(path: string, text: string): Span {
  const kept = text.trimEnd();
  const line = kept.split('\n').length;
  const start = kept.length;
  return { file: path, start, end: start, line, column: start - (kept.lastIndexOf('\n') + 1) + 1 };
}

/**
 * A text that is not closed takes brackets and signs of its line with it; so does the phrase of another language. The first one
 * is said, and nothing else of the line.
 */
function oneOfLine(signs: readonly Diagnostic[]): Diagnostic[] {
  const told = new Set<number>();
  const lost = lostLines(signs);
  return inOrder(signs).filter(({ code, span }) => {
    if (!lost.has(span.line)) return true;
    if (!WHOLE_LINE.has(code) || told.has(span.line)) return false;
    told.add(span.line);
    return true;
  });
}

function lostLines(signs: readonly Diagnostic[]): ReadonlySet<number> {
  return new Set(signs.filter(item => WHOLE_LINE.has(item.code)).map(item => item.span.line));
}

/**
 * What the parser finds on a line after the first "expected …" there, or on a line with a wrong sign or bracket, is an echo of
 * that; slips alone are all said.
 */
function withoutEchoes(found: readonly Diagnostic[], signs: readonly Diagnostic[]): Diagnostic[] {
  const told = new Set(signs.map(item => item.span.line));
  const lost = lostLines(signs);
  const afterError = new Set<number>();
  const kept: Diagnostic[] = [];
  for (const item of inOrder(found)) {
    const { line } = item.span;
    const slip = SLIPS.has(item.code);
    if (afterError.has(line) || lost.has(line) || (!slip && told.has(line))) continue;
    told.add(line);
    if (!slip) afterError.add(line);
    kept.push(item);
  }
  return kept;
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}
