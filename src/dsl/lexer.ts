import { type IToken, Lexer } from 'chevrotain';
import type { Span } from '../engine/base/span.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { diagnostic, reported } from './diagnostics/diagnostic.ts';
import * as mistakes from './mistakes.ts';
import * as tokens from './tokens.ts';

/** In the order the lexer tries them: a longer or a more telling one before its beginning. */
const ORDER = [
  tokens.WhiteSpace,
  mistakes.OddSpace,
  tokens.Comment,
  mistakes.BlockComment,
  mistakes.HashComment,
  mistakes.ForeignName,
  tokens.And,
  tokens.Or,
  tokens.Not,
  tokens.In,
  tokens.True,
  tokens.False,
  tokens.Null,
  tokens.Name,
  tokens.Parameter,
  tokens.StringLiteral,
  mistakes.OpenString,
  mistakes.SingleQuoted,
  mistakes.Backquoted,
  mistakes.SmartQuoted,
  tokens.DateLiteral,
  tokens.AnnotationName,
  tokens.DurationLiteral,
  tokens.SizeLiteral,
  mistakes.Percentage,
  tokens.FloatLiteral,
  mistakes.UnderscoredNumber,
  mistakes.WrongUnit,
  mistakes.TrailingDot,
  tokens.IntLiteral,
  mistakes.StrictEqual,
  mistakes.StrictNotEqual,
  mistakes.Power,
  mistakes.Compound,
  mistakes.Increment,
  mistakes.SqlNotEqual,
  mistakes.NotEqualSign,
  mistakes.AtMostSign,
  mistakes.AtLeastSign,
  mistakes.TimesSign,
  mistakes.FatArrow,
  mistakes.Arrow,
  mistakes.MinusSign,
  mistakes.Ampersands,
  mistakes.DoublePipe,
  mistakes.PipeArrow,
  mistakes.ColonAssign,
  mistakes.Ellipsis,
  tokens.Equal,
  tokens.NotEqual,
  mistakes.Bang,
  mistakes.Semicolon,
  tokens.AtMost,
  tokens.AtLeast,
  tokens.Less,
  tokens.Greater,
  tokens.Coalesce,
  tokens.Question,
  tokens.DotDot,
  mistakes.LeadingDot,
  tokens.Dot,
  tokens.Assign,
  tokens.Pipe,
  tokens.Comma,
  tokens.Colon,
  tokens.Plus,
  tokens.Minus,
  tokens.Star,
  tokens.Slash,
  tokens.Percent,
  tokens.BraceOpen,
  tokens.BraceClose,
  tokens.BracketOpen,
  tokens.BracketClose,
  tokens.ParenOpen,
  tokens.ParenClose,
];
/** Those `retag.ts` sets; the parser must know them, the lexer never finds them. */
const SET_LATER = [
  ...tokens.MARKS,
  mistakes.SpacedUnit,
  mistakes.PipeAsOr,
  mistakes.CapitalAnd,
  mistakes.CapitalOr,
  mistakes.CapitalIn,
  mistakes.CapitalNot,
  mistakes.IsWord,
  mistakes.IsNotWords,
  mistakes.OrderWord,
  mistakes.NullUnion,
  mistakes.InfixWord,
  mistakes.InfixIf,
  mistakes.ReservedName,
];
export const VOCABULARY = [...ORDER, ...SET_LATER];

let lexer: Lexer | null = null;

export interface Lexed {
  readonly tokens: IToken[];
  readonly comments: readonly IToken[];
  readonly diagnostics: Diagnostic[];
}

/** The span of a token, or from one token to another. */
export function spanOf(file: string, first: IToken, last: IToken = first): Span {
  return {
    file,
    start: first.startOffset,
    end: Math.max(first.startOffset, (last.endOffset ?? last.startOffset - 1) + 1),
    line: first.startLine ?? 1,
    column: first.startColumn ?? 1,
  };
}

/** Cuts a text into tokens. Never throws; what it cannot read is skipped, with a diagnostic. */
export function lex(path: string, text: string): Lexed {
  lexer ??= new Lexer(VOCABULARY, { ensureOptimizations: true, positionTracking: 'full' });
  const result = lexer.tokenize(text);
  const diagnostics: Diagnostic[] = [];
  for (const error of result.errors) {
    const image = text.slice(error.offset, error.offset + error.length);
    const span = {
      file: path,
      start: error.offset,
      end: error.offset + error.length,
      line: error.line ?? 1,
      column: error.column ?? 1,
    };
    const shown = image.length > 20 ? `${image.slice(0, 20)}…` : image;
    diagnostics.push(diagnostic('E109', span, { found: shown }));
  }
  for (const token of result.groups['mistakes'] ?? []) {
    // A byte order mark at the very start is an editor's, not the author's.
    if (token.startOffset === 0 && token.image === '\ufeff') continue;
    const mistake = mistakes.MISTAKES.get(token.tokenType);
    if (mistake) diagnostics.push(reported(mistake.code, spanOf(path, token), mistake.details(token.image)));
  }
  return { tokens: result.tokens, comments: result.groups['comments'] ?? [], diagnostics };
}
