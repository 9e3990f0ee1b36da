import { CstParser, createTokenInstance, EOF, type IToken, type TokenType } from 'chevrotain';
import { errorMessages } from './error-messages.ts';
import { VOCABULARY } from './lexer.ts';
import * as t from './tokens.ts';

/** A slip the grammar itself knows: reported with a code of its own, and parsed as what was meant. */
export interface Slip {
  readonly code: 'E111' | 'E112' | 'E113' | 'E114' | 'E115' | 'E131' | 'E138' | 'E140' | 'E141';
  readonly token: IToken;
  readonly details: Readonly<Record<string, string>>;
}

const BEGINNINGS: ReadonlySet<TokenType> = new Set(t.STATEMENT_WORDS.values());

/** What all of the grammar shares: how it recovers, and how it takes the commonest slips for what was meant. */
export class ForgivingParser extends CstParser {
  slips: Slip[] = [];

  constructor() {
    super(VOCABULARY, {
      recoveryEnabled: true,
      nodeLocationTracking: 'full',
      maxLookahead: 2,
      errorMessageProvider: errorMessages,
    });
  }

  /** A token of the next line is not taken for a misplaced one: entries and stages mostly keep to their line. */
  protected override canTokenTypeBeDeletedInRecovery(_type: TokenType): boolean {
    return this.LA(1).endLine === this.LA(2).startLine;
  }
  /** A token made up stands right after the one before it, so that places of nodes stay within the text. */
  protected override getTokenToInsert(type: TokenType): IToken {
    const before = this.LA(0);
    const at = (before.endOffset ?? -1) + 1;
    const line = before.endLine ?? 1;
    const column = (before.endColumn ?? 0) + 1;
    const made = createTokenInstance(type, '', at, at - 1, line, line, column, column);
    made.isInsertedInRecovery = true;
    return made;
  }

  protected slip(code: Slip['code'], details: Slip['details'] = {}): void {
    this.ACTION(() => {
      this.slips.push({ code, token: this.LA(1), details });
    });
  }

  protected next(type: TokenType): boolean {
    return this.LA(1).tokenType === type;
  }

  protected onSameLine(): boolean {
    return this.LA(1).startLine === this.LA(0).endLine;
  }

  /** Entries in braces part by a comma or a line end. */
  protected separated(close: TokenType): void {
    this.ACTION(() => {
      if (this.next(close) || this.next(EOF) || this.LA(0).tokenType === t.Comma) return;
      if (this.onSameLine()) this.slip('E114');
    });
  }

  /** Arguments and list items part by commas only; records in a list need none. */
  protected comma(close: TokenType): void {
    this.ACTION(() => {
      if (this.next(close) || this.next(EOF) || this.LA(0).tokenType === t.Comma) return;
      if (this.next(t.BraceOpen) && this.LA(0).tokenType === t.BraceClose) return;
      // What was never closed has been told.
      if (BEGINNINGS.has(this.LA(1).tokenType)) return;
      this.slip('E114');
    });
  }

  /** `:`; or `=` or nothing, which are refused with a hint. */
  protected colon(what: string): void {
    this.OR9([
      { ALT: () => this.CONSUME9(t.Colon) },
      {
        ALT: () => {
          this.slip('E113', { what, found: '=', instead: ':' });
          this.CONSUME9(t.Assign);
        },
      },
      { GATE: () => this.next(t.Name) && this.onSameLine(), ALT: () => this.slip('E138', { name: this.LA(0).image }) },
    ]);
  }
}
