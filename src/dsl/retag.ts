import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { diagnostic, reported } from './diagnostics/diagnostic.ts';
import { nearest } from './diagnostics/nearest.ts';
import { spanOf } from './lexer.ts';
import * as mistakes from './mistakes.ts';
import * as tokens from './tokens.ts';

/** Deeper nesting is refused: the parser, the checker and the formatter walk the tree by recursion. */
const MAX_DEPTH = 100;
/** Tokens looked ahead for a closing bracket. */
const MAX_AHEAD = 500;

const CLOSER: ReadonlyMap<TokenType, TokenType> = new Map([
  [tokens.BraceOpen, tokens.BraceClose],
  [tokens.BracketOpen, tokens.BracketClose],
  [tokens.ParenOpen, tokens.ParenClose],
]);
const OPENER: ReadonlyMap<TokenType, TokenType> = new Map([...CLOSER].map(([open, close]) => [close, open]));
const SIGN: ReadonlyMap<TokenType, string> = new Map([
  [tokens.BraceClose, '}'],
  [tokens.BracketClose, ']'],
  [tokens.ParenClose, ')'],
]);
/** After one of these a statement or an entry may be over. */
const ENDERS: ReadonlySet<TokenType> = new Set([
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
/** What other languages call our statements. */
const FOREIGN_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['def', 'fn'],
  ['func', 'fn'],
  ['function', 'fn'],
  ['fun', 'fn'],
  ['var', 'let'],
  ['const', 'let'],
  ['val', 'let'],
  ['type', 'schema'],
  ['struct', 'schema'],
  ['record', 'schema'],
  ['class', 'schema'],
  ['interface', 'schema'],
  ['input', 'source'],
  ['stream', 'source'],
  ['output', 'sink'],
  ['use', 'import'],
  ['using', 'import'],
  ['include', 'import'],
  ['from', 'import'],
  ['parameter', 'param'],
  ['arg', 'param'],
  ['pipeline', 'let'],
]);
/** What follows the name in a statement: two tokens that are enough to know one anywhere on a line. */
const AFTER_NAME: ReadonlyMap<TokenType, readonly TokenType[]> = new Map([
  [tokens.ParamWord, [tokens.Colon]],
  [tokens.SchemaWord, [tokens.BraceOpen]],
  [tokens.FnWord, [tokens.ParenOpen]],
  [tokens.SourceWord, [tokens.Assign]],
  [tokens.ModelWord, [tokens.Assign]],
  [tokens.ScheduleWord, [tokens.Assign]],
  [tokens.LetWord, [tokens.Assign]],
  [tokens.SinkWord, [tokens.Assign]],
]);

interface Open {
  readonly token: IToken;
  /** A block of stages, where `|` may stand. */
  readonly stages: boolean;
  /** The body of a `test`, where steps stand. */
  readonly test: boolean;
}

export interface Retagged {
  readonly tokens: IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

function retag(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
}
/** The type a token stands for: its own, or that of the right spelling. */
export function meaning(token: IToken): TokenType {
  return token.tokenType.CATEGORIES?.[0] ?? token.tokenType;
}
function startsLine(token: IToken, before: IToken | undefined): boolean {
  return before === undefined || (before.endLine ?? 0) < (token.startLine ?? 0);
}

/**
 * Prepares tokens for the parser: promotes words to keywords where they stand as such, merges `5 days`, and makes brackets
 * balance. An opener that is never closed gets its closer at the likeliest place (before the next statement, before a `|`
 * that cannot stand inside, before an outer closer), with a diagnostic at the opener; so the parser never loses its footing.
 */
export function retagTokens(path: string, lexed: readonly IToken[]): Retagged {
  return new Retagger(path, merged(path, lexed)).run();
}

/** `5 days` and `is not null`: several words that are one token. */
function merged(path: string, lexed: readonly IToken[]): { tokens: IToken[]; diagnostics: Diagnostic[] } {
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

class Retagger {
  private readonly path: string;
  private readonly input: readonly IToken[];
  private readonly diagnostics: Diagnostic[];
  private readonly out: IToken[] = [];
  private readonly open: Open[] = [];
  private testAhead = false;
  /** The rest of the file was left out: what is open need not be said. */
  private cut = false;
  private angles = 0;

  constructor(path: string, input: { tokens: readonly IToken[]; diagnostics: Diagnostic[] }) {
    this.path = path;
    this.input = input.tokens;
    this.diagnostics = input.diagnostics;
  }

  run(): Retagged {
    for (let i = 0; i < this.input.length; i++) {
      const token = this.input[i]!;
      if (token.tokenType === tokens.Less) this.angles++;
      else if (token.tokenType !== tokens.Name) this.angles = 0;
      if (this.open.length >= MAX_DEPTH || this.angles >= MAX_DEPTH) {
        this.diagnostics.push(diagnostic('E128', spanOf(this.path, token), { limit: String(MAX_DEPTH) }));
        this.cut = true;
        break;
      }
      this.statement(i, token);
      this.word(i, token);
      this.bracket(i, token);
    }
    while (this.open.length > 0) this.closeTop(null);
    return { tokens: this.out, diagnostics: this.diagnostics };
  }

  /** Promotes the word that begins a statement, closing what is still open before it. */
  private statement(i: number, token: IToken): void {
    if (token.tokenType !== tokens.Name) return;
    const before = this.out.at(-1);
    if (before && (before.tokenType === tokens.Pipe || before.tokenType === tokens.Dot)) return;
    const type = this.statementType(i, token, before);
    if (type === null) return;
    while (this.open.length > 0) this.closeTop(token);
    retag(token, type);
    this.testAhead = type === tokens.TestWord;
    const name = this.input[i + 1];
    if (name && type !== tokens.ImportWord && tokens.RESERVED.has(name.tokenType)) this.reservedName(name);
    const version = this.input[i + 2];
    if (type === tokens.FlowWord && version && /^v\d+$/.test(version.image)) retag(version, tokens.Version);
  }

  private statementType(i: number, token: IToken, before: IToken | undefined): TokenType | null {
    const next = this.input[i + 1];
    const after = this.input[i + 2];
    const first = startsLine(token, before);
    const nested = this.open.length > 0;
    // Inside brackets only a word at the line's very beginning can be a statement: the author forgot to close.
    if (nested && token.startColumn !== 1) return null;
    const plainNext = next !== undefined && (next.tokenType === tokens.Name || tokens.RESERVED.has(next.tokenType));
    const type = tokens.STATEMENT_WORDS.get(token.image);
    if (type === undefined) return this.misspelt(token, next, after, first && !nested, before);
    if (type === tokens.ImportWord) {
      const follows = next !== undefined && next.startLine === token.endLine && !followsAsField(next);
      return follows && (first || before?.tokenType === tokens.Version) ? type : null;
    }
    if (type === tokens.TestWord) {
      const titled = first && next !== undefined && meaning(next) === tokens.StringLiteral;
      return titled && (!nested || after?.tokenType === tokens.BraceOpen) ? type : null;
    }
    if (!plainNext) {
      // `let = rows`, `flow` alone: a statement whose name is missing, if nothing else fits here.
      const alone = next === undefined || startsLine(next, token) || next.tokenType !== tokens.Name;
      const ended = before === undefined || ENDERS.has(meaning(before));
      return !nested && first && ended && alone && !followsAsField(next) ? type : null;
    }
    const certain = after !== undefined && (AFTER_NAME.get(type)?.includes(meaning(after)) ?? false);
    const sameLine = next.startLine === token.endLine;
    if (certain && (!nested || sameLine)) return type;
    if (!first || next.tokenType !== tokens.Name) return null;
    const ended = before === undefined || nested || ENDERS.has(meaning(before));
    return sameLine && ended ? type : null;
  }

  /** `lets x = …`, `def f(…) = …`: the statement that was meant. */
  private misspelt(
    token: IToken,
    next: IToken | undefined,
    after: IToken | undefined,
    possible: boolean,
    before: IToken | undefined,
  ): TokenType | null {
    if (!possible || next === undefined || after === undefined || next.startLine !== token.endLine) return null;
    if (before !== undefined && !ENDERS.has(meaning(before))) return null;
    const word =
      FOREIGN_STATEMENTS.get(token.image.toLowerCase()) ??
      nearest(token.image.toLowerCase(), tokens.STATEMENT_WORDS.keys());
    const type = word === null ? undefined : tokens.STATEMENT_WORDS.get(word);
    if (type === undefined || word === null) return null;
    const fits =
      type === tokens.ImportWord
        ? next.tokenType === tokens.BraceOpen
        : type === tokens.TestWord
          ? meaning(next) === tokens.StringLiteral && after.tokenType === tokens.BraceOpen
          : type === tokens.FlowWord
            ? next.tokenType === tokens.Name && /^v\d+$/.test(after.image)
            : next.tokenType === tokens.Name && (AFTER_NAME.get(type)?.includes(meaning(after)) ?? false);
    if (!fits) return null;
    this.diagnostics.push(
      diagnostic('E124', spanOf(this.path, token), { found: token.image, suggestion: `Did you mean \`${word}\`?` }),
    );
    return type;
  }

  /** Words that are keywords in one place only, and reserved words used as names. */
  private word(i: number, token: IToken): void {
    const before = this.out.at(-1);
    const next = this.input[i + 1];
    const top = this.open.at(-1);
    if (tokens.RESERVED.has(token.tokenType)) {
      const named = next && (next.tokenType === tokens.Assign || next.tokenType === tokens.Colon);
      if (named || before?.tokenType === tokens.Dot) this.reservedName(token);
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
    if (token.tokenType !== tokens.Name) return;
    if (token.image === 'from' && meaning(next ?? token) === tokens.StringLiteral && before?.image === '}') {
      retag(token, tokens.FromWord);
    } else if (
      token.image === 'pipeline' &&
      before?.tokenType === tokens.Assign &&
      this.out.at(-3)?.tokenType === tokens.LetWord &&
      (next?.tokenType === tokens.BraceOpen || next?.tokenType === tokens.ParenOpen)
    ) {
      retag(token, tokens.PipelineWord);
    } else if (top?.test === true) this.step(token, next, before);
    else this.capital(token, next, before);
  }

  private step(token: IToken, next: IToken | undefined, before: IToken | undefined): void {
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
      this.diagnostics.push(diagnostic('E124', spanOf(this.path, token), { found: token.image, suggestion }));
    }
    if (type !== undefined) retag(token, type);
  }

  private capital(token: IToken, next: IToken | undefined, before: IToken | undefined): void {
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
    this.slip(token);
  }

  private reservedName(token: IToken): void {
    if (token.tokenType === mistakes.ReservedName) return;
    retag(token, mistakes.ReservedName);
    this.slip(token);
  }
  private slip(token: IToken): void {
    const mistake = mistakes.MISTAKES.get(token.tokenType)!;
    this.diagnostics.push(reported(mistake.code, spanOf(this.path, token), mistake.details(token.image)));
  }

  private bracket(i: number, token: IToken): void {
    const type = token.tokenType;
    if (type === tokens.Pipe) this.pipe(i, token);
    if (type === tokens.Name) this.entry(i, token);
    if (CLOSER.has(type)) {
      const next = this.input[i + 1];
      this.open.push({
        token,
        stages: type === tokens.BraceOpen && next?.tokenType === tokens.Pipe,
        test: type === tokens.BraceOpen && this.testAhead,
      });
      if (type === tokens.BraceOpen) this.testAhead = false;
    }
    if (OPENER.has(type) && !this.close(token)) return;
    this.out.push(token);
  }

  /** A `|` cannot stand inside parentheses, lists or a block of fields: the bracket was forgotten, or `or` was meant. */
  private pipe(i: number, token: IToken): void {
    const top = this.open.at(-1);
    if (top === undefined || top.stages) return;
    const before = this.out.at(-1);
    if (before === top.token) return;
    if (!startsLine(token, before) && this.closesOnLine(i, top)) {
      retag(token, mistakes.PipeAsOr);
      this.slip(token);
      return;
    }
    while (this.open.length > 0 && !this.open.at(-1)!.stages) this.closeTop(token);
  }

  /** Whether the bracket `top` is closed on the line of token `i`. */
  private closesOnLine(i: number, top: Open): boolean {
    const wanted = CLOSER.get(top.token.tokenType);
    let depth = 0;
    const end = Math.min(this.input.length, i + MAX_AHEAD);
    for (let j = i; j < end && this.input[j]!.startLine === this.input[i]!.startLine; j++) {
      const type = this.input[j]!.tokenType;
      if (CLOSER.has(type)) depth++;
      else if (OPENER.has(type) && depth-- === 0) return type === wanted;
    }
    return false;
  }

  /** `name =` or `name:` on a new line, with no comma before it, is not inside the parenthesis or list above. */
  private entry(i: number, token: IToken): void {
    const next = this.input[i + 1];
    const before = this.out.at(-1);
    if (before === undefined || next === undefined || !startsLine(token, before) || !ENDERS.has(meaning(before)))
      return;
    if (next.tokenType !== tokens.Assign && next.tokenType !== tokens.Colon) return;
    if (!this.open.some(open => open.token.tokenType === tokens.BraceOpen)) return;
    while (this.open.length > 0 && this.open.at(-1)!.token.tokenType !== tokens.BraceOpen) this.closeTop(token);
  }

  /** Takes a closer off the stack; false where nothing is open for it, which drops it. */
  private close(token: IToken): boolean {
    const wanted = OPENER.get(token.tokenType);
    let at = this.open.length - 1;
    while (at >= 0 && this.open[at]!.token.tokenType !== wanted) at--;
    const top = this.open.at(-1);
    if (at < 0) {
      const sign = SIGN.get(token.tokenType) ?? '';
      const related = top ? [{ span: spanOf(this.path, top.token), message: 'this is open here' }] : [];
      this.diagnostics.push(diagnostic('E103', spanOf(this.path, token), { close: sign }, related));
      return false;
    }
    while (this.open.length - 1 > at) this.closeTop(token);
    this.open.pop();
    return true;
  }

  /** Adds the missing closer of the innermost bracket, before `at` (null: at the end of the file). */
  private closeTop(at: IToken | null): void {
    const open = this.open.pop()!;
    const type = CLOSER.get(open.token.tokenType)!;
    const last = this.out.at(-1) ?? open.token;
    const end = (last.endOffset ?? last.startOffset) + 1;
    const close = SIGN.get(type) ?? '';
    const place = at === null ? 'the file ends here' : `\`${close}\` is missing before this`;
    const related = at === null ? [] : [{ span: spanOf(this.path, at), message: place }];
    if (!this.cut) {
      this.diagnostics.push(
        diagnostic('E102', spanOf(this.path, open.token), { open: open.token.image, close }, related),
      );
    }
    const line = last.endLine ?? 1;
    const column = (last.endColumn ?? 0) + 1;
    this.out.push(createTokenInstance(type, '', end, end - 1, line, line, column, column));
  }
}

/** `source: …`, `model.version`, `table = …`: the word is a field, not a statement. */
function followsAsField(next: IToken | undefined): boolean {
  return (
    next !== undefined &&
    [tokens.Colon, tokens.Dot, tokens.Comma, tokens.Pipe, tokens.ParenOpen].includes(next.tokenType)
  );
}
