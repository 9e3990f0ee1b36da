import { isInstant } from '../../../engine/columnar/instants.ts';
import { instantOf } from '../../../engine/columnar/zones.ts';

const DAY_MS = 86_400_000;
const DAYS_IN_MONTH = Uint8Array.of(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

/** Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms", 2013). */
function daysOfCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** `YYYY-MM-DD` in exactly `bytes[from, to)` as days since 1970-01-01; NaN where it is no date. */
export function dateOfBytes(bytes: Uint8Array, from: number, to: number): number {
  return to - from === 10 ? dateAt(bytes, from) : Number.NaN;
}

/**
 * `YYYY-MM-DD`, then `T` or a blank, `HH:MM[:SS[.fff…]]`, then `Z`, `±HH:MM`, `±HHMM`, `±HH` or nothing, in exactly
 * `bytes[from, to)`, as UTC ms. Digits past milliseconds are dropped. Without an offset it is a wall clock in `zone`, and a
 * date alone is its midnight; NaN where there is no zone then, or no such time, or an offset takes it out of the years
 * 0000 to 9999.
 */
export function timestampOfBytes(bytes: Uint8Array, from: number, to: number, zone: string | null): number {
  const instant = instantOfBytes(bytes, from, to, zone);
  return isInstant(instant) ? instant : Number.NaN;
}

function instantOfBytes(bytes: Uint8Array, from: number, to: number, zone: string | null): number {
  if (to - from < 10) return Number.NaN;
  const days = dateAt(bytes, from);
  let p = from + 10;
  if (p === to) return zone === null || Number.isNaN(days) ? Number.NaN : instantOf(days * DAY_MS, zone);
  if (to - from < 16 || (bytes[p] !== 84 && bytes[p] !== 116 && bytes[p] !== 32) || bytes[p + 3] !== 58)
    return Number.NaN;
  const hour = twoDigits(bytes, p + 1, 23);
  const minute = twoDigits(bytes, p + 4, 59);
  p += 6;
  let second = 0;
  let milli = 0;
  if (p < to && bytes[p] === 58) {
    if (to - p < 3) return Number.NaN;
    second = twoDigits(bytes, p + 1, 59);
    p += 3;
    if (p < to && (bytes[p] === 46 || bytes[p] === 44)) {
      p++;
      const digitsFrom = p;
      for (let weight = 100; p < to && (bytes[p] - 48) >>> 0 <= 9; p++, weight = (weight / 10) | 0) {
        milli += (bytes[p] - 48) * weight;
      }
      if (p === digitsFrom) return Number.NaN;
    }
  }
  const wall = days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli;
  if (p === to) return zone === null || Number.isNaN(wall) ? Number.NaN : instantOf(wall, zone);
  return wall - offsetMs(bytes, p, to);
}

/** `Z`, `±HH:MM`, `±HHMM` or `±HH` in exactly `bytes[p, to)`; NaN otherwise. */
function offsetMs(bytes: Uint8Array, p: number, to: number): number {
  const sign = bytes[p];
  if (sign === 90 || sign === 122) return p + 1 === to ? 0 : Number.NaN;
  if (sign !== 43 && sign !== 45) return Number.NaN;
  const length = to - p;
  if (length !== 3 && length !== 5 && !(length === 6 && bytes[p + 3] === 58)) return Number.NaN;
  const size = twoDigits(bytes, p + 1, 23) * 3_600_000 + (length === 3 ? 0 : twoDigits(bytes, to - 2, 59) * 60_000);
  return sign === 45 ? -size : size;
}

/** The date in the ten bytes from `p` on. */
function dateAt(bytes: Uint8Array, p: number): number {
  if (bytes[p + 4] !== 45 || bytes[p + 7] !== 45) return Number.NaN;
  const year = twoDigits(bytes, p, 99) * 100 + twoDigits(bytes, p + 2, 99);
  const month = twoDigits(bytes, p + 5, 12);
  const day = twoDigits(bytes, p + 8, 31);
  if (!(month >= 1 && day >= 1 && year >= 0)) return Number.NaN;
  if (day > DAYS_IN_MONTH[month - 1] && !(month === 2 && day === 29 && isLeap(year))) return Number.NaN;
  return daysOfCivil(year, month, day);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function twoDigits(bytes: Uint8Array, p: number, max: number): number {
  const tens = bytes[p] - 48;
  const ones = bytes[p + 1] - 48;
  const value = tens * 10 + ones;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 && value <= max ? value : Number.NaN;
}

/** `2026-01-31T09:30:00.000Z` */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString();
}
/** `2026-01-31` */
export function dateText(days: number): string {
  return new Date(days * DAY_MS).toISOString().replace(/T.*$/, '');
}
