import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { reported } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';

/** A bracket that is open. */
export interface Open {
  readonly token: IToken;
  /** A block of stages, where `|` may stand. */
  readonly stages: boolean;
  /** The body of a `test`, where steps stand. */
  readonly test: boolean;
}
/** Tokens on their way to the parser, and what is known at the one that is looked at. */
export interface Retagging {
  readonly path: string;
  readonly input: readonly IToken[];
  readonly out: IToken[];
  readonly open: Open[];
  readonly diagnostics: Diagnostic[];
  /** The brace that comes is the body of a `test`. */
  testAhead: boolean;
  /** The rest of the file was left out: what is open need not be said. */
  cut: boolean;
}

export function retag(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
}
/** A reserved word where a name stands. */
export function reservedName(of: Retagging, token: IToken): void {
  if (token.tokenType === mistakes.ReservedName) return;
  retag(token, mistakes.ReservedName);
  slip(of, token);
}
/** Reports a token that was set as a mistake. */
export function slip(of: Retagging, token: IToken): void {
  const mistake = mistakes.MISTAKES.get(token.tokenType)!;
  of.diagnostics.push(reported(mistake.code, spanOf(of.path, token), mistake.details(token.image)));
}
