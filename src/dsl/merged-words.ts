import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { diagnostic, reported } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';
import { retag } from './retagging.ts';
import { ENDERS, meaning } from './token-meaning.ts';
import * as tokens from './tokens.ts';

/** More in one name are looked at in vain. */
const MAX_HYPHENS = 10;

/** `5 days`, `is not null`, `first-name: …`: several words that are one token. */
export function merged(path: string, lexed: readonly IToken[]): { tokens: IToken[]; diagnostics: Diagnostic[] } {
  const out: IToken[] = [];
  const diagnostics: Diagnostic[] = [];
  for (let i = 0; i < lexed.length; i++) {
    const token = lexed[i]!;
    const next = lexed[i + 1];
    const last = out.at(-1);
    const sameLine = next !== undefined && next.startLine === token.endLine;
    if (
      sameLine &&
      (token.tokenType === tokens.IntLiteral || token.tokenType === tokens.FloatLiteral) &&
      next.tokenType === tokens.Name &&
      mistakes.isUnitWord(next.image) &&
      !followedBySeparator(lexed[i + 2])
    ) {
      out.push(joined(token, next, spaced(token, next), mistakes.SpacedUnit));
      i++;
      continue;
    }
    const through = hyphenated(lexed, i, last);
    if (through > i) {
      const image = lexed
        .slice(i, through + 1)
        .map(each => each.image)
        .join('');
      out.push(joined(token, lexed[through]!, image, mistakes.ForeignName));
      i = through;
      continue;
    }
    // `2nd: int` is no duration, but a name that begins with a digit.
    if (token.tokenType === mistakes.WrongUnit && next?.tokenType === tokens.Colon) retag(token, mistakes.ForeignName);
    if (token.tokenType === tokens.Name && token.image.toLowerCase() === 'is' && last && ENDERS.has(meaning(last))) {
      if (next?.tokenType === tokens.Not && lexed[i + 2]?.tokenType === tokens.Null) {
        out.push(joined(token, next, spaced(token, next), mistakes.IsNotWords));
        i++;
        continue;
      }
      if (next?.tokenType === tokens.Null) retag(token, mistakes.IsWord);
    }
    out.push(token);
    if (next !== undefined && lacksColon(token, next, last, lexed[i + 2])) {
      diagnostics.push(
        diagnostic('E138', spanOf(path, next), { name: token.image, found: next.image === '[' ? '[…]' : next.image }),
      );
      out.push(colonBehind(token));
    }
  }
  for (const token of out) {
    const mistake = mistakes.MISTAKES.get(token.tokenType);
    if (mistake) diagnostics.push(reported(mistake.code, spanOf(path, token), mistake.details(token.image)));
  }
  return { tokens: out, diagnostics };
}
/** Where a name with hyphens ends that begins at `i`: the name of a field before its `:`, or of the flow. `i`: it is none. */
function hyphenated(lexed: readonly IToken[], i: number, before: IToken | undefined): number {
  let end = i;
  const touches = (at: number) => lexed[at]?.startOffset === (lexed[at - 1]?.endOffset ?? 0) + 1;
  while (
    end < i + 2 * MAX_HYPHENS &&
    lexed[end]?.tokenType === tokens.Name &&
    lexed[end + 1]?.tokenType === tokens.Minus &&
    lexed[end + 2]?.tokenType === tokens.Name &&
    touches(end + 1) &&
    touches(end + 2)
  ) {
    end += 2;
  }
  return lexed[end + 1]?.tokenType === tokens.Colon || before?.image === 'flow' ? end : i;
}
/** `by ward`, `on ward`: words that are names of arguments wherever stages take them. */
function lacksColon(token: IToken, next: IToken, before: IToken | undefined, after: IToken | undefined): boolean {
  if (token.tokenType !== tokens.Name || (token.image !== 'by' && token.image !== 'on')) return false;
  if (next.tokenType !== tokens.Name && next.tokenType !== tokens.BracketOpen) return false;
  if (next.startLine !== token.endLine || before?.endLine !== token.startLine) return false;
  return (before?.tokenType === tokens.Name || before?.tokenType === tokens.Comma) && !followedBySeparator(after);
}
function colonBehind({ endOffset, startOffset, endLine, endColumn }: IToken): IToken {
  const [at, line, column] = [(endOffset ?? startOffset) + 1, endLine ?? 1, (endColumn ?? 0) + 1];
  return createTokenInstance(tokens.Colon, '', at, at - 1, line, line, column, column);
}
/** `p: 5 m: 3` would be two arguments with a comma forgotten. */
function followedBySeparator(token: IToken | undefined): boolean {
  return token?.tokenType === tokens.Colon || token?.tokenType === tokens.Assign;
}
function spaced(first: IToken, second: IToken): string {
  const gap = ' '.repeat(Math.max(0, second.startOffset - (first.endOffset ?? 0) - 1));
  return first.image + gap + second.image;
}
function joined(first: IToken, second: IToken, image: string, type: TokenType): IToken {
  return createTokenInstance(
    type,
    image,
    first.startOffset,
    second.endOffset ?? second.startOffset,
    first.startLine ?? 1,
    second.endLine ?? 1,
    first.startColumn ?? 1,
    second.endColumn ?? 1,
  );
}
