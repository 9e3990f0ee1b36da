import type { IToken, TokenType } from 'chevrotain';
import { OPENER } from './brackets.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { nearest } from './diagnostics/nearest.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';
import { type Retagging, reservedName, retag, slip } from './retagging.ts';
import { ENDERS, meaning, startsLine } from './token-meaning.ts';
import * as tokens from './tokens.ts';

/** Words that are keywords in one place only, and reserved words used as names. */
export function keyword(of: Retagging, i: number, token: IToken): void {
  const before = of.out.at(-1);
  const next = of.input[i + 1];
  const top = of.open.at(-1);
  if (tokens.RESERVED.has(token.tokenType)) {
    const named = next && (next.tokenType === tokens.Assign || next.tokenType === tokens.Colon);
    if (named || before?.tokenType === tokens.Dot) reservedName(of, token);
    return;
  }
  if (token.tokenType === tokens.Star) {
    const opened = top?.token.tokenType === tokens.BraceOpen && !top.stages;
    const alone = next === undefined || startsLine(next, token) || next.tokenType === tokens.BraceClose;
    const fresh = before === undefined || startsLine(token, before) || !ENDERS.has(meaning(before));
    const rest = next?.tokenType === tokens.Comma || next?.tokenType === tokens.Assign;
    if (opened && fresh && (alone || rest || before === top?.token)) {
      retag(token, tokens.AllFields);
    }
    return;
  }
  if (token.tokenType === tokens.Question) infix(of, token, next, before);
  if (token.tokenType !== tokens.Name) return;
  if (token.image === 'from' && meaning(next ?? token) === tokens.StringLiteral && before?.image === '}') {
    retag(token, tokens.FromWord);
  } else if (
    token.image === 'from' &&
    before?.tokenType === tokens.Name &&
    of.out.at(-2)?.tokenType === tokens.SchemaWord
  ) {
    retag(token, tokens.FromWord);
  } else if (
    token.image === 'pipeline' &&
    before?.tokenType === tokens.Assign &&
    of.out.at(-3)?.tokenType === tokens.LetWord &&
    (next?.tokenType === tokens.BraceOpen || next?.tokenType === tokens.ParenOpen)
  ) {
    retag(token, tokens.PipelineWord);
  } else if (top?.test === true) step(of, token, next, before);
  else {
    capital(of, token, next, before);
    infix(of, token, next, before);
    order(of, token, next, before);
  }
}

/** `sort by: age desc`. */
function order(of: Retagging, token: IToken, next: IToken | undefined, before: IToken | undefined): void {
  if (before === undefined || before.tokenType !== tokens.Name || startsLine(token, before)) return;
  const ends =
    next === undefined || startsLine(next, token) || next.tokenType === tokens.Pipe || next.tokenType === tokens.Comma;
  if (!ends || !/^(a|de)sc(ending)?$/i.test(token.image)) return;
  retag(token, mistakes.OrderWord);
  slip(of, token);
}

/** What a value may begin with. */
const VALUE_STARTS: ReadonlySet<TokenType> = new Set([
  tokens.Name,
  tokens.StringLiteral,
  tokens.IntLiteral,
  tokens.FloatLiteral,
  tokens.Parameter,
  tokens.Minus,
  tokens.Not,
  tokens.True,
  tokens.False,
  tokens.Null,
]);

/** A word or `?` between two values. A `?` right behind its type is the type's own. */
function infix(of: Retagging, token: IToken, next: IToken | undefined, before: IToken | undefined): void {
  if (before === undefined || next === undefined || !ENDERS.has(meaning(before)) || startsLine(token, before)) return;
  if (startsLine(next, token) || !VALUE_STARTS.has(meaning(next)) || !mistakes.PHRASES.has(token.image)) return;
  const question = token.tokenType === tokens.Question;
  if (question && before.endOffset === token.startOffset - 1 && before.tokenType === tokens.Name) return;
  retag(token, token.image === 'if' || token.image === 'else' || question ? mistakes.InfixIf : mistakes.InfixWord);
  slip(of, token);
}

function step(of: Retagging, token: IToken, next: IToken | undefined, before: IToken | undefined): void {
  if (before === undefined || next === undefined || OPENER.has(next.tokenType)) return;
  const free = before.tokenType === tokens.BraceOpen || ENDERS.has(meaning(before));
  // `given given [ … ]`: the second is a stream's name.
  if (!free || before.tokenType === tokens.GivenWord || before.tokenType === tokens.ExpectWord) return;
  let type = tokens.STEP_WORDS.get(token.image);
  if (type === undefined && startsLine(token, before) && next.startLine === token.endLine) {
    const meant = nearest(token.image, tokens.STEP_WORDS.keys());
    type = meant === null ? undefined : tokens.STEP_WORDS.get(meant);
    if (type === undefined) return;
    const suggestion = `Did you mean \`${meant}\`?`;
    of.diagnostics.push(diagnostic('E124', spanOf(of.path, token), { found: token.image, suggestion }));
  }
  if (type !== undefined) retag(token, type);
}

function capital(of: Retagging, token: IToken, next: IToken | undefined, before: IToken | undefined): void {
  if (next === undefined || before === undefined || !ENDERS.has(meaning(before)) || startsLine(next, token)) return;
  const type =
    token.image === 'AND'
      ? mistakes.CapitalAnd
      : token.image === 'OR'
        ? mistakes.CapitalOr
        : token.image === 'IN'
          ? mistakes.CapitalIn
          : token.image === 'NOT' && next.image.toLowerCase() === 'in'
            ? mistakes.CapitalNot
            : null;
  if (type === null) return;
  retag(token, type);
  slip(of, token);
}
