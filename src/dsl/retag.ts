import type { IToken } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { bracket, closeTop } from './brackets.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { keyword } from './keyword-words.ts';
import { spanOf } from './lexer.ts';
import { merged } from './merged-words.ts';
import type { Retagging } from './retagging.ts';
import { statement } from './statement-words.ts';
import * as tokens from './tokens.ts';

/** Deeper nesting is refused: the parser, the checker and the formatter walk the tree by recursion. */
const MAX_DEPTH = 100;

export interface Retagged {
  readonly tokens: IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Prepares tokens for the parser: promotes words to keywords where they stand as such, merges `5 days`, and makes brackets
 * balance. An opener that is never closed gets its closer at the likeliest place (before the next statement, before a `|`
 * that cannot stand inside, before an outer closer), with a diagnostic at the opener; so the parser never loses its footing.
 */
export function retagTokens(path: string, lexed: readonly IToken[]): Retagged {
  const { tokens: input, diagnostics } = merged(path, lexed);
  const of: Retagging = { path, input, diagnostics, out: [], open: [], testAhead: false, cut: false };
  let angles = 0;
  for (const [i, token] of input.entries()) {
    if (token.tokenType === tokens.Less) angles++;
    else if (token.tokenType !== tokens.Name) angles = 0;
    if (of.open.length >= MAX_DEPTH || angles >= MAX_DEPTH) {
      diagnostics.push(diagnostic('E128', spanOf(path, token), { limit: String(MAX_DEPTH) }));
      of.cut = true;
      break;
    }
    statement(of, i, token);
    keyword(of, i, token);
    bracket(of, i, token);
  }
  while (of.open.length > 0) closeTop(of, null);
  return { tokens: of.out, diagnostics };
}
