import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { reported } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';
import { retag } from './retagging.ts';
import { ENDERS, meaning } from './token-meaning.ts';
import * as tokens from './tokens.ts';

/** `5 days` and `is not null`: several words that are one token. */
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
      out.push(joined(token, next, mistakes.SpacedUnit));
      i++;
      continue;
    }
    if (token.tokenType === tokens.Name && token.image.toLowerCase() === 'is' && last && ENDERS.has(meaning(last))) {
      if (next?.tokenType === tokens.Not && lexed[i + 2]?.tokenType === tokens.Null) {
        out.push(joined(token, next, mistakes.IsNotWords));
        i++;
        continue;
      }
      if (next?.tokenType === tokens.Null) retag(token, mistakes.IsWord);
    }
    out.push(token);
  }
  for (const token of out) {
    const mistake = mistakes.MISTAKES.get(token.tokenType);
    if (mistake) diagnostics.push(reported(mistake.code, spanOf(path, token), mistake.details(token.image)));
  }
  return { tokens: out, diagnostics };
}
/** `p: 5 m: 3` would be two arguments with a comma forgotten. */
function followedBySeparator(token: IToken | undefined): boolean {
  return token?.tokenType === tokens.Colon || token?.tokenType === tokens.Assign;
}
function joined(first: IToken, second: IToken, type: TokenType): IToken {
  const gap = ' '.repeat(Math.max(0, second.startOffset - (first.endOffset ?? 0) - 1));
  return createTokenInstance(
    type,
    first.image + gap + second.image,
    first.startOffset,
    second.endOffset ?? second.startOffset,
    first.startLine ?? 1,
    second.endLine ?? 1,
    first.startColumn ?? 1,
    second.endColumn ?? 1,
  );
}
