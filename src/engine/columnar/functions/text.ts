import { sha256 } from '../../base/sha256.ts';
import type { FunctionDefinition } from '../../contract/function.ts';
import { type Argument, BOOL, INT, int, NUMBERS, optional, passing, STRING, TEXTS, text } from './define.ts';

/** Characters are code points everywhere: a character beyond U+FFFF counts one, and is never cut in two. */
const characters = (x: string): string[] => Array.from(x);

export const concat: FunctionDefinition = Object.freeze({
  name: 'concat',
  summary: 'The texts one after another.',
  examples: [{ call: 'concat("a", "-", "b")', gives: 'a-b' }],
  signature: args => {
    if (args.length < 1) return { argument: -1, expected: 'texts' };
    const wrong = args.findIndex(argument => !TEXTS.includes(argument.type.kind));
    if (wrong >= 0) return { argument: wrong, expected: 'a text' };
    return { type: STRING, nullable: args.some(argument => argument.nullable) };
  },
  nulls: 'pass',
  evaluate: args => args.join(''),
  emit: args => args.join(' + '),
} satisfies FunctionDefinition);

function mapped(
  name: string,
  summary: string,
  call: string,
  gives: string,
  map: (x: string) => string,
): FunctionDefinition {
  return passing({
    name,
    summary,
    args: [text('x')],
    gives: STRING,
    examples: [{ call, gives }],
    evaluate: ([x]) => map(x as string),
  });
}
export const lower = mapped('lower', 'In small letters (Unicode, no locale).', 'lower("Ab")', 'ab', x =>
  x.toLowerCase(),
);
export const upper = mapped('upper', 'In capitals (Unicode, no locale).', 'upper("Ab")', 'AB', x => x.toUpperCase());
export const trim = mapped('trim', 'Without white space at both ends.', 'trim(" a ")', 'a', x => x.trim());

export const length = passing({
  name: 'length',
  summary: 'The number of characters (code points).',
  args: [text('x')],
  gives: INT,
  examples: [{ call: 'length("abc")', gives: 3 }],
  evaluate: ([x]) => characters(x as string).length,
});

function tested(
  name: string,
  summary: string,
  call: string,
  test: (x: string, part: string) => boolean,
): FunctionDefinition {
  return passing({
    name,
    summary,
    args: [text('x'), text('part')],
    gives: BOOL,
    examples: [{ call, gives: true }],
    evaluate: ([x, part]) => test(x as string, part as string),
  });
}
export const startsWith = tested(
  'starts_with',
  'Whether a text starts with another.',
  'starts_with("V57", "V")',
  (x, part) => x.startsWith(part),
);
export const endsWith = tested(
  'ends_with',
  'Whether a text ends with another.',
  'ends_with("a.csv", ".csv")',
  (x, part) => x.endsWith(part),
);
export const contains = tested('contains', 'Whether a text contains another.', 'contains("abc", "b")', (x, part) =>
  x.includes(part),
);

export const replace = passing({
  name: 'replace',
  summary: 'Every occurrence of a text replaced by another.',
  args: [text('x'), text('old'), text('new')],
  gives: STRING,
  examples: [{ call: 'replace("a-b-c", "-", "")', gives: 'abc' }],
  evaluate: ([x, old, fresh]) => (old === '' ? x : (x as string).split(old as string).join(fresh as string)),
});

export const substring = passing({
  name: 'substring',
  summary: 'Characters from a place (0 is the first) on, all or as many as given.',
  args: [text('x'), int('start'), optional(int('count'))],
  gives: STRING,
  examples: [
    { call: 'substring("abcd", 1, 2)', gives: 'bc' },
    { call: 'substring("abcd", 2)', gives: 'cd' },
  ],
  evaluate: ([x, start, count]) => {
    const from = Math.max(0, start as number);
    const to = count === undefined ? undefined : Math.max(from, (start as number) + (count as number));
    return characters(x as string)
      .slice(from, to)
      .join('');
  },
});

/** Only remembers compiled patterns. */
const patterns = new Map<string, RegExp | null>();

function patternOf(source: string): RegExp | null {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    try {
      pattern = new RegExp(source, 'u');
    } catch {
      pattern = null;
    }
    if (patterns.size > 1000) patterns.clear();
    patterns.set(source, pattern);
  }
  return pattern;
}

export const match = passing({
  name: 'match',
  summary: 'What a regular expression matches first, or its group of that number; null where it does not match.',
  args: [text('x'), text('pattern'), optional(int('group'))],
  gives: STRING,
  partial: true,
  check: args => {
    const { literal } = args[1];
    if (typeof literal !== 'string') return { argument: 1, expected: 'a regular expression as a literal' };
    return patternOf(literal) === null ? { argument: 1, expected: 'a valid regular expression' } : null;
  },
  examples: [
    { call: 'match("[40-50)", "\\\\[(\\\\d+)-", 1)', gives: '40' },
    { call: 'match("abc", "x")', gives: null },
  ],
  evaluate: ([x, pattern, group]) =>
    patternOf(pattern as string)?.exec(x as string)?.[(group as number | undefined) ?? 0] ?? null,
});

const plain: Argument = { name: 'x', kinds: [...TEXTS, ...NUMBERS, 'date', 'timestamp'], says: 'a plain value' };

export const hash = passing({
  name: 'hash',
  summary:
    'A pseudonym: the first 32 hex digits of the SHA-256 of a secret salt and the value. Without a salt, short ids can be guessed.',
  args: [plain, optional(text('salt'))],
  gives: STRING,
  examples: [{ call: 'length(hash("p1", "salt"))', gives: 32 }],
  sheds: () => true,
  evaluate: ([x, salt]) => sha256(new TextEncoder().encode(`${salt ?? ''}\u0000${String(x)}`)).slice(0, 32),
});

/** A mask that keeps more characters may still tell a person. */
const MOST_KEPT = 4;

export const mask = passing({
  name: 'mask',
  summary: `The text with every character replaced by * but the last few: as many as given (else none), and never more than half. It sheds \`@phi\` where it keeps at most ${MOST_KEPT}, written out.`,
  args: [text('x'), optional(int('keep'))],
  gives: STRING,
  examples: [
    { call: 'mask("12345", 2)', gives: '***45' },
    { call: 'mask("123", 2)', gives: '**3' },
  ],
  sheds: ([, keep]) =>
    keep === undefined || (keep.op === 'literal' && typeof keep.value === 'number' && keep.value <= MOST_KEPT),
  evaluate: ([x, keep]) => {
    const all = characters(x as string);
    // Of a short text a few characters would be nearly all of it.
    const shown = Math.min(Math.max(0, (keep as number | undefined) ?? 0), Math.floor(all.length / 2));
    const hidden = all.length - shown;
    return '*'.repeat(hidden) + all.slice(hidden).join('');
  },
});
