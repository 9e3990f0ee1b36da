import type { IRecognitionException } from 'chevrotain';
import type { Span } from '../engine/base/span.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { buildTree } from './build-tree.ts';
import { diagnostic, reported } from './diagnostics/diagnostic.ts';
import { lex, spanOf } from './lexer.ts';
import { parseTokens, type Slip } from './parser.ts';
import { retagTokens } from './retag.ts';
import type { FlowFile } from './syntax.ts';

/** Characters; a flow is written by a person. */
const MAX_TEXT = 1_000_000;

/**
 * Reads a .flow file. Never throws: what cannot be read is left out of the tree and said in `diagnostics`, in the order of
 * their places. A tree with diagnostics may lack stages, entries or whole statements.
 */
export function parseFlow(path: string, text: string): { file: FlowFile; diagnostics: Diagnostic[] } {
  if (text.length > MAX_TEXT) {
    const span = { file: path, start: 0, end: 0, line: 1, column: 1 };
    const file: FlowFile = { path, text: '', flow: null, statements: [], comments: [] };
    return { file, diagnostics: [diagnostic('E129', span, { limit: String(MAX_TEXT) })] };
  }
  const lexed = lex(path, text);
  const retagged = retagTokens(path, lexed.tokens);
  const parsed = parseTokens(retagged.tokens);
  const built: Diagnostic[] = [];
  const file = buildTree({ path, diagnostics: built }, text, parsed.cst, lexed.comments);
  const specific = [...lexed.diagnostics, ...retagged.diagnostics, ...parsed.slips.map(slip => slipped(path, slip))];
  const generic = parsed.errors.map(error => unexpected(path, text, error));
  const diagnostics = inOrder([...specific, ...built, ...withoutEchoes(generic, specific)]);
  if (retagged.tokens.length === 0 && diagnostics.length === 0) {
    diagnostics.push(diagnostic('E136', endOf(path, text), {}));
  }
  return { file, diagnostics };
}

function slipped(path: string, slip: Slip): Diagnostic {
  // What is missing between two tokens is shown right after the first, what is wrong at the token itself.
  const missing = slip.code === 'E114' || slip.code === 'E115';
  const span = missing ? after(path, slip) : spanOf(path, slip.token);
  return reported(slip.code, span, { found: slip.token.image, ...slip.details });
}
function after(path: string, slip: Slip): Span {
  return slip.code === 'E115' ? spanOf(path, slip.token) : spanOf(path, slip.token);
}

function unexpected(path: string, text: string, error: IRecognitionException): Diagnostic {
  const token = error.token;
  const end = Number.isNaN(token.startOffset) || token.tokenType.name === 'EOF';
  const span = end ? endOf(path, text) : spanOf(path, token);
  const image = token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image;
  const found = end ? 'the end of the file' : image === '' ? 'the end of the line' : `\`${image}\``;
  return diagnostic('E101', span, { expected: error.message, found });
}

/** The place after the last character that says something. */
function endOf(path: string, text: string): Span {
  const kept = text.trimEnd();
  const line = kept.split('\n').length;
  const start = kept.length;
  return { file: path, start, end: start, line, column: start - (kept.lastIndexOf('\n') + 1) + 1 };
}

/** An "expected …" on the line of a diagnostic that says more is its echo; so is a second one on a line. */
function withoutEchoes(generic: readonly Diagnostic[], specific: readonly Diagnostic[]): Diagnostic[] {
  const told = new Set(specific.map(item => item.span.line));
  const kept: Diagnostic[] = [];
  for (const item of inOrder(generic)) {
    if (told.has(item.span.line)) continue;
    told.add(item.span.line);
    kept.push(item);
  }
  return kept;
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}
