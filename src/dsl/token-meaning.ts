import type { IToken, TokenType } from 'chevrotain';
import * as tokens from './tokens.ts';

/** After one of these a statement or an entry may be over. */
export const ENDERS: ReadonlySet<TokenType> = new Set([
  tokens.Name,
  tokens.Version,
  tokens.StringLiteral,
  tokens.IntLiteral,
  tokens.FloatLiteral,
  tokens.DurationLiteral,
  tokens.SizeLiteral,
  tokens.DateLiteral,
  tokens.Parameter,
  tokens.True,
  tokens.False,
  tokens.Null,
  tokens.BraceClose,
  tokens.BracketClose,
  tokens.ParenClose,
  tokens.AnnotationName,
  tokens.Question,
  tokens.DotDot,
  tokens.AllFields,
]);

/** The type a token stands for: its own, or that of the right spelling. */
export function meaning(token: IToken): TokenType {
  return token.tokenType.CATEGORIES?.[0] ?? token.tokenType;
}
/** Whether a token is the first of its line. */
export function startsLine(token: IToken, before: IToken | undefined): boolean {
  return before === undefined || (before.endLine ?? 0) < (token.startLine ?? 0);
}
