import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';
import { type Open, type Retagging, retag, slip } from './retagging.ts';
import { ENDERS, meaning, startsLine } from './token-meaning.ts';
import * as tokens from './tokens.ts';

/** Tokens looked ahead for a closing bracket. */
const MAX_AHEAD = 500;
const CLOSER: ReadonlyMap<TokenType, TokenType> = new Map([
  [tokens.BraceOpen, tokens.BraceClose],
  [tokens.BracketOpen, tokens.BracketClose],
  [tokens.ParenOpen, tokens.ParenClose],
]);
export const OPENER: ReadonlyMap<TokenType, TokenType> = new Map([...CLOSER].map(([open, close]) => [close, open]));
const SIGN: ReadonlyMap<TokenType, string> = new Map([
  [tokens.BraceClose, '}'],
  [tokens.BracketClose, ']'],
  [tokens.ParenClose, ')'],
]);

/** Puts a token out, keeping brackets in balance. */
export function bracket(of: Retagging, i: number, token: IToken): void {
  const type = token.tokenType;
  if (type === tokens.Pipe) pipe(of, i, token);
  if (type === tokens.Name) entry(of, i, token);
  if (CLOSER.has(type)) {
    const next = of.input[i + 1];
    of.open.push({
      token,
      stages: type === tokens.BraceOpen && next?.tokenType === tokens.Pipe,
      test: type === tokens.BraceOpen && of.testAhead,
    });
    if (type === tokens.BraceOpen) of.testAhead = false;
  }
  if (OPENER.has(type) && !close(of, token)) return;
  of.out.push(token);
}

/** A `|` cannot stand inside parentheses, lists or a block of fields: the bracket was forgotten, or `or` was meant. */
function pipe(of: Retagging, i: number, token: IToken): void {
  const top = of.open.at(-1);
  if (top === undefined || top.stages) return;
  const before = of.out.at(-1);
  if (before === top.token) return;
  if (!startsLine(token, before) && of.input[i + 1]?.tokenType === tokens.Null) {
    retag(token, mistakes.NullUnion);
    slip(of, token);
    return;
  }
  if (!startsLine(token, before) && closesOnLine(of, i, top)) {
    retag(token, mistakes.PipeAsOr);
    slip(of, token);
    return;
  }
  while (of.open.length > 0 && !of.open.at(-1)!.stages) closeTop(of, token);
}

/** Whether the bracket `top` is closed on the line of token `i`. */
function closesOnLine(of: Retagging, i: number, top: Open): boolean {
  const wanted = CLOSER.get(top.token.tokenType);
  let depth = 0;
  const end = Math.min(of.input.length, i + MAX_AHEAD);
  for (let j = i; j < end && of.input[j]!.startLine === of.input[i]!.startLine; j++) {
    const type = of.input[j]!.tokenType;
    if (CLOSER.has(type)) depth++;
    else if (OPENER.has(type) && depth-- === 0) return type === wanted;
  }
  return false;
}

/** `name =` or `name:` on a new line, with no comma before it, is not inside the parenthesis or list above. */
function entry(of: Retagging, i: number, token: IToken): void {
  const next = of.input[i + 1];
  const before = of.out.at(-1);
  if (before === undefined || next === undefined || !startsLine(token, before) || !ENDERS.has(meaning(before))) return;
  if (next.tokenType !== tokens.Assign && next.tokenType !== tokens.Colon) return;
  if (!of.open.some(open => open.token.tokenType === tokens.BraceOpen)) return;
  while (of.open.length > 0 && of.open.at(-1)!.token.tokenType !== tokens.BraceOpen) closeTop(of, token);
}

/** Takes a closer off the stack; false where nothing is open for it, which drops it. */
function close(of: Retagging, token: IToken): boolean {
  const wanted = OPENER.get(token.tokenType);
  let at = of.open.length - 1;
  while (at >= 0 && of.open[at]!.token.tokenType !== wanted) at--;
  const top = of.open.at(-1);
  if (at < 0) {
    const sign = SIGN.get(token.tokenType) ?? '';
    const related = top ? [{ span: spanOf(of.path, top.token), message: 'this is open here' }] : [];
    of.diagnostics.push(diagnostic('E103', spanOf(of.path, token), { close: sign }, related));
    return false;
  }
  while (of.open.length - 1 > at) closeTop(of, token);
  of.open.pop();
  return true;
}

/** Adds the missing closer of the innermost bracket, before `at` (null: at the end of the file). */
export function closeTop(of: Retagging, at: IToken | null): void {
  const open = of.open.pop()!;
  const type = CLOSER.get(open.token.tokenType)!;
  const last = of.out.at(-1) ?? open.token;
  const end = (last.endOffset ?? last.startOffset) + 1;
  const close = SIGN.get(type) ?? '';
  const place = at === null ? 'the file ends here' : `\`${close}\` is missing before this`;
  const related = at === null ? [] : [{ span: spanOf(of.path, at), message: place }];
  if (!of.cut) {
    of.diagnostics.push(diagnostic('E102', spanOf(of.path, open.token), { open: open.token.image, close }, related));
  }
  const line = last.endLine ?? 1;
  const column = (last.endColumn ?? 0) + 1;
  of.out.push(createTokenInstance(type, '', end, end - 1, line, line, column, column));
}
