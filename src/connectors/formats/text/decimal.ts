import { trimBlanks } from './blanks.ts';
/** Powers of ten that a double holds exactly. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Most significant digits whose integer a double holds whatever they are. */
export const EXACT_DIGITS = 15;

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;
const WHOLE = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;

/**
 * The double nearest to a decimal text. NaN: not a number; ±Infinity: `nan`, `inf` or too large, which read as null.
 * `12`, `+1.5`, `.5`, `5.`, `1e-3` are numbers; blanks around are not counted.
 */
export function floatOfText(text: string): number {
  const trimmed = trimBlanks(text);
  if (FLOAT.test(trimmed)) return Number(trimmed);
  return NOT_FINITE.test(trimmed) ? Number.POSITIVE_INFINITY : Number.NaN;
}

/**
 * The integer a decimal text stands for, exactly: `12`, `12.0` and `1.2e1` are 12. NaN: not an integer; ±Infinity: one
 * beyond ±(2^53−1).
 */
export function intOfText(text: string): number {
  const match = WHOLE.exec(trimBlanks(text));
  if (match === null || (match[2] === '' && (match[3] ?? '') === '')) return Number.NaN;
  const digits = (match[2] + (match[3] ?? '')).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 0;
  const exponent = Number(match[4] ?? 0) - (match[3] ?? '').length + (digits.length - significant.length);
  if (exponent < 0) return Number.NaN;
  if (significant.length + exponent > 16) return Number.POSITIVE_INFINITY;
  const value = Number(significant + '0'.repeat(exponent));
  if (!Number.isSafeInteger(value)) return Number.POSITIVE_INFINITY;
  return match[1] === '-' ? -value : value;
}
