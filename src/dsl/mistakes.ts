import { createToken, Lexer, type TokenType } from 'chevrotain';
import type { DiagnosticCode } from './diagnostics/catalogue.ts';
import * as tokens from './tokens.ts';

/**
 * What people write who come from another language. Each is a token of its own that stands for the right one (its category),
 * so that one slip gives one diagnostic and the parser goes on as if it had been written well.
 */
export interface Mistake {
  readonly code: DiagnosticCode;
  /** Details for the diagnostic's template, from the text found. */
  details(image: string): Readonly<Record<string, string>>;
}

const found: [TokenType, Mistake][] = [];

function mistake(
  name: string,
  pattern: RegExp,
  means: TokenType | null,
  code: DiagnosticCode,
  details: (image: string) => Readonly<Record<string, string>>,
  multiline = false,
): TokenType {
  const type = createToken({
    name,
    pattern,
    ...(means === null ? { group: 'mistakes' } : { categories: [means] }),
    line_breaks: multiline,
  });
  found.push([type, { code, details }]);
  return type;
}
const operator = (name: string, pattern: RegExp, means: TokenType, instead: string): TokenType =>
  mistake(name, pattern, means, 'E110', image => ({ found: image, instead }));

/** The characters inside a mistaken quotation, as a flow would write them. */
function requoted(image: string): string {
  const inner = image.replace(/^['`\u2018\u201a\u201b\u201c\u201d\u201e]|['`\u2018\u2019\u201c\u201d"]$/g, '');
  return `"${inner.replaceAll('"', '\\"')}"`;
}
/** An inner quote or a line end would make another text than was meant. */
const quoted = (name: string, pattern: RegExp): TokenType =>
  mistake(name, pattern, tokens.StringLiteral, 'E106', image => ({ found: image[0] ?? '', instead: requoted(image) }));

/** It was to end before a bracket, a comma, a stage or a block. */
export const OpenString = mistake(
  'OpenString',
  /"(?:(?!\s[|{]\s)[^"\n\r,)}\]])*/,
  tokens.StringLiteral,
  'E105',
  image => ({
    instead: `${image.trimEnd()}"`,
  }),
);
export const SingleQuoted = quoted('SingleQuoted', /'[^'\n\r]*'?/);
export const Backquoted = quoted('Backquoted', /`[^`\n\r]*`?/);
export const SmartQuoted = quoted(
  'SmartQuoted',
  /[\u2018\u201a\u201b\u201c\u201d\u201e][^\u2018\u2019\u201c\u201d"\n\r]*[\u2018\u2019\u201c\u201d"]?/,
);

const comment = (name: string, pattern: RegExp, multiline = false): TokenType =>
  mistake(name, pattern, null, 'E107', image => ({ found: image.slice(0, image[0] === '/' ? 2 : 1) }), multiline);
export const BlockComment = comment('BlockComment', /\/\*[^*]*(?:\*+[^*/][^*]*)*(?:\*+\/)?/, true);
export const HashComment = comment('HashComment', /#[^\n\r]*/);

export const Semicolon = mistake('Semicolon', /;/, null, 'E108', () => ({}));
export const OddSpace = mistake('OddSpace', /[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]/, null, 'E134', image => ({
  code: `U+${(image.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
}));

export const ForeignName = mistake(
  'ForeignName',
  /(?:[A-Za-z_]\w*)?[\u00aa-\u00b6\u00b8-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u1fff\u3041-\ud7ff\uf900-\ufdff][\w\u00aa-\u00b6\u00b8-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u1fff\u3041-\ud7ff\uf900-\ufdff]*/,
  tokens.Name,
  'E137',
  image => ({ name: image }),
);

export const UnderscoredNumber = mistake(
  'UnderscoredNumber',
  /\d+(?:_\d+)+(?!\w)/,
  tokens.IntLiteral,
  'E119',
  image => ({
    found: image,
    instead: image.replaceAll('_', ''),
  }),
);
/** `70%`, where nothing follows that it could be the rest of a division by. */
export const Percentage = mistake(
  'Percentage',
  /\d+(?:\.\d+)?%(?=[ \t]*[,)}\]|\n\r])/,
  tokens.FloatLiteral,
  'E119',
  image => ({
    found: image,
    instead: String(Number(image.slice(0, -1)) / 100),
  }),
);
export const LeadingDot = mistake('LeadingDot', /\.\d+(?:[eE][+-]?\d+)?/, tokens.FloatLiteral, 'E119', image => ({
  found: image,
  instead: `0${image}`,
}));
export const TrailingDot = mistake('TrailingDot', /\d+\.(?![.\w])/, tokens.FloatLiteral, 'E119', image => ({
  found: image,
  instead: `${image}0`,
}));
export const WrongUnit = mistake('WrongUnit', /\d+(?:\.\d+)?[A-Za-z_]\w*/, tokens.DurationLiteral, 'E117', image => ({
  found: image,
  advice: unitAdvice(image),
}));
/** `5 days`: made by `merged-words.ts` from a number and the word after it. */
export const SpacedUnit = mistake('SpacedUnit', Lexer.NA, tokens.DurationLiteral, 'E117', image => ({
  found: image,
  advice: unitAdvice(image),
}));

const UNIT_WORDS: Readonly<Record<string, string>> = Object.freeze({
  ms: 'ms',
  msec: 'ms',
  millis: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
});
const LONG_UNITS: Readonly<Record<string, number>> = Object.freeze({
  w: 7,
  wk: 7,
  week: 7,
  weeks: 7,
  mo: 30,
  mon: 30,
  month: 30,
  months: 30,
  y: 365,
  yr: 365,
  yrs: 365,
  year: 365,
  years: 365,
});
const MILLIS: Readonly<Record<string, number>> = Object.freeze({ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 });

/** Whether a word after a number is meant as its unit. */
export function isUnitWord(word: string): boolean {
  const lower = word.toLowerCase();
  return Object.hasOwn(UNIT_WORDS, lower) || Object.hasOwn(LONG_UNITS, lower) || /^[kmgt]i?b$/i.test(word);
}

/** How to write a number with this unit well. */
function unitAdvice(image: string): string {
  const parts = /^(\d+(?:\.\d+)?)\s*(.*)$/s.exec(image);
  const number = parts?.[1] ?? '1';
  const word = (parts?.[2] ?? '').toLowerCase();
  const long = Object.hasOwn(LONG_UNITS, word) ? LONG_UNITS[word] : undefined;
  if (long === 7) return `Write it in days: \`${Math.round(Number(number) * 7)}d\`.`;
  if (long !== undefined) {
    const days = Math.round(Number(number) * long);
    return `Months and years differ in length, so they are not units. Write it in days: \`${days}d\`.`;
  }
  const unit = Object.hasOwn(UNIT_WORDS, word) ? UNIT_WORDS[word] : undefined;
  if (unit !== undefined) {
    if (!number.includes('.')) return `Write \`${number}${unit}\`.`;
    const smaller = unit === 'd' ? 'h' : unit === 'h' ? 'm' : unit === 'm' ? 's' : 'ms';
    const amount = Math.round((Number(number) * (MILLIS[unit] ?? 1)) / (MILLIS[smaller] ?? 1));
    return `Durations are whole numbers. Write \`${amount}${smaller}\`.`;
  }
  if (/^[kmgt]i?b$/.test(word)) return `Write \`${number}${word[0]?.toUpperCase()}${word.slice(1, -1)}B\`.`;
  return 'The units are `ms s m h d` for durations, and `B KB MB GB` for sizes.';
}

export const StrictEqual = operator('StrictEqual', /===/, tokens.Equal, '==');
export const StrictNotEqual = operator('StrictNotEqual', /!==/, tokens.NotEqual, '!=');
export const SqlNotEqual = operator('SqlNotEqual', /<>/, tokens.NotEqual, '!=');
export const NotEqualSign = operator('NotEqualSign', /\u2260/, tokens.NotEqual, '!=');
export const AtMostSign = operator('AtMostSign', /\u2264/, tokens.AtMost, '<=');
export const AtLeastSign = operator('AtLeastSign', /\u2265/, tokens.AtLeast, '>=');
export const TimesSign = operator('TimesSign', /[\u00d7\u00b7]/, tokens.Star, '*');
export const MinusSign = operator('MinusSign', /[\u2212\u2013\u2014]/, tokens.Minus, '-');
export const Ampersands = operator('Ampersands', /&&?/, tokens.And, 'and');
export const DoublePipe = operator('DoublePipe', /\|\|/, tokens.Or, 'or');
export const PipeArrow = operator('PipeArrow', /\|>/, tokens.Pipe, '|');
export const Bang = operator('Bang', /!/, tokens.Not, 'not');
export const ColonAssign = operator('ColonAssign', /:=/, tokens.Assign, '=');
export const Ellipsis = operator('Ellipsis', /\.\.\.|\.\.=|\u2026/, tokens.DotDot, '..');
export const FatArrow = operator('FatArrow', /=>/, tokens.Assign, '=` or `>=');
export const Arrow = operator('Arrow', /->|\u2192/, tokens.Pipe, '|');
/** Set while retagging: `|` between two conditions, `AND` in capitals, `x is null`. */
export const PipeAsOr = operator('PipeAsOr', Lexer.NA, tokens.Or, 'or');
export const CapitalAnd = operator('CapitalAnd', Lexer.NA, tokens.And, 'and');
export const CapitalOr = operator('CapitalOr', Lexer.NA, tokens.Or, 'or');
export const CapitalIn = operator('CapitalIn', Lexer.NA, tokens.In, 'in');
export const CapitalNot = operator('CapitalNot', Lexer.NA, tokens.Not, 'not');
export const IsWord = operator('IsWord', Lexer.NA, tokens.Equal, '==');
export const IsNotWords = operator('IsNotWords', Lexer.NA, tokens.NotEqual, '!=');
export const Power = operator('Power', /\*\*|\^/, tokens.Star, 'pow(x, y)');
export const Compound = operator('Compound', /[+\-/]=/, tokens.Assign, '= x + …');
export const Increment = operator('Increment', /\+\+/, tokens.Plus, '+ 1');

/** Set while retagging: `x like "a%"`, `a if b else c`, `a ? b : c`. The line they stand in is not read on as written. */
const phrase = (name: string, means: TokenType): TokenType =>
  mistake(name, Lexer.NA, means, 'E139', image => ({ found: image, instead: PHRASES.get(image.toLowerCase()) ?? '' }));
/** Words and signs that stand between values elsewhere, and how that is written here. */
export const PHRASES: ReadonlyMap<string, string> = new Map([
  ['like', '`starts_with(x, "a")`, `contains(x, "a")`, or by a pattern `match(x, "^a.*") != null`'],
  ['ilike', '`starts_with(lower(x), "a")`, `contains(lower(x), "a")`, or by a pattern `match(lower(x), "^a") != null`'],
  ['matches', '`match(x, "^a.*") != null`'],
  ['contains', '`contains(x, "a")`'],
  ['between', '`x in 1..9`'],
  ['if', '`if(condition, a, b)`'],
  ['else', '`if(condition, a, b)`'],
  ['?', '`if(condition, a, b)`'],
]);
/** `age desc`: set while retagging. */
export const OrderWord = mistake('OrderWord', Lexer.NA, tokens.And, 'E139', image => ({
  found: image,
  instead: `\`order: ${image.toLowerCase().startsWith('a') ? 'asc' : 'desc'}\` beside \`by:\``,
}));
/** `int | null`: set while retagging. */
export const NullUnion = mistake('NullUnion', Lexer.NA, tokens.Or, 'E139', () => ({
  found: '| null',
  instead: 'a `?` behind the type, `int?`; of a value `x == null`',
}));
export const InfixWord = phrase('InfixWord', tokens.Equal);
export const InfixIf = phrase('InfixIf', tokens.And);
/** Codes after which nothing else is said of a line: what stands there was not read as it was meant. */
export const WHOLE_LINE: ReadonlySet<string> = new Set(['E105', 'E139']);
/** Set while retagging: `let in = …`. */
export const ReservedName = mistake('ReservedName', Lexer.NA, tokens.Name, 'E116', image => ({ name: image }));

export const MISTAKES: ReadonlyMap<TokenType, Mistake> = new Map(found);
