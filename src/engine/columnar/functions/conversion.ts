import type { ArgumentType, FunctionDefinition } from '../../contract/function.ts';
import type { TypeKind } from '../../contract/types.ts';
import { formatDate, formatInstant, parseDate, parseInstant } from '../instants.ts';
import { MAX_INT } from '../settle.ts';
import { instantOf, isZone, zoneOffset } from '../zones.ts';
import {
  type Argument,
  BOOL,
  DATE,
  DURATION,
  FLOAT,
  INT,
  NUMBERS,
  optional,
  passing,
  STRING,
  TEXTS,
  TIMESTAMP,
} from './define.ts';

const DAY_MS = 86_400_000;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;

const of = (says: string, ...kinds: TypeKind[]): Argument => ({ name: 'x', kinds, says });
const isText = (argument: ArgumentType): boolean => TEXTS.includes(argument.type.kind);
const fromText = (args: readonly ArgumentType[]): boolean => isText(args[0]);

export const toInt = passing({
  name: 'int',
  units: 'kept',
  summary:
    'As an int: a text of digits (null otherwise), a float cut towards 0, a bool as 0 or 1, a time in its own unit.',
  args: [of('a text, a number, a bool or a time', ...TEXTS, ...NUMBERS, 'bool', 'timestamp', 'date', 'duration')],
  gives: INT,
  partial: fromText,
  examples: [
    { call: 'int("42")', gives: 42 },
    { call: 'int("4.2")', gives: null },
    { call: 'int(-4.9)', gives: -4 },
  ],
  evaluate: ([x]) => {
    if (typeof x !== 'string') return Math.trunc(Number(x));
    const digits = x.trim();
    const value = WHOLE.test(digits) ? Number(digits) : Number.NaN;
    return Math.abs(value) <= MAX_INT ? value : null;
  },
  emit: ([x], call) => (isTextCall(call) ? null : `Math.trunc(${x})`),
});

export const toFloat = passing({
  name: 'float',
  units: 'kept',
  summary: 'As a float: a decimal text (null otherwise), an int as it is, a bool as 0 or 1.',
  args: [of('a text, a number or a bool', ...TEXTS, ...NUMBERS, 'bool')],
  gives: FLOAT,
  partial: fromText,
  examples: [
    { call: 'float("1.5e2")', gives: 150 },
    { call: 'float("x")', gives: null },
  ],
  propagatesNaN: true,
  evaluate: ([x]) => {
    if (typeof x !== 'string') return Number(x);
    const decimal = x.trim();
    return DECIMAL.test(decimal) ? Number(decimal) : null;
  },
  emit: ([x], call) => (isTextCall(call) ? null : `+${x}`),
});

export const toBool = passing({
  name: 'bool',
  summary: 'As a condition: the texts "true" and "false" (null otherwise), a number that is not 0.',
  args: [of('a text, a number or a bool', ...TEXTS, ...NUMBERS, 'bool')],
  gives: BOOL,
  partial: fromText,
  examples: [
    { call: 'bool("true")', gives: true },
    { call: 'bool(0)', gives: false },
  ],
  evaluate: ([x]) => {
    if (typeof x !== 'string') return Number(x) !== 0;
    return x === 'true' ? true : x === 'false' ? false : null;
  },
});

export const toText = passing({
  name: 'string',
  summary: 'As a text: numbers in their shortest form, dates and instants as ISO 8601, durations as ms.',
  args: [of('a plain value', ...TEXTS, ...NUMBERS, 'bool', 'timestamp', 'date', 'duration')],
  gives: STRING,
  examples: [
    { call: 'string(1.50)', gives: '1.5' },
    { call: 'string(@2026-01-31)', gives: '2026-01-31' },
  ],
  evaluate: ([x], call) => {
    const { kind } = call.args[0].type;
    if (kind === 'date') return formatDate(x as number);
    if (kind === 'timestamp') return formatInstant(x as number);
    return kind === 'duration' ? `${x}ms` : String(x);
  },
  emit: ([x], call) => (PLAIN_TEXT.has(call.args[0].type.kind) ? `'' + ${x}` : null),
});
/** Kinds whose text is what JavaScript makes of the value. */
const PLAIN_TEXT: ReadonlySet<TypeKind> = new Set([...TEXTS, ...NUMBERS, 'bool']);

const zone: Argument = optional({ name: 'zone', kinds: TEXTS, says: 'the name of a time zone' });
export const checkZone =
  (place: number) =>
  (args: readonly ArgumentType[]): { argument: number; expected: string } | null => {
    const literal = args[place]?.literal;
    return typeof literal !== 'string' || isZone(literal)
      ? null
      : { argument: place, expected: 'the name of a time zone' };
  };

export const toDate = passing({
  name: 'date',
  summary: 'As a date: a text YYYY-MM-DD (null otherwise), or the day of an instant, in UTC or in a zone.',
  args: [of('a text, a timestamp or a date', ...TEXTS, 'timestamp', 'date'), zone],
  gives: DATE,
  partial: fromText,
  check: checkZone(1),
  examples: [
    { call: 'string(date(@2026-01-31T23:30:00Z, "Europe/Berlin"))', gives: '2026-02-01' },
    { call: 'date("2026-02-30")', gives: null },
  ],
  evaluate: ([x, name], call) => {
    if (typeof x === 'string') return parseDate(x);
    if (call.args[0].type.kind === 'date') return x;
    const instant = x as number;
    return Math.floor((instant + (typeof name === 'string' ? zoneOffset(instant, name) : 0)) / DAY_MS);
  },
});

export const toTimestamp = passing({
  name: 'timestamp',
  summary:
    'As an instant: an ISO 8601 text (null otherwise, and null without an offset where no zone is given), the start of a date, ms since 1970.',
  args: [of('a text, a date or an int', ...TEXTS, 'date', 'int', 'timestamp'), zone],
  gives: TIMESTAMP,
  partial: fromText,
  check: checkZone(1),
  examples: [
    { call: 'string(timestamp("2026-01-01T01:00:00+01:00"))', gives: '2026-01-01T00:00:00.000Z' },
    { call: 'timestamp("2026-01-01 00:00")', gives: null },
  ],
  evaluate: ([x, name], call) => {
    const place = typeof name === 'string' ? name : null;
    if (typeof x === 'string') return parseInstant(x, place);
    if (call.args[0].type.kind !== 'date') return x;
    return place === null ? (x as number) * DAY_MS : instantOf((x as number) * DAY_MS, place);
  },
});

export const toDuration = passing({
  name: 'duration',
  summary: 'A number of milliseconds as a duration.',
  args: [of('an int', 'int', 'duration')],
  gives: DURATION,
  examples: [{ call: 'duration(60000) == 1m', gives: true }],
  propagatesNaN: true,
  evaluate: ([x]) => x,
  emit: ([x]) => x,
});

function isTextCall(call: Parameters<FunctionDefinition['evaluate']>[1]): boolean {
  return TEXTS.includes(call.args[0].type.kind);
}
