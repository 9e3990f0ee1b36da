import { createToken, Lexer, type TokenType } from 'chevrotain';

/**
 * The tokens of a .flow file. Words are all `Name`, except the seven reserved ones; `retag.ts` promotes a word to a keyword
 * where it stands as one, so that a column may be called `source`, `model` or `test`. What other languages would write (`&&`,
 * `'text'`, `# note`) has tokens of its own (`mistakes.ts`), which stand for what was meant.
 */
const punctuation = (name: string, text: string): TokenType =>
  createToken({ name, pattern: text, label: `\`${text}\`` });

/** A mark only: never matched by the lexer, set by `retag.ts` or used as a category. */
const mark = (name: string, label: string): TokenType => createToken({ name, pattern: Lexer.NA, label });

export const Name = createToken({ name: 'Name', pattern: /[A-Za-z_]\w*/, label: 'a name' });
const reserved = (name: string, word: string): TokenType =>
  createToken({ name, pattern: word, longer_alt: Name, label: `\`${word}\`` });

export const And = reserved('And', 'and');
export const Or = reserved('Or', 'or');
export const Not = reserved('Not', 'not');
export const In = reserved('In', 'in');
export const True = reserved('True', 'true');
export const False = reserved('False', 'false');
export const Null = reserved('Null', 'null');

export const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /[ \t\r\n]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
export const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\n\r]*/, group: 'comments' });

const TEXT = /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"/y;
/** What stands right after a whole text: never a word. */
const AFTER_TEXT = /$|[\s,)\]}:|?=!<>+.;]|\/\//y;
/** As far as is looked: a line may be as long as its file. */
const REST_OF_LINE = /[^\n\r]{0,500}/y;

/**
 * A whole text. Where the quotes left on a line are odd, and a word follows the closing one (`"A | write topic("out")`), that
 * one opens the next text, and this one was never closed.
 */
function wholeText(text: string, offset: number): RegExpExecArray | null {
  TEXT.lastIndex = offset;
  const found = TEXT.exec(text);
  if (found === null) return null;
  const end = TEXT.lastIndex;
  AFTER_TEXT.lastIndex = end;
  if (AFTER_TEXT.test(text)) return found;
  REST_OF_LINE.lastIndex = end;
  const quotes = REST_OF_LINE.exec(text)?.[0].split('"').length ?? 1;
  return quotes % 2 === 0 ? null : found;
}

export const StringLiteral = createToken({
  name: 'StringLiteral',
  pattern: wholeText,
  line_breaks: false,
  start_chars_hint: ['"'],
  label: 'a text in double quotes',
});
export const DateLiteral = createToken({
  name: 'DateLiteral',
  pattern: /@\d[0-9A-Za-z:+-]*(?:\.\d[0-9A-Za-z:+-]*)?/,
  label: 'a date',
});
export const AnnotationName = createToken({ name: 'AnnotationName', pattern: /@[A-Za-z_]\w*/, label: 'an annotation' });
export const DurationLiteral = createToken({
  name: 'DurationLiteral',
  pattern: /\d+(?:ms|s|m|h|d)(?!\w)/,
  label: 'a duration',
});
export const SizeLiteral = createToken({ name: 'SizeLiteral', pattern: /\d+(?:[KMGT]i?)?B(?!\w)/, label: 'a size' });
export const FloatLiteral = createToken({
  name: 'FloatLiteral',
  pattern: /\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)(?!\w)/,
  label: 'a number',
});
export const IntLiteral = createToken({ name: 'IntLiteral', pattern: /\d+/, label: 'a whole number' });
export const Parameter = createToken({ name: 'Parameter', pattern: /\$[A-Za-z_]\w*/, label: 'a `$parameter`' });

export const Equal = punctuation('Equal', '==');
export const NotEqual = punctuation('NotEqual', '!=');
export const AtMost = punctuation('AtMost', '<=');
export const AtLeast = punctuation('AtLeast', '>=');
export const Less = punctuation('Less', '<');
export const Greater = punctuation('Greater', '>');
export const Coalesce = punctuation('Coalesce', '??');
export const Question = punctuation('Question', '?');
export const DotDot = punctuation('DotDot', '..');
export const Dot = punctuation('Dot', '.');
export const Assign = punctuation('Assign', '=');
export const Pipe = punctuation('Pipe', '|');
export const Comma = punctuation('Comma', ',');
export const Colon = punctuation('Colon', ':');
export const Plus = punctuation('Plus', '+');
export const Minus = punctuation('Minus', '-');
export const Star = punctuation('Star', '*');
export const Slash = punctuation('Slash', '/');
export const Percent = punctuation('Percent', '%');
export const BraceOpen = punctuation('BraceOpen', '{');
export const BraceClose = punctuation('BraceClose', '}');
export const BracketOpen = punctuation('BracketOpen', '[');
export const BracketClose = punctuation('BracketClose', ']');
export const ParenOpen = punctuation('ParenOpen', '(');
export const ParenClose = punctuation('ParenClose', ')');

/** `*` as an entry of a block, all fields; as against a product. */
export const AllFields = mark('AllFields', '`*`');
/** `v3` in the flow line. */
export const Version = mark('Version', 'a version such as `v1`');
export const FlowWord = mark('FlowWord', '`flow`');
export const ImportWord = mark('ImportWord', '`import`');
export const FromWord = mark('FromWord', '`from`');
export const ParamWord = mark('ParamWord', '`param`');
export const SchemaWord = mark('SchemaWord', '`schema`');
export const FnWord = mark('FnWord', '`fn`');
/** `source` and `table`. */
export const SourceWord = mark('SourceWord', '`source`');
export const ModelWord = mark('ModelWord', '`model`');
export const ScheduleWord = mark('ScheduleWord', '`schedule`');
export const LetWord = mark('LetWord', '`let`');
export const SinkWord = mark('SinkWord', '`sink`');
export const TestWord = mark('TestWord', '`test`');
export const PipelineWord = mark('PipelineWord', '`pipeline`');
export const GivenWord = mark('GivenWord', '`given`');
export const ExpectWord = mark('ExpectWord', '`expect`');
export const AdvanceWord = mark('AdvanceWord', '`advance`');

export const STATEMENT_WORDS: ReadonlyMap<string, TokenType> = new Map([
  ['flow', FlowWord],
  ['import', ImportWord],
  ['param', ParamWord],
  ['schema', SchemaWord],
  ['fn', FnWord],
  ['source', SourceWord],
  ['table', SourceWord],
  ['model', ModelWord],
  ['schedule', ScheduleWord],
  ['let', LetWord],
  ['sink', SinkWord],
  ['test', TestWord],
]);
export const STEP_WORDS: ReadonlyMap<string, TokenType> = new Map([
  ['given', GivenWord],
  ['expect', ExpectWord],
  ['advance', AdvanceWord],
]);
export const RESERVED: ReadonlySet<TokenType> = new Set([And, Or, Not, In, True, False, Null]);

export const MARKS: readonly TokenType[] = [
  ...new Set([...STATEMENT_WORDS.values(), ...STEP_WORDS.values()]),
  AllFields,
  Version,
  FromWord,
  PipelineWord,
];
