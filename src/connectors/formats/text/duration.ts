import { trimBlanks } from './blanks.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const MS_OF_UNIT: Readonly<Record<string, number>> = { w: 604_800_000, ...Object.fromEntries(UNITS) };
const LITERAL = /^([+-]?)((?:\d+(?:\.\d+)?(?:ms|[wdhms]))+)$/;
const ISO = /^([+-]?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * A duration in ms: as in a flow (`90s`, `1h30m`, `1.5h`) or ISO 8601 without years and months (`P1DT2H`). NaN where it is
 * none, or no whole number of milliseconds held exactly.
 */
export function durationOfText(text: string): number {
  const trimmed = trimBlanks(text);
  let ms = 0;
  let sign = '';
  const literal = LITERAL.exec(trimmed);
  if (literal !== null) {
    sign = literal[1];
    for (const [, amount, unit] of literal[2].matchAll(/([\d.]+)(ms|[wdhms])/g)) ms += scaled(amount, MS_OF_UNIT[unit]);
  } else {
    const iso = ISO.exec(trimmed);
    if (iso === null) return Number.NaN;
    sign = iso[1];
    ['w', 'd', 'h', 'm', 's'].forEach((unit, i) => {
      ms += scaled(iso[i + 2] ?? '0', MS_OF_UNIT[unit]);
    });
  }
  if (!Number.isSafeInteger(ms)) return Number.NaN;
  return sign === '-' ? 0 - ms : ms;
}

/** `amount` × `unit` where that is a whole number, without rounding `1.1` first. */
function scaled(amount: string, unit: number): number {
  const [whole, fraction = ''] = amount.split('.');
  const digits = whole + fraction;
  const product = Number(digits) * unit;
  return Number.isSafeInteger(Number(digits)) && Number.isSafeInteger(product)
    ? product / 10 ** fraction.length
    : Number.NaN;
}

/** The shortest text of one unit: `90s`, `36h`, `0ms`. */
export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, unitMs]) => ms % unitMs === 0 && ms !== 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
