import type { IToken, TokenType } from 'chevrotain';
import { closeTop } from './brackets.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { nearest } from './diagnostics/nearest.ts';
import { spanOf } from './lexer.ts';
import { type Retagging, reservedName, retag } from './retagging.ts';
import { ENDERS, meaning, startsLine } from './token-meaning.ts';
import * as tokens from './tokens.ts';

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

/** Promotes the word that begins a statement, closing what is still open before it. */
export function statement(of: Retagging, i: number, token: IToken): void {
  if (token.tokenType !== tokens.Name) return;
  const before = of.out.at(-1);
  if (before && (before.tokenType === tokens.Pipe || before.tokenType === tokens.Dot)) return;
  const type = statementType(of, i, token, before);
  if (type === null) return;
  while (of.open.length > 0) closeTop(of, token);
  retag(token, type);
  of.testAhead = type === tokens.TestWord;
  const name = of.input[i + 1];
  if (name && type !== tokens.ImportWord && tokens.RESERVED.has(name.tokenType)) reservedName(of, name);
  const version = of.input[i + 2];
  if (type === tokens.FlowWord && version && /^v\d+$/.test(version.image)) retag(version, tokens.Version);
}

function statementType(of: Retagging, i: number, token: IToken, before: IToken | undefined): TokenType | null {
  const next = of.input[i + 1];
  const after = of.input[i + 2];
  const first = startsLine(token, before);
  const nested = of.open.length > 0;
  // Inside brackets only a word at the line's very beginning can be a statement: the author forgot to close.
  if (nested && token.startColumn !== 1) return null;
  const plainNext = next !== undefined && (next.tokenType === tokens.Name || tokens.RESERVED.has(next.tokenType));
  const type = tokens.STATEMENT_WORDS.get(token.image);
  if (type === undefined) return misspelt(of, token, next, after, first && !nested, before);
  if (type === tokens.ImportWord) {
    const follows = next !== undefined && next.startLine === token.endLine && !followsAsField(next);
    return follows && (first || before?.tokenType === tokens.Version) ? type : null;
  }
  if (type === tokens.TestWord) {
    // Without its title it is still a test, where none of its steps could be anything else. In an expression that goes on it is a column.
    const ended = before === undefined || ENDERS.has(meaning(before));
    const hasStep = next?.tokenType === tokens.BraceOpen && after?.image === 'given';
    if (first && !nested && ended && hasStep) return type;
    const titled = first && next !== undefined && meaning(next) === tokens.StringLiteral;
    return titled && (!nested || after?.tokenType === tokens.BraceOpen) ? type : null;
  }
  if (!plainNext) {
    // `let = rows`, `flow` alone: a statement whose name is missing, if nothing else fits here.
    const alone = next === undefined || startsLine(next, token) || next.tokenType !== tokens.Name;
    const ended = before === undefined || ENDERS.has(meaning(before));
    return !nested && first && ended && alone && !followsAsField(next) ? type : null;
  }
  const isFrom = type === tokens.SchemaWord && after?.image === 'from' && of.input[i + 3]?.image === 'registry';
  const certain = isFrom || (after !== undefined && (AFTER_NAME.get(type)?.includes(meaning(after)) ?? false));
  const sameLine = next.startLine === token.endLine;
  if (certain && (!nested || sameLine)) return type;
  if (!first || next.tokenType !== tokens.Name) return null;
  const ended = before === undefined || nested || ENDERS.has(meaning(before));
  return sameLine && ended ? type : null;
}

/** `lets x = …`, `def f(…) = …`: the statement that was meant. */
function misspelt(
  of: Retagging,
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
  of.diagnostics.push(
    diagnostic('E124', spanOf(of.path, token), { found: token.image, suggestion: `Did you mean \`${word}\`?` }),
  );
  return type;
}

/** `source: …`, `model.version`, `table = …`: the word is a field, not a statement. */
function followsAsField(next: IToken | undefined): boolean {
  return (
    next !== undefined &&
    [tokens.Colon, tokens.Dot, tokens.Comma, tokens.Pipe, tokens.ParenOpen].includes(next.tokenType)
  );
}
